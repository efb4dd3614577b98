package main

import (
	"math/rand/v2"

	"curfew/scripts/compare"
)

type object = map[string]any

var (
	texts    = []any{"", "a", "ab", "AB", "abc", "b", "a*b", `a\b`, "É", "é", "x.png", "10.0.0.7", "10.0.1.7", "2001:db8::7"}
	numbers  = []any{2, 2.0, 3, -3, 2.5, 301.8, 1e6, 5e9, 6e9, -6e9, 0.0000011, 111122223333}
	words    = []any{true, false, nil}
	prefixes = []any{"a", "ab", "A", "x", "10.", "É"}
	suffixes = []any{"b", "B", "png", ".7", "é"}
	wild     = []any{"*", "a*", "*b", "a*b", `a\*b`, `a\\*`, "*.*", "1*.0.*7", "b"}
	bounds   = []any{-3, 0, 2, 2.5, 301.8, 5e9, 0.000001}
	blocks   = []any{"10.0.0.0/24", "10.0.0.0/8", "2001:db8::/32", "10.0.0.0/31"}
	leaves   = []string{"a", "b", "c"}
)

// generate makes events of scalars, lists, an object o, and a list l of objects, and patterns over them.
func generate(r *rand.Rand) Case {
	p := fields(r, leaves, true)
	if r.IntN(2) == 0 {
		p["o"] = fields(r, []string{"x", "y"}, true)
	}
	if r.IntN(2) == 0 {
		p["l"] = fields(r, []string{"x", "y"}, false)
		if r.IntN(3) == 0 {
			p["l"].(object)["m"] = fields(r, []string{"z", "w"}, false)
		}
	}
	if r.IntN(3) == 0 {
		var ways []any
		for range 2 + r.IntN(2) {
			ways = append(ways, fields(r, []string{"d", "e"}, true))
		}
		p["$or"] = ways
	}
	return Case{p, event(r)}
}

// fields tests some of the names. Inside a list no field is tested for absence: it may be absent in one element only.
func fields(r *rand.Rand, names []string, absence bool) object {
	p := object{}
	some := compare.Some(r, names)
	if r.IntN(3) > 0 {
		some = some[:1]
	}
	for _, name := range some {
		p[name] = tests(r, absence, name == "d" || name != "e" && r.IntN(2) == 0)
	}
	return p
}

// tests has numbers or words, and texts: to the other program true is 1. In the ways of $or, d has numbers and e words.
func tests(r *rand.Rand, absence, ofNumbers bool) (all []any) {
	for range 1 + r.IntN(3) {
		switch n := r.IntN(5); {
		case n == 0 && absence:
			all = append(all, object{"exists": r.IntN(2) == 0})
		case n < 3 && ofNumbers:
			all = append(all, numberTest(r))
		case n == 1:
			all = append(all, compare.Pick(r, words))
		default:
			all = append(all, textTest(r))
		}
	}
	return all
}

func numberTest(r *rand.Rand) any {
	switch r.IntN(5) {
	case 0:
		return compare.Pick(r, numbers)
	case 1:
		return object{"anything-but": compare.Pick(r, []any{2, []any{2, 301.8}, -3.0})}
	case 2:
		return object{"numeric": []any{compare.Pick(r, []string{">", ">="}), compare.Pick(r, []any{-3, 0, 2}), compare.Pick(r, []string{"<", "<="}), compare.Pick(r, []any{2.5, 301.8, 5e9})}}
	}
	return object{"numeric": []any{compare.Pick(r, []string{"=", "<", "<=", ">", ">="}), compare.Pick(r, bounds)}}
}

func textTest(r *rand.Rand) any {
	switch r.IntN(10) {
	case 0:
		return object{"prefix": compare.Pick(r, prefixes)}
	case 1:
		return object{"suffix": compare.Pick(r, suffixes)}
	case 2:
		return object{"prefix": object{"equals-ignore-case": compare.Pick(r, prefixes)}}
	case 3:
		return object{"suffix": object{"equals-ignore-case": compare.Pick(r, suffixes)}}
	case 4:
		return object{"equals-ignore-case": compare.Pick(r, texts)}
	case 5:
		return object{"wildcard": compare.Pick(r, wild)}
	case 6:
		return object{"cidr": compare.Pick(r, blocks)}
	case 7, 8:
		return object{"anything-but": butText(r)}
	}
	return compare.Pick(r, texts)
}

func butText(r *rand.Rand) any {
	kind := compare.Pick(r, []string{"prefix", "suffix", "equals-ignore-case", "wildcard", "", ""})
	from := map[string][]any{"prefix": prefixes, "suffix": suffixes, "wildcard": wild, "equals-ignore-case": texts, "": texts}[kind]
	value := compare.Pick(r, from)
	if r.IntN(2) == 0 {
		value = compare.Some(r, from)
	}
	if kind == "" {
		return value
	}
	return object{kind: value}
}

func event(r *rand.Rand) object {
	e := members(r, append(leaves, "d", "e"))
	switch r.IntN(6) {
	case 0: // absent
	case 1:
		e["o.x"] = value(r) // a name with a dot is nesting
	default:
		e["o"] = members(r, []string{"x", "y"})
	}
	switch r.IntN(6) {
	case 0:
	case 1:
		e["l"] = members(r, []string{"x", "y"})
	default:
		e["l"] = elements(r, func() object {
			element := members(r, []string{"x", "y"})
			if r.IntN(2) == 0 {
				element["m"] = elements(r, func() object { return members(r, []string{"z", "w"}) })
			}
			return element
		})
	}
	return e
}

func elements(r *rand.Rand, element func() object) (all []any) {
	for range 1 + r.IntN(3) {
		all = append(all, element())
	}
	return all
}

func members(r *rand.Rand, names []string) object {
	o := object{}
	for _, name := range names {
		if r.IntN(5) > 0 {
			o[name] = value(r)
		}
	}
	return o
}

func value(r *rand.Rand) any {
	switch r.IntN(12) {
	case 0, 1:
		return []any{scalar(r), scalar(r)}
	case 2:
		return compare.Pick(r, []any{[]any{}, object{}, []any{[]any{scalar(r)}, scalar(r)}})
	}
	return scalar(r)
}

func scalar(r *rand.Rand) any {
	return compare.Pick(r, compare.Pick(r, [][]any{texts, texts, numbers, words}))
}
