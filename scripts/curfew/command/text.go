package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"curfew/shared/fault"
)

// printable is for all text of a server.
func printable(s string) string { return fault.Escaped(s) }

// instant formats a time for people; the zero time is not known.
func (a *app) instant(t time.Time) string {
	switch {
	case t.IsZero():
		return "-"
	case a.zone == time.UTC:
		return t.UTC().Format(time.RFC3339)
	}
	return t.In(a.zone).Format("2006-01-02T15:04:05-07:00 MST")
}

// near is an instant with its distance from now.
func (a *app) near(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return a.instant(t) + " (" + distance(t.Sub(a.Now())) + ")"
}

// age is near in a table: on a terminal the distance alone, to fit the row.
func (a *app) age(t time.Time) string {
	if t.IsZero() || a.columns() == 0 {
		return a.near(t)
	}
	return distance(t.Sub(a.Now()))
}

// distance says how far an instant is, in its largest unit: in 12 min, 3 h ago.
func distance(d time.Duration) string {
	var text string
	switch n := d.Abs().Round(time.Second); {
	case n < time.Second:
		return "now"
	case n < 2*time.Minute:
		text = fmt.Sprintf("%d s", n/time.Second)
	case n < 2*time.Hour:
		text = fmt.Sprintf("%d min", n.Round(time.Minute)/time.Minute)
	case n < 48*time.Hour:
		text = fmt.Sprintf("%d h", n.Round(time.Hour)/time.Hour)
	default:
		text = fmt.Sprintf("%d days", n/(24*time.Hour))
	}
	if d > 0 {
		return "in " + text
	}
	return text + " ago"
}

// span is a duration without zero parts: 30m, 1h30m, 45s.
func span(d time.Duration) string {
	s := d.Truncate(time.Second).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func seconds(n int64) string { return span(time.Duration(n) * time.Second) }

// table writes rows with aligned columns; every cell is escaped.
func table(w io.Writer, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = printable(c)
		}
		fmt.Fprintln(t, strings.TrimRight(strings.Join(cells, "\t"), "\t"))
	}
	return t.Flush()
}

// facts writes names and values in two columns, and skips empty values.
func facts(w io.Writer, indent string, pairs ...string) error {
	var rows [][]string
	for i := 0; i+1 < len(pairs); i += 2 {
		if v := pairs[i+1]; v != "" && v != "-" {
			rows = append(rows, []string{indent + pairs[i], v})
		}
	}
	return table(w, rows)
}

// print writes v as JSON, or as a table.
func (a *app) print(v any, asTable func(io.Writer) error) error {
	return a.printTo(a.Stdout, v, asTable)
}

func (a *app) printTo(w io.Writer, v any, asTable func(io.Writer) error) error {
	if a.output != "json" {
		return asTable(w)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(fault.EscapedJSON(b.Bytes()))
	return err
}
