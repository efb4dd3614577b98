package sqlite_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"curfew/shared/audit"
	"curfew/shared/audit/audittest"
	"curfew/shared/audit/lake"
	"curfew/shared/audit/queries"
	"curfew/shared/audit/sqlite"
)

type row = []queries.Value

// request has the parameters of the queries, and what the folds use of them.
type request struct {
	text     map[string]string
	from, to time.Time
}

func (a request) in(t time.Time) bool { return !t.IsZero() && !t.Before(a.from) && t.Before(a.to) }

func (a request) inDay(day string) bool {
	return day >= a.from.Format(time.DateOnly) && day < a.to.Format(time.DateOnly)
}

// TestQueriesAnswerWhatTheLogSays folds the generator's own facts, and compares.
func TestQueriesAnswerWhatTheLogSays(t *testing.T) {
	index, byDay := int64(0), map[string]audit.Rows{}
	facts, err := audittest.Generate(audittest.Options{Days: 40, Daily: 60, Seed: 1}, func(text []byte) error {
		day, rows := audit.RowsOf(index, text)
		of := byDay[day]
		of.Evidence, of.Usage, of.Findings = append(of.Evidence, rows.Evidence...), append(of.Usage, rows.Usage...), append(of.Findings, rows.Findings...)
		byDay[day] = of
		index++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	e, err := sqlite.Open(t.Context(), func(yield func(lake.Day, error) bool) {
		for day, rows := range byDay {
			if !yield(lake.Day{Day: day, Rows: rows}, nil) {
				return
			}
		}
	}, queries.All()...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	a := request{from: audittest.Start().AddDate(0, 0, 5), to: audittest.Start().AddDate(0, 0, 35)}
	f := newFold(facts)
	for _, q := range queries.All() {
		t.Run(q.Name, func(t *testing.T) {
			fold, is := folds[q.Name]
			if !is {
				fold, is = reportFolds[q.Name]
			}
			if !is {
				t.Fatal("it has no fold")
			}
			a.text = f.parameters(q, a)
			args, err := q.Args(a.text)
			if err != nil {
				t.Fatal(err)
			}
			got, err := e.Run(t.Context(), q, args)
			if err != nil {
				t.Fatal(err)
			}
			same(t, got.Rows, fold(f, a))
		})
	}
}

func same(t *testing.T, got, want []row) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Errorf("%d rows, want %d and more than none", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if g, w := fmt.Sprintf("%#v", got[i]), fmt.Sprintf("%#v", want[i]); g != w {
			t.Fatalf("row %d:\n%s\nwant\n%s", i, g, w)
		}
	}
}

// order sorts by columns, from 1; a negative one descends. NULL is last.
func order(rows []row, columns ...int) []row {
	slices.SortStableFunc(rows, func(a, b row) int {
		for _, c := range columns {
			if n := compare(a[max(c, -c)-1], b[max(c, -c)-1]); n != 0 && c > 0 {
				return n
			} else if n != 0 {
				return -n
			}
		}
		return 0
	})
	return rows
}

func compare(a, b queries.Value) int {
	switch a := a.(type) {
	case nil:
		if b == nil {
			return 0
		}
		return 1
	case int64:
		return cmp.Compare(a, b.(int64))
	}
	if b == nil {
		return -1
	}
	return cmp.Compare(a.(string), b.(string))
}

// at, text and flag are values of SQL: what is empty is NULL.
func at(t time.Time) queries.Value {
	if t.IsZero() {
		return nil
	}
	return t.Format(time.RFC3339)
}

func text(s string) queries.Value {
	if s == "" {
		return nil
	}
	return s
}

func flag(is bool) queries.Value {
	if is {
		return int64(1)
	}
	return nil
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// positive is NULL for 0.
func positive(n int64) queries.Value {
	if n == 0 {
		return nil
	}
	return n
}
