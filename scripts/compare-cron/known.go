package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"curfew/scripts/compare"
)

var leadingZero = regexp.MustCompile(`\b0([0-9])`)

// wrong stands for what AWS does not document.
const wrong = "x"

// AWS's page (Cron expressions reference), where the package is known to differ. Each changes one item of a list in a field.
func reasons() []compare.Reason[string] {
	return []compare.Reason[string]{
		{Says: "a range goes up, from a value to a value", Rewrite: onItems(func(i int, item string) string {
			from, to, ranged := strings.Cut(item, "-")
			to, _, _ = strings.Cut(to, "/")
			if ranged && (from == "*" || to == "*" || fields[i].number(from) > fields[i].number(to)) {
				return wrong
			}
			return item
		})},
		{Says: "a year has neither ? nor L", Rewrite: onItems(func(i int, item string) string {
			if i == 5 && (item == "?" || item == "L") {
				return wrong
			}
			return item
		})},
		{Says: "an increment is a value of the field", Rewrite: onItems(func(i int, item string) string {
			if _, step, stepped := strings.Cut(item, "/"); stepped && fields[i].number(step) > fields[i].most {
				return wrong
			}
			return item
		})},
		{Says: "an increment may follow a range, in a list too", Rewrite: onItems(func(_ int, item string) string {
			span, step, stepped := strings.Cut(item, "/")
			if n, err := strconv.Atoi(step); !stepped || err != nil || n < 1 {
				return item
			}
			return span
		})},
		{Says: "a weekday may be the last of the month, and the last day a weekday", Rewrite: onItems(func(i int, item string) string {
			if i == 2 && item == "LW" || i == 4 && (item == "FRIL" || item == "6L") {
				return "L"
			}
			return item
		})},
		{Says: "a number may begin with 0", Rewrite: onItems(func(_ int, item string) string {
			return leadingZero.ReplaceAllString(item, "$1")
		})},
	}
}

func onItems(change func(i int, item string) string) func(cron, ours string) (string, string, bool) {
	return func(cron, ours string) (string, string, bool) {
		parts := strings.Split(cron, " ")
		for i, part := range parts {
			items := strings.Split(part, ",")
			for j := range items {
				items[j] = change(i, items[j])
			}
			parts[i] = strings.Join(items, ",")
		}
		other := strings.Join(parts, " ")
		return other, ours, other != cron
	}
}

// number is the number of a value; 0 if it has none.
func (f field) number(value string) int {
	days := []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
	months := []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	for _, names := range [][]string{days, months} {
		if len(f.names) > 0 && slices.Contains(names, value) {
			return slices.Index(names, value) + 1
		}
	}
	n, _ := strconv.Atoi(value)
	return n
}
