package main

import (
	"math/rand/v2"

	"curfew/scripts/compare"
)

func choice(r *rand.Rand, next string) object {
	s := object{"Type": "Choice", "Default": next}
	var rules []object
	for range 1 + r.IntN(3) {
		rules = append(rules, condition(r, 2))
	}
	s["Choices"] = rules
	if r.IntN(4) == 0 {
		delete(s, "Default") // an error, unless a rule matches
	}
	return s
}

// condition is one comparison, or a combination.
func condition(r *rand.Rand, deep int) object {
	if deep > 0 {
		switch r.IntN(6) {
		case 0:
			return object{"Not": condition(r, deep-1)}
		case 1:
			return object{"And": []any{condition(r, deep-1), condition(r, deep-1)}}
		case 2:
			return object{"Or": []any{condition(r, deep-1), condition(r, deep-1)}}
		}
	}
	c := object{"Variable": compare.Pick(r, []string{"$.a", "$.b", "$.t", "$.o.x", "$.l[0]", "$.l"})}
	switch r.IntN(4) {
	case 0:
		c[compare.Pick(r, types)] = r.IntN(2) == 0
		if _, asks := c["IsPresent"]; asks {
			c["Variable"] = compare.Pick(r, []string{"$.a", "$.missing", "$.o.missing"})
		}
	case 1:
		c["StringMatches"] = compare.Pick(r, []string{"*", "a*", "*b", "a*b", star, backslash, "", "é", "a"})
	default:
		name, value, at := operator(r)
		if r.IntN(3) == 0 {
			name, value = name+"Path", any(at)
		}
		c[name] = value
	}
	return c
}

// operator returns a comparison, and the path of a value of its type: the other program fails at a path of another type.
func operator(r *rand.Rand) (name string, value any, at string) {
	sign := compare.Pick(r, signs)
	switch r.IntN(4) {
	case 0:
		return "String" + sign, compare.Pick(r, []any{"", "a", "b", "ab", "é"}), "$.a"
	case 1:
		return "Numeric" + sign, compare.Pick(r, []any{0, 1, -1, 1.5, 2, 100}), "$.b"
	case 2:
		return "Timestamp" + sign, compare.Pick(r, []any{"2026-11-23T12:00:00Z", "2026-11-23T13:00:00Z", "2027-01-01T00:00:00Z"}), "$.t"
	}
	return "BooleanEquals", r.IntN(2) == 0, "$.o.x"
}
