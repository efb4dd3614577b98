package eventpattern

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"curfew/shared/strictjson"
)

// maxSteps bounds the search for elements that go together. A search that
// needs more has thousands of elements in lists that the pattern looks at.
const maxSteps = 1 << 22

var errTooMany = errors.New("event: too many elements in lists to find out whether it matches")

// A search looks for one scalar for every field of a rule, such that no two
// are in different elements of one list.
type search struct {
	*flat
	fit    [][]int32 // by field: the elements of the scalars that will do
	chosen []int32   // the elements of the fields that were dealt with
	steps  int
}

// Match tells whether the event matches. It is an error only if the event is
// no JSON object in UTF-8, is deeper than [MaxDepth] or larger than [MaxEvent],
// or has so many elements in its lists that no answer is found with bounded
// work. The same event always gets the same answer.
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

// match tells whether any rule of the pattern holds.
func (f *flat) match(p *Pattern) (bool, error) {
	s := search{flat: f, fit: make([][]int32, len(p.fields))}
	for _, field := range p.fields {
		s.fit[field.id] = f.fitting(field)
	}
	for _, rule := range p.rules {
		if s.hopeless(rule) {
			continue
		}
		found := s.from(rule)
		if s.steps > maxSteps {
			return false, errTooMany
		}
		if found {
			return true, nil
		}
	}
	return false, nil
}

// fitting lists the elements in which the field has a value that will do, one
// after another in the event, each run of the same element once.
func (f *flat) fitting(want *field) []int32 {
	var fit []int32
	for _, v := range f.found[want.slot] {
		if len(fit) > 0 && fit[len(fit)-1] == v.in {
			continue
		}
		if slices.ContainsFunc(want.tests, func(t test) bool { return t.holds(v.value) }) {
			fit = append(fit, v.in)
		}
	}
	return fit
}

// hopeless tells whether a field of the rule has nothing that will do.
func (s *search) hopeless(rule []*field) bool {
	return slices.ContainsFunc(rule, func(f *field) bool { return len(s.fit[f.id]) == 0 && !f.absent })
}

// from tells whether the rest of a rule holds beside what is chosen.
func (s *search) from(rest []*field) bool {
	switch {
	case s.steps > maxSteps:
		return false
	case len(rest) == 0:
		return true
	}
	for _, e := range s.fit[rest[0].id] {
		if s.goes(e) && s.with(e, rest[1:]) {
			return true
		}
	}
	return rest[0].absent && !s.present(rest[0]) && s.from(rest[1:])
}

// with is from, with one more element chosen.
func (s *search) with(e int32, rest []*field) bool {
	s.chosen = append(s.chosen, e)
	found := s.from(rest)
	s.chosen = s.chosen[:len(s.chosen)-1]
	return found
}

// goes tells whether an element goes together with all that are chosen.
func (s *search) goes(e int32) bool {
	for _, c := range s.chosen {
		if s.steps++; s.steps > maxSteps || !s.together(e, c) {
			return false
		}
	}
	return true
}

// present tells whether the field has any value in the elements that are chosen.
func (s *search) present(f *field) bool {
	return slices.ContainsFunc(s.found[f.slot], func(v scalar) bool { return s.goes(v.in) })
}

// Exactly gives the strings that the pattern demands at a path, as in
// Exactly("source") or Exactly("detail", "state"), in the pattern's order and
// each once. It is ok only if an event matches with no other value there: on
// every way through the pattern the path is listed, with nothing but strings.
func (p *Pattern) Exactly(path ...string) (values []string, ok bool) {
	name := strings.Join(path, ".")
	for _, rule := range p.rules {
		i := slices.IndexFunc(rule, func(f *field) bool { return f.path == name })
		if i < 0 || rule[i].absent {
			return nil, false
		}
		for _, t := range rule[i].tests {
			exact, is := t.(exactText)
			if !is {
				return nil, false
			}
			if !slices.Contains(values, exact.text) {
				values = append(values, exact.text)
			}
		}
	}
	return values, len(values) > 0
}
