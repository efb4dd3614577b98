package eventpattern

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"curfew/shared/strictjson"
)

// Parse reads an event pattern. What EventBridge refuses is refused, with one
// line that names the place in the pattern.
func Parse(pattern []byte) (*Pattern, error) {
	if n := utf8.RuneCount(pattern); n > MaxPattern {
		return nil, fmt.Errorf("event pattern: %d characters, want at most %d", n, MaxPattern)
	}
	tree, err := strictjson.Parse(string(pattern), ofPattern)
	if err != nil {
		return nil, fmt.Errorf("event pattern: %w", err)
	}
	c := compiler{slots: map[string]int{}}
	rules, err := c.pattern(*tree)
	if err != nil {
		return nil, fmt.Errorf("event pattern: %w", err)
	}
	return c.finish(rules), nil
}

// A compiler turns the tree of a pattern into rules. A pattern without $or is
// one rule; every $or multiplies the rules so far by its branches.
type compiler struct {
	fields []*field
	slots  map[string]int // the paths seen so far, numbered
}

// A rule is a way through the pattern: every field of it must match.
type rule []*field

// A place is where in the pattern something stands.
type place struct {
	shown string   // for errors: with $or and indexes
	names []string // for events: only the names of fields
	inOr  bool     // inside a $or, where the names of operators are reserved
}

func (p place) field(name string) place {
	return place{p.join(name), append(slices.Clip(p.names), name), p.inOr}
}

func (p place) branch(i int) place {
	return place{fmt.Sprintf("%s[%d]", p.join(or), i), p.names, true}
}

func (p place) join(name string) string {
	if p.shown == "" {
		return plain(name)
	}
	return p.shown + "." + plain(name)
}

// plain puts a name into quotes, if it would not keep to one line or be seen without.
func plain(name string) string {
	if quoted := strconv.Quote(name); name == "" || quoted != `"`+name+`"` {
		return quoted
	}
	return name
}

// or is the name that makes a list of objects an alternative. The guide's page
// eb-create-pattern-operators, "Or matching".
const or = "$or"

// isReserved tells whether a field inside a $or may not have the name: it is an
// operator's, or one that Event Ruler keeps for an operator to come.
func isReserved(name string) bool {
	switch name {
	case "exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr", "html",
		"=", "<", "<=", ">", ">=",
		"regex", "not-wildcard", "not-equals-ignore-case",
		"date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range",
		"ip-address-in-range", "ip-address-not-in-range":
		return true
	}
	return false
}

// wrong is the error about a place.
func (p place) wrong(format string, args ...any) error {
	return wrong(p.shown, format, args...)
}

// pattern compiles the whole.
func (c *compiler) pattern(t strictjson.Value) ([]rule, error) {
	return c.object(t, place{}, []rule{nil})
}

// object adds everything in an object of the pattern to each of the rules.
func (c *compiler) object(t strictjson.Value, at place, rules []rule) (_ []rule, err error) {
	if len(t.Members) == 0 {
		return nil, at.wrong("an empty object, want at least one field")
	}
	for _, m := range t.Members {
		if rules, err = c.member(m.Name, m.Value, at, rules); err != nil {
			return nil, err
		}
	}
	return rules, nil
}

// member adds one member of an object of the pattern to each of the rules.
func (c *compiler) member(name string, t strictjson.Value, at place, rules []rule) ([]rule, error) {
	switch {
	case name == or:
		return c.or(t, at, rules)
	case at.inOr && isReserved(name):
		return nil, at.field(name).wrong("the name of an operator cannot be a field inside %s", or)
	case t.Kind == strictjson.Object:
		return c.object(t, at.field(name), rules)
	case t.Kind == strictjson.List:
		return c.leaf(t, at.field(name), rules)
	}
	return nil, at.field(name).wrong("want an object or a list, got %s", describe(t))
}

// or multiplies the rules by the branches of a $or.
func (c *compiler) or(t strictjson.Value, at place, rules []rule) ([]rule, error) {
	here := at.join(or)
	if t.Kind != strictjson.List {
		return nil, wrong(here, "want a list of objects, got %s", describe(t))
	}
	if len(t.Items) < 2 {
		return nil, wrong(here, "want at least 2 objects, got %d", len(t.Items))
	}
	var all []rule
	for i, branch := range t.Items {
		if branch.Kind != strictjson.Object {
			return nil, at.branch(i).wrong("want an object, got %s", describe(branch))
		}
		ways, err := c.object(branch, at.branch(i), slices.Clone(rules))
		if err != nil {
			return nil, err
		}
		if all = append(all, ways...); len(all) > MaxRules {
			return nil, wrong(here, "more than %d combinations", MaxRules)
		}
	}
	return all, nil
}

// leaf adds a field with its list of values to each of the rules.
func (c *compiler) leaf(t strictjson.Value, at place, rules []rule) ([]rule, error) {
	f, err := c.field(t, at)
	if err != nil {
		return nil, err
	}
	grown := make([]rule, len(rules))
	for i, r := range rules {
		if slices.ContainsFunc(r, func(other *field) bool { return other.slot == f.slot }) {
			return nil, at.wrong("the field %s comes more than once on one way through the pattern", plain(f.path))
		}
		grown[i] = append(slices.Clip(r), f)
	}
	return grown, nil
}

// field reads the list of values of a field.
func (c *compiler) field(t strictjson.Value, at place) (*field, error) {
	if len(t.Items) == 0 {
		return nil, at.wrong("an empty list, want at least one value")
	}
	path := strings.Join(at.names, ".")
	slot, known := c.slots[path]
	if !known {
		slot = len(c.slots)
		c.slots[path] = slot
	}
	f := &field{id: len(c.fields), path: path, slot: slot}
	for i, entry := range t.Items {
		made, err := testOf(entry, fmt.Sprintf("%s[%d]", at.shown, i))
		if err != nil {
			return nil, err
		}
		if _, is := made.(absence); is {
			f.absent = true
			continue
		}
		f.tests = append(f.tests, made)
	}
	c.fields = append(c.fields, f)
	return f, nil
}

// finish makes the pattern of the rules. Fields are looked at in the order of
// their paths, as Event Ruler does: it decides what {"exists": false} sees of
// the elements that other fields have chosen.
func (c *compiler) finish(rules []rule) *Pattern {
	p := &Pattern{fields: c.fields, root: &step{slot: none}, paths: len(c.slots)}
	for _, r := range rules {
		slices.SortFunc(r, func(a, b *field) int { return strings.Compare(a.path, b.path) })
		p.rules = append(p.rules, r)
	}
	for path, slot := range c.slots {
		p.root.add(path, slot)
	}
	return p
}
