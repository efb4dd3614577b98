package queries

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"curfew/shared/audit"
	"curfew/shared/fault"
)

var (
	comment  = regexp.MustCompile(`--[^\n]*`)
	function = regexp.MustCompile(`([A-Z_]+)\s*\(`)
)

// TestTextsArePortable holds texts to what Athena, DuckDB and SQLite share: LIKE and / differ, and so do most functions.
func TestTextsArePortable(t *testing.T) {
	shared := strings.Fields("COUNT SUM MIN MAX COALESCE SUBSTR CAST ROW_NUMBER OVER IN AND OR AS WHEN SELECT FROM JOIN WHERE ON")
	texts := map[string]string{}
	for _, v := range audit.Views() {
		texts[v.Name] = v.Text
	}
	for _, q := range All() {
		texts[q.Name] = q.Text
		if marks := strings.Count(comment.ReplaceAllString(q.Text, ""), "?"); marks != len(q.Parameters) {
			t.Errorf("%s has %d ? and says %d", q.Name, marks, len(q.Parameters))
		}
		if !strings.Contains(q.Text, "\nORDER BY ") {
			t.Errorf("%s has no order", q.Name)
		}
	}
	for name, text := range texts {
		text = comment.ReplaceAllString(text, "")
		for _, f := range function.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(shared, f[1]) {
				t.Errorf("%s: %s is not in all engines", name, f[1])
			}
		}
		for _, differs := range []string{" LIKE ", " / ", "LIMIT", "\"", "`"} {
			if strings.Contains(text, differs) {
				t.Errorf("%s: %s differs between engines", name, differs)
			}
		}
	}
}

func TestArgsAreChecked(t *testing.T) {
	q := Query{Parameters: []Parameter{{"at", Time, "the instant"}, {"on", Day, "the day"}, {"most", Number, "rows"}, {"who", Text, "the caller"}}}
	got, err := q.Args(map[string]string{"at": "2026-11-30T14:00:00.5+02:00", "on": "2026-11-30T23:30:00-01:00", "most": "7", "who": "' OR 1 = 1"})
	if want := []Value{"2026-11-30T12:00:00Z", "2026-12-01", int64(7), "' OR 1 = 1"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	_, err = q.Args(map[string]string{"at": "2026-11-30", "on": "today", "most": "7.5", "other": ""})
	if want := `other: the query  has no such parameter; on: want a day: the day; most: want a number: rows; who: want a text: the caller`; fault.KindOf(err) != fault.Invalid || err.Error() != want {
		t.Errorf("%v", err)
	}
}

func TestFilesAreRead(t *testing.T) {
	q, err := parse("a", "-- About.\n-- Note.\n-- ? from time: begin\nSELECT 1\n-- ? not: one\n")
	if err != nil || q.About != "About." || q.Notes != "Note." || len(q.Parameters) != 1 {
		t.Errorf("%+v, %v", q, err)
	}
	for _, wrong := range []string{"SELECT 1", "-- About.\n-- ? from: begin\n", "-- About.\n-- ? from date: begin\n"} {
		if _, err := parse("a", wrong); err == nil {
			t.Errorf("%q is read", wrong)
		}
	}
	if _, err := Find("none"); fault.KindOf(err) != fault.NotFound {
		t.Error(err)
	}
}
