package eventpattern

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"curfew/shared/strictjson"
)

// Parse reads an event pattern. It refuses what EventBridge refuses, with a one-line error that names the place.
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

// A compiler builds the rules. Each $or multiplies the rules so far by its branches.
type compiler struct {
	fields []*field
	slots  map[string]int // numbers of the paths
}

// A rule is one way through the pattern: all of its fields must match.
type rule []*field

type place struct {
	shown string   // for errors: with $or and indexes
	names []string // names of fields only
	inOr  bool     // operator names are reserved here
}

func (p place) field(name string) place {
	return place{p.join(name), append(slices.Clip(p.names), name), p.inOr}
}

func (p place) branch(i int) place {
	return place{fmt.Sprintf("%s[%d]", p.join(or), i), p.names, true}
}

func (p place) join(name string) string {
	if p.shown == "" {
		return quoteName(name)
	}
	return p.shown + "." + quoteName(name)
}

// quoteName quotes a name that is empty, invisible or longer than one line.
func quoteName(name string) string {
	if quoted := strconv.Quote(name); name == "" || quoted != `"`+name+`"` {
		return quoted
	}
	return name
}

// or marks a list of objects as alternatives: eb-create-pattern-operators, "Or matching".
const or = "$or"

// isReserved reports whether Event Ruler reserves the name for operators. Inside $or it cannot be a field.
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

func (p place) errorAt(format string, args ...any) error {
	return errorAt(p.shown, format, args...)
}

func (c *compiler) pattern(t strictjson.Value) ([]rule, error) {
	return c.object(t, place{}, []rule{nil})
}

func (c *compiler) object(t strictjson.Value, at place, rules []rule) (_ []rule, err error) {
	if len(t.Members) == 0 {
		return nil, at.errorAt("an empty object, want at least one field")
	}
	for _, m := range t.Members {
		if rules, err = c.member(m.Name, m.Value, at, rules); err != nil {
			return nil, err
		}
	}
	return rules, nil
}

func (c *compiler) member(name string, t strictjson.Value, at place, rules []rule) ([]rule, error) {
	switch {
	case name == or:
		return c.or(t, at, rules)
	case at.inOr && isReserved(name):
		return nil, at.field(name).errorAt("the name of an operator cannot be a field inside %s", or)
	case t.Kind == strictjson.Object:
		return c.object(t, at.field(name), rules)
	case t.Kind == strictjson.List:
		return c.leaf(t, at.field(name), rules)
	}
	return nil, at.field(name).errorAt("want an object or a list, got %s", describe(t))
}

func (c *compiler) or(t strictjson.Value, at place, rules []rule) ([]rule, error) {
	here := at.join(or)
	if t.Kind != strictjson.List {
		return nil, errorAt(here, "want a list of objects, got %s", describe(t))
	}
	if len(t.Items) < 2 {
		return nil, errorAt(here, "want at least 2 objects, got %d", len(t.Items))
	}
	var all []rule
	for i, branch := range t.Items {
		if branch.Kind != strictjson.Object {
			return nil, at.branch(i).errorAt("want an object, got %s", describe(branch))
		}
		ways, err := c.object(branch, at.branch(i), slices.Clone(rules))
		if err != nil {
			return nil, err
		}
		if all = append(all, ways...); len(all) > MaxRules {
			return nil, errorAt(here, "more than %d combinations", MaxRules)
		}
	}
	return all, nil
}

func (c *compiler) leaf(t strictjson.Value, at place, rules []rule) ([]rule, error) {
	f, err := c.field(t, at)
	if err != nil {
		return nil, err
	}
	grown := make([]rule, len(rules))
	for i, r := range rules {
		if slices.ContainsFunc(r, func(other *field) bool { return other.slot == f.slot }) {
			return nil, at.errorAt("the field %s comes more than once on one way through the pattern", quoteName(f.path))
		}
		grown[i] = append(slices.Clip(r), f)
	}
	return grown, nil
}

func (c *compiler) field(t strictjson.Value, at place) (*field, error) {
	if len(t.Items) == 0 {
		return nil, at.errorAt("an empty list, want at least one value")
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

// finish sorts the fields of each rule by path, as Event Ruler does: the order decides which elements {"exists": false}
// examines.
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
