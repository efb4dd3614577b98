package eventpattern_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"curfew/shared/eventpattern"
)

// names are few, so that objects share fields; one has a dot.
var names = rapid.SampledFrom([]string{"a", "b", "c", "d.e", "ä", ""})

// scalars are text, numbers inside and outside the comparable range, and words.
var scalars = rapid.OneOf(
	rapid.SampledFrom([]any{"", "x", "X", "*", `\`, "10.0.0.1", "::1", "aa", true, false, nil}),
	rapid.Map(rapid.String(), func(s string) any { return s }),
	rapid.Map(rapid.IntRange(-3, 3), func(n int) any { return n }),
	rapid.Map(rapid.Int64(), func(n int64) any { return n }),
	rapid.Map(rapid.Float64Range(-1e7, 1e7), func(f float64) any { return f }),
)

// tree draws an object, a list or a scalar of limited depth.
func tree(t *rapid.T, deep int) any {
	shape := rapid.IntRange(0, 5).Draw(t, "shape")
	switch {
	case deep > 0 && shape == 0:
		return fields(t, deep-1)
	case deep > 0 && shape == 1:
		items := make([]any, rapid.IntRange(0, 3).Draw(t, "items"))
		for i := range items {
			items[i] = tree(t, deep-1)
		}
		return items
	}
	return scalars.Draw(t, "scalar")
}

func fields(t *rapid.T, deep int) map[string]any {
	object := map[string]any{}
	for range rapid.IntRange(0, 4).Draw(t, "fields") {
		object[names.Draw(t, "name")] = tree(t, deep)
	}
	return object
}

// patternOf returns a pattern of an event: every field with its own value, every list of objects with the fields of one
// element. It is nil if no field can be listed.
func patternOf(t *rapid.T, event any) any {
	switch e := event.(type) {
	case map[string]any:
		p := map[string]any{}
		for name, v := range e {
			if inner := patternOf(t, v); inner != nil {
				p[name] = inner
			}
		}
		if len(p) > 0 {
			return p
		}
	case []any:
		if len(e) > 0 {
			return patternOf(t, rapid.SampledFrom(e).Draw(t, "element"))
		}
	default:
		return []any{e}
	}
	return nil
}

// TestPatternOfAnEventMatchesIt makes a pattern from an event and matches it against the event.
func TestPatternOfAnEventMatchesIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		event := fields(t, 4)
		pattern := patternOf(t, event)
		if pattern == nil {
			return
		}
		raw := encode(t, pattern)
		p, err := eventpattern.Parse(raw)
		if err != nil {
			t.Skip("too long, or a field comes twice by its dots")
		}
		if got, err := p.Match(encode(t, event)); !got || err != nil {
			t.Fatalf("%s matches %s = %t, %v, want true", raw, encode(t, event), got, err)
		}
	})
}

// operands have an operator of their own and also go with anything-but.
var operands = rapid.Custom(func(t *rapid.T) [2]string {
	s := string(encode(t, rapid.StringMatching(`[a-cA-C]{1,2}`).Draw(t, "operand")))
	n := fmt.Sprint(rapid.IntRange(-3, 3).Draw(t, "number"))
	return rapid.SampledFrom([][2]string{
		{s, s}, {n, n},
		{fmt.Sprintf(`{"prefix": %s}`, s), fmt.Sprintf(`{"prefix": %s}`, s)},
		{fmt.Sprintf(`{"suffix": %s}`, s), fmt.Sprintf(`{"suffix": %s}`, s)},
		{fmt.Sprintf(`{"equals-ignore-case": %s}`, s), fmt.Sprintf(`{"equals-ignore-case": %s}`, s)},
		{`{"wildcard": "a*b"}`, `{"wildcard": "a*b"}`},
	}).Draw(t, "pair")
})

// TestAnythingButIsTheComplement compares an operator with its anything-but on one scalar.
func TestAnythingButIsTheComplement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pair := operands.Draw(t, "operands")
		scalar := rapid.OneOf(scalars, rapid.Map(rapid.StringMatching(`[a-cA-C]{0,3}`), func(s string) any { return s })).Draw(t, "scalar")
		event := encode(t, map[string]any{"a": scalar})
		plain := isMatch(t, fmt.Sprintf(`{"a": [%s]}`, pair[0]), event)
		other := isMatch(t, fmt.Sprintf(`{"a": [{"anything-but": %s}]}`, pair[1]), event)
		if plain == other {
			t.Fatalf("%s and anything but it: both %t for %s", pair[0], plain, event)
		}
	})
}

// TestExistsIsTheComplement: a field exists or is missing.
func TestExistsIsTheComplement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		event := encode(t, fields(t, 4))
		there, missing := isMatch(t, `{"a": [{"exists": true}]}`, event), isMatch(t, `{"a": [{"exists": false}]}`, event)
		if there == missing {
			t.Fatalf("there and missing: both %t for %s", there, event)
		}
	})
}

// TestNumericSplitsTheNumbers: a number is below, at or above a bound.
func TestNumericSplitsTheNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		millionths := func(label string) string {
			return fmt.Sprintf("%d.%06d", rapid.IntRange(0, 4_999_999_999).Draw(t, label), rapid.IntRange(0, 999_999).Draw(t, label+"'s decimals"))
		}
		bound, number := millionths("bound"), millionths("number")
		if rapid.Bool().Draw(t, "same") {
			number = bound + "0"
		}
		event := []byte(fmt.Sprintf(`{"a": %s}`, number))
		count := 0
		for _, sign := range []string{"<", "=", ">"} {
			if isMatch(t, fmt.Sprintf(`{"a": [{"numeric": [%q, %s]}]}`, sign, bound), event) {
				count++
			}
		}
		if count != 1 {
			t.Fatalf("%d of <, =, > hold for %s and %s, want 1", count, number, bound)
		}
	})
}

// TestOrIsAny: a $or matches if one branch does.
func TestOrIsAny(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		event := encode(t, fields(t, 3))
		branch := func(label string) string {
			return fmt.Sprintf(`{"a": [%s], "b": [{"anything-but": 1}]}`, encode(t, scalars.Draw(t, label)))
		}
		one, two := branch("one"), branch("two")
		want := isMatch(t, one, event) || isMatch(t, two, event)
		if got := isMatch(t, fmt.Sprintf(`{"$or": [%s, %s]}`, one, two), event); got != want {
			t.Fatalf("$or of %s and %s = %t for %s, want %t", one, two, got, event, want)
		}
	})
}

func isMatch(t *rapid.T, pattern string, event []byte) bool {
	p, err := eventpattern.Parse([]byte(pattern))
	if err != nil {
		t.Fatalf("parse %s: %v", pattern, err)
	}
	got, err := p.Match(event)
	if err != nil {
		t.Fatalf("match %s: %v", event, err)
	}
	return got
}

func encode(t *rapid.T, v any) []byte {
	if f, is := v.(float64); is && math.IsInf(f, 0) {
		t.Skip("no JSON number")
	}
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
