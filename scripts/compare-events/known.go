package main

import (
	"slices"

	"curfew/scripts/compare"
)

// AWS's documents, where moto is known to differ.
func reasons() []compare.Reason[Case] {
	return []compare.Reason[Case]{
		{Says: "a field exists if it has a value (Event Ruler: Exists matching works on leaf nodes)", Rewrite: onEvent(func(_ string, v any) (any, bool) { return v, !isEmpty(v) })},
		{Says: "nested lists are flattened (Event Ruler: JSON Array Matching)", Rewrite: onEvent(flattened)},
		{Says: "numeric compares JSON numbers only (eb-create-pattern-operators: Numeric matching)", Rewrite: withoutBooleans},
	}
}

// change rewrites a value at a path; keep is false for one to leave out.
type change func(path string, v any) (other any, keep bool)

func onEvent(f change) func(Case, string) (Case, string, bool) {
	return func(c Case, ours string) (Case, string, bool) {
		c.Event, _ = f.rewrite("", c.Event)
		return c, ours, true
	}
}

func (f change) rewrite(path string, v any) (any, bool) {
	switch at := v.(type) {
	case object:
		o := object{}
		for name, member := range at {
			if other, keep := f.rewrite(path+"."+name, member); keep {
				o[name] = other
			}
		}
		return f(path, o)
	case []any:
		var l []any
		for _, item := range at {
			if other, keep := f.rewrite(path, item); keep {
				l = append(l, other)
			}
		}
		return f(path, l)
	}
	return f(path, v)
}

func isEmpty(v any) bool {
	o, isObject := v.(object)
	l, isList := v.([]any)
	return isObject && len(o) == 0 || isList && len(l) == 0
}

func flattened(_ string, v any) (any, bool) {
	list, ok := v.([]any)
	if !ok {
		return v, true
	}
	flat := []any{}
	for _, item := range list {
		if inner, ok := item.([]any); ok {
			flat = append(flat, inner...)
		} else {
			flat = append(flat, item)
		}
	}
	return flat, true
}

// withoutBooleans writes null for a boolean, where the pattern tests for no word.
func withoutBooleans(c Case, ours string) (Case, string, bool) {
	tested := map[string]bool{}
	findWords("", c.Pattern, tested)
	return onEvent(func(path string, v any) (any, bool) {
		if _, is := v.(bool); is && !tested[path] {
			return nil, true
		}
		return v, true
	})(c, ours)
}

// findWords finds the paths at which a pattern tests for true, false or null.
func findWords(path string, v any, tested map[string]bool) {
	switch at := v.(type) {
	case object:
		for name, member := range at {
			if name == "$or" {
				name = ""
			} else {
				name = "." + name
			}
			findWords(path+name, member, tested)
		}
	case []any:
		for _, item := range at {
			if slices.Contains(words, item) {
				tested[path] = true
			}
			if o, is := item.(object); is && path == "" { // a way of $or
				findWords(path, o, tested)
			}
		}
	}
}
