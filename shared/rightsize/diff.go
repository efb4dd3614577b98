package rightsize

import (
	"fmt"
	"strings"
)

// around is how many equal lines stand before and after what differs; maxCells bounds the comparison.
const (
	around   = 3
	maxCells = 16 << 20
)

type edit struct {
	mark byte
	text string
}

func unified(was, is string) string {
	if was == is {
		return ""
	}
	edits := compare(lines(was), lines(is))
	var b strings.Builder
	oldAt, newAt := 1, 1
	for from := 0; from < len(edits); {
		if edits[from].mark == ' ' {
			from, oldAt, newAt = from+1, oldAt+1, newAt+1
			continue
		}
		end, equal := from, 0 // the hunk ends where twice so many lines are equal
		for at := from; at < len(edits) && equal <= 2*around; at++ {
			if equal++; edits[at].mark != ' ' {
				end, equal = at+1, 0
			}
		}
		first, last := max(0, from-around), min(len(edits), end+around)
		oldFrom, newFrom := oldAt-(from-first), newAt-(from-first)
		oldN, newN := 0, 0
		var body strings.Builder
		for _, e := range edits[first:last] {
			if e.mark != '+' {
				oldN++
			}
			if e.mark != '-' {
				newN++
			}
			fmt.Fprintf(&body, "%c%s\n", e.mark, e.text)
		}
		fmt.Fprintf(&b, "@@ -%s +%s @@\n%s", span(oldFrom, oldN), span(newFrom, newN), body.String())
		from, oldAt, newAt = last, oldFrom+oldN, newFrom+newN
	}
	return b.String()
}

func span(from, n int) string {
	if n == 0 {
		from--
	}
	return fmt.Sprintf("%d,%d", from, n)
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// compare finds a longest common subsequence. Beyond the bound it takes what differs as one block.
func compare(was, is []string) (edits []edit) {
	head := 0
	for head < len(was) && head < len(is) && was[head] == is[head] {
		edits, head = append(edits, edit{' ', was[head]}), head+1
	}
	tail := 0
	for tail < len(was)-head && tail < len(is)-head && was[len(was)-1-tail] == is[len(is)-1-tail] {
		tail++
	}
	a, b := was[head:len(was)-tail], is[head:len(is)-tail]
	if len(a)*len(b) > maxCells {
		edits = append(append(edits, marked('-', a)...), marked('+', b)...)
	} else {
		edits = append(edits, common(a, b)...)
	}
	return append(edits, marked(' ', was[len(was)-tail:])...)
}

func marked(mark byte, all []string) (edits []edit) {
	for _, text := range all {
		edits = append(edits, edit{mark, text})
	}
	return edits
}

func common(a, b []string) (edits []edit) {
	width := len(b) + 1
	best := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				best[i*width+j] = best[(i+1)*width+j+1] + 1
			} else {
				best[i*width+j] = max(best[(i+1)*width+j], best[i*width+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			edits, i, j = append(edits, edit{' ', a[i]}), i+1, j+1
		case best[(i+1)*width+j] >= best[i*width+j+1]:
			edits, i = append(edits, edit{'-', a[i]}), i+1
		default:
			edits, j = append(edits, edit{'+', b[j]}), j+1
		}
	}
	return append(append(edits, marked('-', a[i:])...), marked('+', b[j:])...)
}
