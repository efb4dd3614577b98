package sqlite

import (
	"slices"
	"strings"
	"unicode"

	"curfew/shared/audit"
	"curfew/shared/audit/queries"
)

// words are the names in the texts that are needed, and the views among them, in order.
type words struct {
	named map[string]bool
	views []audit.View
}

func needed(all []queries.Query) words {
	w := words{named: map[string]bool{}}
	for _, q := range all {
		w.add(q.Text)
	}
	views := audit.Views()
	for _, v := range slices.Backward(views) {
		if w.named[v.Name] && !isTable(v.Name) {
			w.add(v.Text)
			w.views = append([]audit.View{v}, w.views...)
		}
	}
	return w
}

func isTable(name string) bool {
	return slices.ContainsFunc(audit.Tables(), func(t audit.Table) bool { return t.Name == name })
}

func (w words) add(text string) {
	for line := range strings.Lines(text) {
		code, _, _ := strings.Cut(line, "--")
		for _, name := range strings.FieldsFunc(code, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			w.named[name] = true
		}
	}
}

func (w words) columns(table string) (names []string) {
	for _, t := range audit.Tables() {
		for _, c := range t.Columns {
			if t.Name == table && w.named[table] && w.named[c.Name] {
				names = append(names, c.Name)
			}
		}
	}
	return names
}
