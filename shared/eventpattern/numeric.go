package eventpattern

// A span is {"numeric": [">", 0, "<=", 5]}: the numbers from low to high, with
// the ends or without them.
type span struct {
	low, high         millionth
	openLow, openHigh bool
}

func (s span) holds(v value) bool {
	if v.kind != number {
		return false
	}
	m, ok := millionthOf(v.text)
	if !ok || m < s.low || m > s.high {
		return false
	}
	return !(s.openLow && m == s.low) && !(s.openHigh && m == s.high)
}

// numericOf reads the operand of numeric: one comparison, or a lower one and
// an upper one, in that order.
func numericOf(operand tree, at string) (test, error) {
	if operand.kind != list {
		return nil, wrong(at, "want a list, got %s", operand.describe())
	}
	if n := len(operand.parts); n != 2 && n != 4 {
		return nil, wrong(at, "%d entries, want a comparison and a number, once or twice", n)
	}
	s := span{low: -limit, high: limit}
	for i := 0; i < len(operand.parts); i += 2 {
		sign, err := s.narrow(operand.parts[i], operand.parts[i+1], at)
		if err != nil {
			return nil, err
		}
		lower := sign == ">" || sign == ">="
		if len(operand.parts) == 4 && lower != (i == 0) {
			return nil, wrong(at, "%q in the wrong place, want > or >= and then < or <=", sign)
		}
	}
	if len(operand.parts) == 4 && s.low >= s.high {
		return nil, wrong(at, "the lower end must be less than the upper one")
	}
	return s, nil
}

// narrow applies one comparison, and gives its sign.
func (s *span) narrow(sign, bound tree, at string) (string, error) {
	if sign.kind != text {
		return "", wrong(at, "want a comparison, got %s", sign.describe())
	}
	if bound.kind != number {
		return "", wrong(at, "want a number after %q, got %s", sign.text, bound.describe())
	}
	m, ok := millionthOf(bound.text)
	if !ok {
		return "", wrong(at, "%s is beyond -5e9..5e9 or has more than 6 decimals", bound.text)
	}
	switch sign.text {
	case "=":
		s.low, s.high = m, m
	case ">", ">=":
		s.low, s.openLow = m, sign.text == ">"
	case "<", "<=":
		s.high, s.openHigh = m, sign.text == "<"
	default:
		return "", wrong(at, "unknown comparison %q, want =, <, <=, > or >=", sign.text)
	}
	return sign.text, nil
}
