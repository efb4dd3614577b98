package asl

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// choice is a Choice state.
type choice struct {
	rules     []rule
	otherwise *target
}

type rule struct {
	when condition
	next *target
}

// condition is a compiled comparison or combination.
type condition func(s scope) (bool, *failure)

func readChoice(f *fields) *choice {
	w := &choice{}
	if name := f.text("Default"); name != "" {
		w.otherwise = &target{name: name}
	}
	items := f.items("Choices")
	if len(items) == 0 {
		f.fault("Choices", "missing or empty")
	}
	for i, item := range items {
		r := readFields(fmt.Sprintf("%s: Choices[%d]", f.where, i), item)
		r.text("Comment")
		next := r.needText("Next")
		w.rules = append(w.rules, rule{readCondition(r), &target{name: next}})
		if err := r.done(); err != nil {
			f.errs = append(f.errs, err)
		}
	}
	return w
}

func (w *choice) run(s scope) (any, *target, *failure) {
	in, fail := s.state.input.pick(s)
	if fail != nil {
		return nil, nil, fail
	}
	next, fail := w.pick(s.withData(in))
	if fail != nil {
		return nil, nil, fail
	}
	out, fail := s.state.output.pick(s.withData(in))
	return out, next, fail
}

func (w *choice) pick(s scope) (*target, *failure) {
	for _, r := range w.rules {
		yes, fail := r.when(s)
		if fail != nil {
			return nil, fail
		}
		if yes {
			return r.next, nil
		}
	}
	if w.otherwise == nil {
		return nil, s.runtime("no choice matched, and there is no Default")
	}
	return w.otherwise, nil
}

// readCondition reads And, Or, Not, or a Variable and its one comparison.
func readCondition(f *fields) condition {
	if _, ok := f.left["And"]; ok {
		return allOf(readConditions(f, "And"))
	}
	if _, ok := f.left["Or"]; ok {
		return negate(allOf(each(readConditions(f, "Or"), negate)))
	}
	if v, ok := f.take("Not"); ok {
		return negate(readInner(f, "Not", v))
	}
	return readComparison(f)
}

func readConditions(f *fields, name string) []condition {
	items := f.items(name)
	if len(items) == 0 {
		f.fault(name, "empty")
	}
	var all []condition
	for i, item := range items {
		all = append(all, readInner(f, fmt.Sprintf("%s[%d]", name, i), item))
	}
	return all
}

func readInner(f *fields, name string, v any) condition {
	inner := readFields(f.where+": "+name, v)
	inner.text("Comment")
	c := readCondition(inner)
	if err := inner.done(); err != nil {
		f.errs = append(f.errs, err)
	}
	return c
}

// allOf is And. It stops at the first false condition.
func allOf(all []condition) condition {
	return func(s scope) (bool, *failure) {
		for _, c := range all {
			if yes, fail := c(s); fail != nil || !yes {
				return false, fail
			}
		}
		return true, nil
	}
}

func negate(c condition) condition {
	return func(s scope) (bool, *failure) {
		yes, fail := c(s)
		return !yes, fail
	}
}

func each(all []condition, f func(condition) condition) []condition {
	out := make([]condition, len(all))
	for i, c := range all {
		out[i] = f(c)
	}
	return out
}

func readComparison(f *fields) condition {
	variable := f.path("Variable")
	if variable == nil {
		f.fault("Variable", "missing")
		variable = &path{}
	}
	for _, name := range slices.Sorted(maps.Keys(f.left)) {
		if want, ok := isRules[name]; ok {
			return testType(*variable, name, f.boolean(name), want)
		}
		if bare, ok := strings.CutSuffix(name, "Path"); ok && compareRules[bare] != nil && bare != "StringMatches" {
			if p := f.path(name); p != nil {
				return compare(*variable, compareRules[bare], *p)
			}
		}
		if rule := compareRules[name]; rule != nil {
			v, _ := f.take(name)
			return compare(*variable, rule, literal{v})
		}
	}
	f.fault("Variable", "no comparison that is known")
	return allOf(nil)
}

func testType(variable path, name string, want bool, kind func(any) bool) condition {
	return func(s scope) (bool, *failure) {
		v, ok := s.find(variable)
		if !ok && name != "IsPresent" {
			_, fail := s.get(variable)
			return false, fail
		}
		return (ok && kind(v)) == want, nil
	}
}

// compare compares two values; values of different types never match.
func compare(variable path, holds func(a, b any) bool, with template) condition {
	return func(s scope) (bool, *failure) {
		a, fail := s.get(variable)
		if fail != nil {
			return false, fail
		}
		b, fail := with.fill(s)
		if fail != nil {
			return false, fail
		}
		return holds(a, b), nil
	}
}
