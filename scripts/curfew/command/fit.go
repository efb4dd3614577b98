package command

import (
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// minColumn is the least width of a cut column.
const minColumn = 6

// table writes rows under a heading, cut to the terminal's width. -o wide and -o json cut nothing.
func (a *app) table(w io.Writer, rows [][]string) error {
	if columns := a.columns(); columns > 0 {
		rows = fit(rows, columns)
	}
	return table(w, rows)
}

// columns is the width that tables are cut to; 0: they are not cut.
func (a *app) columns() int {
	if a.Width == nil || a.output != "table" {
		return 0
	}
	return a.Width()
}

// fit makes rows fit into columns. It drops REQUESTED, then cuts the widest columns; states and times last, ids never.
// The first row is the heading.
func fit(rows [][]string, columns int) [][]string {
	widths := widthsOf(rows)
	if at := slices.Index(rows[0], "REQUESTED"); total(widths) > columns && at >= 0 {
		narrow := make([][]string, len(rows))
		for i, row := range rows {
			narrow[i] = slices.Delete(slices.Clone(row), at, at+1)
		}
		rows, widths = narrow, widthsOf(narrow)
	}
	for _, spared := range [][]string{{"ID", "STATE", "UNTIL"}, {"ID"}} {
		for widest := 0; total(widths) > columns && widest >= 0; {
			widest = -1
			for i, n := range widths {
				if !slices.Contains(spared, rows[0][i]) && n > minColumn && (widest < 0 || n > widths[widest]) {
					widest = i
				}
			}
			if widest >= 0 {
				widths[widest]--
			}
		}
	}
	out := make([][]string, len(rows))
	for i, row := range rows {
		for j, cell := range row {
			if cell = printable(cell); i == 0 && len(cell) > widths[j] {
				cell = cell[:widths[j]-1] + "…" // a heading
			}
			out[i] = append(out[i], cut(cell, widths[j]))
		}
	}
	return out
}

func widthsOf(rows [][]string) []int {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(printable(cell)))
		}
	}
	return widths
}

// total is the width of a row: two spaces are between its columns.
func total(widths []int) int {
	n := 2 * (len(widths) - 1)
	for _, w := range widths {
		n += w
	}
	return n
}

// cut shortens a text to n runes: a name in its middle, because both ends of an ARN matter, and a sentence at its end.
func cut(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	if strings.Contains(s, " ") {
		return string(r[:n-1]) + "…"
	}
	head := (n - 1) / 3
	if n < 24 { // the beginnings of ARNs are alike
		head = 0
	}
	return string(r[:head]) + "…" + string(r[len(r)-(n-1-head):])
}
