package eventpattern

import (
	"strconv"
	"strings"

	"curfew/shared/strictjson"
)

// A millionth is a number times 1,000,000. EventBridge compares numbers from -5e9 to 5e9 with six decimals:
// eb-create-pattern-operators, "Numeric matching".
type millionth int64

const limit millionth = 5e9 * 1e6

func millionthOf(s string) (m millionth, ok bool) {
	s, negative := strings.CutPrefix(s, "-")
	mantissa, exponent := s, 0
	var tooBig error
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa = s[:i]
		exponent, tooBig = strconv.Atoi(s[i+1:])
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(strings.TrimRight(whole+fraction, "0"), "0")
	if digits == "" {
		return 0, true
	}
	// The value is digits times a power of ten. Zeros trimmed on the right move the power.
	trimmed := len(whole+fraction) - len(strings.TrimRight(whole+fraction, "0"))
	if tooBig != nil || exponent > 1e6 || exponent < -1e6 {
		return 0, false
	}
	power := exponent - len(fraction) + trimmed + 6
	if power < 0 || len(digits)+power > 16 {
		return 0, false
	}
	n, err := strconv.ParseInt(digits+strings.Repeat("0", power), 10, 64)
	if err != nil || millionth(n) > limit {
		return 0, false
	}
	if negative {
		n = -n
	}
	return millionth(n), true
}

type exactNumber struct {
	text    string // compared if out of range
	value   millionth
	inRange bool
}

func exactNumberOf(s string) exactNumber {
	m, ok := millionthOf(s)
	return exactNumber{s, m, ok}
}

func (e exactNumber) matches(v value) bool {
	if v.kind != strictjson.Number {
		return false
	}
	if v.text == e.text {
		return true
	}
	m, ok := millionthOf(v.text)
	return ok && e.inRange && m == e.value
}
