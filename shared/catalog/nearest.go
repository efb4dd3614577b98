package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// suggest ends a message about a name that does not exist: with the nearest that does, else with those that there are.
func suggest(name string, known, listed []string) string {
	if near := nearest(name, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	const most = 12
	if len(listed) > 0 && len(listed) <= most {
		return "; there are " + strings.Join(slices.DeleteFunc(slices.Clone(listed), func(s string) bool { return s == "" }), ", ")
	}
	return ""
}

// nearest is the known name that a mistyped one is most like; empty if none is like it.
func nearest(name string, known []string) string {
	best, least := "", max(1, len(name)/3)+1
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); k != "" && d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is how many bytes must be added, removed, replaced or swapped with the next to make b of a.
func distance(a, b string) int {
	before, last, row := []int(nil), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, make([]int, len(b)+1)
	}
	return last[len(b)]
}
