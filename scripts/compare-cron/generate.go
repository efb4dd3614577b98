package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"curfew/scripts/compare"
)

// field is one of the six: its values, names of some, and forms that stand alone.
type field struct {
	least, most int
	names       []string
	alone       []string
}

var fields = []field{
	{least: 0, most: 59},
	{least: 0, most: 23},
	{least: 1, most: 31, alone: []string{"?", "L", "LW", "3W", "31W", "32W", "0W", "W"}},
	{least: 1, most: 12, names: []string{"JAN", "FEB", "JUN", "DEC", "dec", "SUN"}},
	{least: 1, most: 7, names: []string{"SUN", "MON", "SAT", "mon", "JAN"}, alone: []string{"?", "L", "FRIL", "6L", "MON#1", "2#5", "2#6", "8#1", "#1"}},
	{least: 1970, most: 2199, alone: []string{"?", "L"}},
}

// generate draws an expression that is right in most fields, with ? in one day field.
func generate(r *rand.Rand) string {
	var parts []string
	for _, f := range fields {
		parts = append(parts, f.draw(r))
	}
	switch r.IntN(8) {
	case 0: // as drawn
	case 1:
		return strings.Join(parts[:5], " ")
	case 2, 3, 4:
		parts[2] = "?"
	default:
		parts[4] = "?"
	}
	return strings.Join(parts, " ")
}

func (f field) draw(r *rand.Rand) string {
	switch r.IntN(10) {
	case 0, 1, 2:
		return "*"
	case 3:
		if len(f.alone) > 0 {
			return compare.Pick(r, f.alone)
		}
	case 4:
		return strings.Join([]string{f.value(r), f.item(r), f.value(r)}[:2+r.IntN(2)], ",")
	case 5:
		return compare.Pick(r, []string{"*", f.value(r), f.span(r)}) + "/" + compare.Pick(r, []string{"1", "2", "5", "0", "15", "99", "x", ""})
	}
	return f.item(r)
}

func (f field) item(r *rand.Rand) string {
	if r.IntN(3) == 0 {
		return f.span(r)
	}
	return f.value(r)
}

func (f field) span(r *rand.Rand) string { return f.value(r) + "-" + f.value(r) }

// value is in range, but for one in twenty.
func (f field) value(r *rand.Rand) string {
	switch n := r.IntN(40); {
	case n == 0:
		return compare.Pick(r, []string{"", "-1", "+1", "x", "1.5", "*", fmt.Sprint(f.least - 1), fmt.Sprint(f.most + 1)})
	case n < 8 && len(f.names) > 0:
		return compare.Pick(r, f.names)
	case n == 8:
		return fmt.Sprintf("%02d", f.least)
	}
	return strconv.Itoa(f.least + r.IntN(f.most-f.least+1))
}
