package asl

import (
	"cmp"
	"strings"
)

// isRules test the type of a value.
var isRules = map[string]func(any) bool{
	"IsPresent":   func(any) bool { return true },
	"IsNull":      func(v any) bool { return v == nil },
	"IsString":    func(v any) bool { _, ok := v.(string); return ok },
	"IsBoolean":   func(v any) bool { _, ok := v.(bool); return ok },
	"IsNumeric":   func(v any) bool { _, ok := number(v); return ok },
	"IsTimestamp": func(v any) bool { _, ok := readInstant(v); return ok },
}

// compareRules compare a value (first) with another.
var compareRules = map[string]func(a, b any) bool{
	"StringEquals":               ordered(orderText, 0),
	"StringLessThan":             ordered(orderText, -1),
	"StringLessThanEquals":       ordered(orderText, -1, 0),
	"StringGreaterThan":          ordered(orderText, 1),
	"StringGreaterThanEquals":    ordered(orderText, 1, 0),
	"StringMatches":              matchText,
	"NumericEquals":              ordered(orderNumbers, 0),
	"NumericLessThan":            ordered(orderNumbers, -1),
	"NumericLessThanEquals":      ordered(orderNumbers, -1, 0),
	"NumericGreaterThan":         ordered(orderNumbers, 1),
	"NumericGreaterThanEquals":   ordered(orderNumbers, 1, 0),
	"TimestampEquals":            ordered(orderInstants, 0),
	"TimestampLessThan":          ordered(orderInstants, -1),
	"TimestampLessThanEquals":    ordered(orderInstants, -1, 0),
	"TimestampGreaterThan":       ordered(orderInstants, 1),
	"TimestampGreaterThanEquals": ordered(orderInstants, 1, 0),
	"BooleanEquals":              sameBool,
}

// ordered reports whether both values have the order's type and their order is wanted.
func ordered(order func(a, b any) (int, bool), wanted ...int) func(a, b any) bool {
	return func(a, b any) bool {
		got, ok := order(a, b)
		for _, want := range wanted {
			if ok && got == want {
				return true
			}
		}
		return false
	}
}

func orderText(a, b any) (int, bool) {
	x, ok := a.(string)
	y, also := b.(string)
	return strings.Compare(x, y), ok && also
}

func orderNumbers(a, b any) (int, bool) {
	x, ok := number(a)
	y, also := number(b)
	return cmp.Compare(x, y), ok && also
}

func orderInstants(a, b any) (int, bool) {
	x, ok := readInstant(a)
	y, also := readInstant(b)
	return x.Compare(y), ok && also
}

func sameBool(a, b any) bool {
	x, ok := a.(bool)
	y, also := b.(bool)
	return ok && also && x == y
}

// matchText matches a pattern: * is any characters, \* a literal star.
func matchText(a, b any) bool {
	text, ok := a.(string)
	pattern, also := b.(string)
	if !ok || !also {
		return false
	}
	parts := splitPattern(pattern)
	if len(parts) == 1 {
		return text == parts[0]
	}
	rest, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		_, rest, ok = strings.Cut(rest, part)
		if !ok {
			return false
		}
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}

// splitPattern splits a pattern at its stars; a backslash escapes one character.
func splitPattern(pattern string) []string {
	parts := []string{""}
	for i := 0; i < len(pattern); i++ {
		last := &parts[len(parts)-1]
		switch {
		case pattern[i] == '\\' && i+1 < len(pattern):
			i++
			*last += pattern[i : i+1]
		case pattern[i] == '*':
			parts = append(parts, "")
		default:
			*last += pattern[i : i+1]
		}
	}
	return parts
}
