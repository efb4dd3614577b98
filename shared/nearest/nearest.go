// Package nearest finds the known name closest to a mistyped one.
package nearest

import "strings"

// Edits returns the edit distance (optimal string alignment), without case.
func Edits(a, b string) int {
	from, to := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	var before []int
	last := make([]int, len(to)+1)
	for j := range last {
		last[j] = j
	}
	for i := range from {
		row := make([]int, len(to)+1)
		row[0] = i + 1
		for j := range to {
			replaced := last[j]
			if from[i] != to[j] {
				replaced++
			}
			row[j+1] = min(replaced, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && from[i] == to[j-1] && from[i-1] == to[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(to)]
}

// Of returns the closest known name, or "". A third of the characters may differ, and always one.
func Of(name string, known []string) string {
	best, least := "", max(1, len(name)/3)+1
	for _, k := range known {
		if n := Edits(name, k); k != "" && n < least {
			best, least = k, n
		}
	}
	return best
}
