package oracles

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/scripts/oracles/duck"
	"curfew/shared/audit"
	"curfew/shared/audit/audittest"
	"curfew/shared/audit/lake"
	"curfew/shared/audit/queries"
	"curfew/shared/audit/sqlite"
	"curfew/shared/evidence/log"
	"curfew/shared/inprocess"
)

// TestTextsAreOfTrino reads each view and each query by a grammar of Trino, which Athena runs.
func TestTextsAreOfTrino(t *testing.T) {
	texts := map[string]string{}
	for _, v := range audit.Views() {
		texts["views/"+v.Name] = v.Text
	}
	for _, q := range queries.All() {
		texts["queries/"+q.Name] = q.Text
	}
	for _, some := range []map[string]string{texts, {"wrong": "SELECT a FROM WHERE"}} {
		mistakes, err := duck.Mistakes(t.Context(), some)
		if err != nil || (len(mistakes) > 0) != (len(some) == 1) {
			t.Errorf("%d texts: %v\n%s", len(some), err, mistakes)
		}
	}
}

// TestDuckDBAnswersAsSQLite asks both for all queries. The lake has Parquet, JSON and, of the days between, both.
func TestDuckDBAnswersAsSQLite(t *testing.T) {
	const days, compacted = 40, 25
	folder, facts := madeLake(t, audittest.Options{Days: days, Daily: 60, Seed: 1}, compacted)
	d, err := duck.Open(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	s, err := sqlite.OpenFolder(t.Context(), folder, queries.All()...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, q := range queries.All() {
		args, err := q.Args(duck.Parameters(q, facts))
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Run(t.Context(), q, args)
		if err != nil {
			t.Error(err)
			continue
		}
		if scan, err := d.Scanned(t.Context(), q, args); err != nil || scan.Rows == 0 || scan.Bytes == 0 {
			t.Errorf("%s scans %+v, %v", q.Name, scan, err)
		}
		want, err := s.Run(t.Context(), q, args)
		if err != nil || len(want.Rows) == 0 {
			t.Errorf("%s: %d rows, %v", q.Name, len(want.Rows), err)
		}
		if !slices.Equal(got.Columns, want.Columns) || len(got.Rows) != len(want.Rows) {
			t.Errorf("%s: DuckDB has %d rows of %v, SQLite %d of %v", q.Name, len(got.Rows), got.Columns, len(want.Rows), want.Columns)
			continue
		}
		for i := range want.Rows {
			if g, w := fmt.Sprintf("%#v", got.Rows[i]), fmt.Sprintf("%#v", want.Rows[i]); g != w {
				t.Errorf("%s, row %d: DuckDB has\n%s\nSQLite\n%s", q.Name, i, g, w)
				break
			}
		}
	}
}

// madeLake publishes a log day by day, and compacts once.
func madeLake(t *testing.T, o audittest.Options, compacted int) (folder string, facts *audittest.Facts) {
	t.Helper()
	ctx, objects, rows := t.Context(), &log.Folder{Path: t.TempDir()}, &log.Folder{Path: t.TempDir()}
	key := log.MemoryKey(ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", 32))))
	l := &log.Log{Origin: audittest.Origin, Objects: objects, Keys: []log.Key{key}}
	f := &lake.Follower{Lake: lake.Lake{Objects: rows}, Log: objects, Store: inprocess.NewStore(inprocess.StoreSettings{}), Now: func() time.Time { return audittest.Start().AddDate(0, 0, compacted) }}
	edge := log.NewEdge()
	var texts [][]byte
	publish := func() {
		g, err := edge.Append(texts)
		if err == nil {
			err = l.Publish(ctx, g)
		}
		if err == nil {
			err = f.Add(ctx, g)
		}
		if err != nil {
			t.Fatal(err)
		}
		edge, texts = g.Edge, nil
		if n := g.From.N / lake.Width / 4; compacted > 0 && n*4*lake.Width > int64(o.Daily*compacted*13) {
			if err := f.Pass(ctx, g.To); err != nil {
				t.Fatal(err)
			}
			compacted = 0
		}
	}
	facts, err := audittest.Generate(o, func(text []byte) error {
		if texts = append(texts, text); len(texts) == 2*lake.Width {
			publish()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	publish()
	return rows.Path, facts
}
