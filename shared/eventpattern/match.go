package eventpattern

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"curfew/shared/strictjson"
)

// maxSteps bounds the search. Only an event with thousands of list elements needs more.
const maxSteps = 1 << 22

var errTooMany = errors.New("event: too many elements in lists to find out whether it matches")

// A search picks one scalar for every field of a rule, not from different elements of one list.
type search struct {
	*flat
	fit    [][]int32 // by field: elements with a match
	chosen []int32   // elements picked so far
	steps  int
}

// Match reports whether the event matches. It returns an error if the event is not a JSON object in UTF-8, exceeds
// [strictjson.MaxDepth] or [MaxEvent], or has too many list elements for a bounded search.
func (p *Pattern) Match(event []byte) (bool, error) {
	s, err := strictjson.Scan(string(event), ofEvent)
	if err != nil {
		return false, fmt.Errorf("event: %w", err)
	}
	if p.root == nil {
		return false, nil
	}
	f := flatten(p, s)
	return f.match(p)
}

func (f *flat) match(p *Pattern) (bool, error) {
	s := search{flat: f, fit: make([][]int32, len(p.fields))}
	for _, field := range p.fields {
		s.fit[field.id] = f.matchingElements(field)
	}
	for _, rule := range p.rules {
		if s.cannotMatch(rule) {
			continue
		}
		found := s.matchRest(rule)
		if s.steps > maxSteps {
			return false, errTooMany
		}
		if found {
			return true, nil
		}
	}
	return false, nil
}

// matchingElements returns the elements in which the field has a matching value.
func (f *flat) matchingElements(want *field) []int32 {
	var fit []int32
	for _, v := range f.found[want.slot] {
		if len(fit) > 0 && fit[len(fit)-1] == v.in {
			continue
		}
		if slices.ContainsFunc(want.tests, func(t test) bool { return t.matches(v.value) }) {
			fit = append(fit, v.in)
		}
	}
	return fit
}

// cannotMatch reports whether a field of the rule can match neither by value nor by absence.
func (s *search) cannotMatch(rule []*field) bool {
	return slices.ContainsFunc(rule, func(f *field) bool { return len(s.fit[f.id]) == 0 && !f.absent })
}

// matchRest reports whether the rest of a rule holds with the chosen elements.
func (s *search) matchRest(rest []*field) bool {
	switch {
	case s.steps > maxSteps:
		return false
	case len(rest) == 0:
		return true
	}
	for _, e := range s.fit[rest[0].id] {
		if s.fitsChosen(e) && s.matchWith(e, rest[1:]) {
			return true
		}
	}
	return rest[0].absent && !s.hasValue(rest[0]) && s.matchRest(rest[1:])
}

func (s *search) matchWith(e int32, rest []*field) bool {
	s.chosen = append(s.chosen, e)
	found := s.matchRest(rest)
	s.chosen = s.chosen[:len(s.chosen)-1]
	return found
}

func (s *search) fitsChosen(e int32) bool {
	for _, c := range s.chosen {
		if s.steps++; s.steps > maxSteps || !s.areCompatible(e, c) {
			return false
		}
	}
	return true
}

// hasValue reports whether the field has any value in the chosen elements.
func (s *search) hasValue(f *field) bool {
	return slices.ContainsFunc(s.found[f.slot], func(v scalar) bool { return s.fitsChosen(v.in) })
}

// Exactly returns the strings that the pattern requires at a path like ("detail", "state"), in order, without
// duplicates. ok is false if an event could match with another value there.
func (p *Pattern) Exactly(path ...string) (values []string, ok bool) {
	return p.texts(path, func(t test) (string, bool) {
		exact, is := t.(exactText)
		return exact.text, is
	})
}

// Begins is [Pattern.Exactly] with prefixes, which end in *.
func (p *Pattern) Begins(path ...string) (values []string, ok bool) {
	return p.texts(path, func(t test) (string, bool) {
		if a, is := t.(affix); is {
			return a.text + "*", a.side == prefix && !a.ignoresCase
		}
		exact, is := t.(exactText)
		return exact.text, is
	})
}

func (p *Pattern) texts(path []string, textOf func(test) (string, bool)) (values []string, ok bool) {
	name := strings.Join(path, ".")
	for _, rule := range p.rules {
		i := slices.IndexFunc(rule, func(f *field) bool { return f.path == name })
		if i < 0 || rule[i].absent {
			return nil, false
		}
		for _, t := range rule[i].tests {
			text, is := textOf(t)
			if !is {
				return nil, false
			}
			if !slices.Contains(values, text) {
				values = append(values, text)
			}
		}
	}
	return values, len(values) > 0
}

// Ways returns a pattern for each combination of $or. An event matches if it matches one of them.
func (p *Pattern) Ways() []*Pattern {
	ways := make([]*Pattern, len(p.rules))
	for i := range p.rules {
		one := *p
		one.rules = p.rules[i : i+1]
		ways[i] = &one
	}
	return ways
}

// Only reports whether the pattern tests no other fields than those at the paths, and has no $or.
func (p *Pattern) Only(paths ...string) bool {
	return len(p.rules) == 1 && !slices.ContainsFunc(p.rules[0], func(f *field) bool { return !slices.Contains(paths, f.path) })
}

// Decide is Match by some texts alone: those outside of all lists that textAt knows by path, like "detail.state". An empty text may be absent,
// null or empty. Decided is false if the rest of the event decides.
func (p *Pattern) Decide(textAt func(path string) (text string, known bool)) (match, decided bool) {
	decided = true
	for _, rule := range p.rules {
		switch no, open := decide(rule, textAt); {
		case no:
		case open:
			decided = false
		default:
			return true, true
		}
	}
	return false, decided
}

// decide reports whether a rule cannot match, or is still open.
func decide(rule []*field, textAt func(path string) (text string, known bool)) (no, open bool) {
	for _, f := range rule {
		text, known := textAt(f.path)
		if !known {
			open = true
			continue
		}
		is := f.matches(value{strictjson.String, text})
		if text == "" {
			if null := f.matches(value{strictjson.Null, "null"}); is != null || is != f.absent {
				open = true
				continue
			}
		}
		if !is {
			return true, false
		}
	}
	return false, open
}

func (f *field) matches(v value) bool {
	for _, t := range f.tests {
		if t.matches(v) {
			return true
		}
	}
	return false
}
