package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// printable is text in which nothing is left that a terminal would obey or that a reader would not see: what is not to be
// printed is shown as its code. Everything that a server said goes through it.
func printable(s string) string {
	if !strings.ContainsFunc(s, hidden) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			fmt.Fprintf(&b, "\\u{%x}", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// hidden reports whether a rune is not to be printed as it is: controls, what turns the direction of the text, what is
// invisible, and every space but the plain one.
func hidden(r rune) bool { return !unicode.IsPrint(r) }

// instant is a point in time for people; a zero one is not known.
func (a *app) instant(t time.Time) string {
	switch {
	case t.IsZero():
		return "-"
	case a.zone == time.UTC:
		return t.UTC().Format(time.RFC3339)
	}
	return t.In(a.zone).Format("2006-01-02T15:04:05-07:00 MST")
}

// span is a duration without the parts that are zero: 30m, 1h30m, 45s.
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

// table writes rows with a heading, cut to the width of the terminal.
func (a *app) table(w io.Writer, rows [][]string) error { return table(w, rows) }

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

// facts writes names and values, two columns, without those that have no value.
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
	if a.output != "json" {
		return asTable(a.Stdout)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := a.Stdout.Write(escapeJSON(b.Bytes()))
	return err
}

// escapeJSON escapes what JSON may hold as it is and a terminal would obey. Outside of its strings JSON has nothing that is
// hidden but line breaks.
func escapeJSON(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for _, r := range string(b) {
		switch {
		case r == '\n' || !hidden(r):
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}
