package eventpattern

import (
	"math"
	"strconv"
	"strings"

	"curfew/shared/strictjson"
)

// numberOf reads a JSON number as Event Ruler does since version 1.8: as a double. Out of range is infinite.
func numberOf(s string) float64 {
	f, _ := strconv.ParseFloat(s, 64)
	return f
}

// boundOf reads a number to compare with. It refuses those that the guide does not promise to compare: it has -5e9 to 5e9 with six
// decimals. See eb-create-pattern-operators, "Numeric matching".
func boundOf(s, at string) (float64, error) {
	f := numberOf(s)
	_, decimals, _ := strings.Cut(strconv.FormatFloat(f, 'f', -1, 64), ".")
	if math.Abs(f) > 5e9 || len(decimals) > 6 {
		return 0, errorAt(at, "%s is beyond -5e9..5e9 or has more than 6 decimals", s)
	}
	return f, nil
}

type exactNumber float64

func (e exactNumber) matches(v value) bool {
	return v.kind == strictjson.Number && numberOf(v.text) == float64(e)
}
