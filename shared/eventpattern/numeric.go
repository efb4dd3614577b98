package eventpattern

import (
	"math"

	"curfew/shared/strictjson"
)

// A span is {"numeric": [">", 0, "<=", 5]}.
type span struct {
	low, high         float64
	openLow, openHigh bool
}

func (s span) matches(v value) bool {
	if v.kind != strictjson.Number {
		return false
	}
	f := numberOf(v.text)
	if f < s.low || f > s.high {
		return false
	}
	return !(s.openLow && f == s.low) && !(s.openHigh && f == s.high)
}

// numericOf reads one comparison, or a lower and an upper one in that order.
func numericOf(operand strictjson.Value, at string) (test, error) {
	if operand.Kind != strictjson.List {
		return nil, errorAt(at, "want a list, got %s", describe(operand))
	}
	if n := len(operand.Items); n != 2 && n != 4 {
		return nil, errorAt(at, "%d entries, want a comparison and a number, once or twice", n)
	}
	s := span{low: math.Inf(-1), high: math.Inf(1)}
	for i := 0; i < len(operand.Items); i += 2 {
		sign, err := s.narrow(operand.Items[i], operand.Items[i+1], at)
		if err != nil {
			return nil, err
		}
		lower := sign == ">" || sign == ">="
		if len(operand.Items) == 4 && lower != (i == 0) {
			return nil, errorAt(at, "%q in the wrong place, want > or >= and then < or <=", sign)
		}
	}
	if len(operand.Items) == 4 && s.low >= s.high {
		return nil, errorAt(at, "the lower end must be less than the upper one")
	}
	return s, nil
}

func (s *span) narrow(sign, bound strictjson.Value, at string) (string, error) {
	if sign.Kind != strictjson.String {
		return "", errorAt(at, "want a comparison, got %s", describe(sign))
	}
	if bound.Kind != strictjson.Number {
		return "", errorAt(at, "want a number after %q, got %s", sign.Text, describe(bound))
	}
	f, err := boundOf(bound.Text, at)
	if err != nil {
		return "", err
	}
	switch sign.Text {
	case "=":
		s.low, s.high = f, f
	case ">", ">=":
		s.low, s.openLow = f, sign.Text == ">"
	case "<", "<=":
		s.high, s.openHigh = f, sign.Text == "<"
	default:
		return "", errorAt(at, "unknown comparison %q, want =, <, <=, > or >=", sign.Text)
	}
	return sign.Text, nil
}
