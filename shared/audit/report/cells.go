package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"curfew/shared/audit/queries"
)

// JSON writes the report with all that the other forms show.
func (r Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

// CSV writes a line for each figure, and one for each value of the lists and exceptions.
func (r Report) CSV(w io.Writer) error {
	var b bytes.Buffer
	c := csv.NewWriter(&b)
	line := func(values ...queries.Value) {
		var cells []string
		for _, v := range values {
			cells = append(cells, queries.Cell(v))
		}
		_ = c.Write(cells) // a buffer does not fail
	}
	line("section", "row", "name", "value", "unit", "query", "parameters", "log_entries")
	for _, f := range r.Figures {
		a := r.answer(f.Answer)
		line("figures", "", f.ID, f.Value, f.Unit, a.Query, a.parameters(), "")
	}
	for _, t := range slices.Concat(r.Lists, r.Exceptions) {
		a := r.answer(t.Answer)
		for i, row := range a.Rows {
			for k, v := range row {
				line(t.Title, int64(i+1), a.Columns[k], v, "", a.Query, a.parameters(), a.Entries[i])
			}
		}
	}
	c.Flush()
	_, err := b.WriteTo(w)
	return err
}

func (r Report) answer(id string) Answer {
	i := slices.IndexFunc(r.Answers, func(a Answer) bool { return a.ID == id })
	if i < 0 {
		panic("no answer " + id) // a test asks all
	}
	return r.Answers[i]
}

func (r Report) figure(id string) Figure {
	i := slices.IndexFunc(r.Figures, func(f Figure) bool { return f.ID == id })
	if i < 0 {
		panic("no figure " + id)
	}
	return r.Figures[i]
}

func (a Answer) parameters() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(a.Set)) {
		all = append(all, name+"="+a.Set[name])
	}
	return strings.Join(all, " ")
}

// values are those of a column. It panics without such a column, which a test finds.
func (a Answer) values(column string) (all []queries.Value) {
	i := slices.Index(a.Columns, column)
	if i < 0 {
		panic(fmt.Sprintf("query %s has no column %s", a.Query, column))
	}
	for _, row := range a.Rows {
		all = append(all, row[i])
	}
	return all
}

// text is empty for NULL.
func text(v queries.Value) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// grouped has a comma between thousands.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func words(name string) string { return strings.ReplaceAll(name, "_", " ") }
