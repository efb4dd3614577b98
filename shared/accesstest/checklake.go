package accesstest

import (
	"context"
	"reflect"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/audit"
	"curfew/shared/audit/lake"
)

// onlyJSON is a lake without Parquet, whose library shares channels between the bubbles of package synctest.
type onlyJSON struct{ *lake.Follower }

func (v onlyJSON) Pass(ctx context.Context, tree tlog.Tree) error { return v.CatchUp(ctx, tree) }

func (w *World) checkLake() {
	w.t.Helper()
	ctx := context.Background()
	tree, err := w.Archive.Evidence.Published(ctx)
	if err != nil || tree.N == 0 {
		return // checkLog told
	}
	texts, err := w.Archive.Evidence.Entries(ctx, tree, 0, tree.N)
	if err != nil {
		return
	}
	want := map[string]audit.Rows{}
	for i, text := range texts {
		day, rows := audit.RowsOf(int64(i), text)
		of := want[day]
		of.Evidence, of.Usage, of.Findings = append(of.Evidence, rows.Evidence...), append(of.Usage, rows.Usage...), append(of.Findings, rows.Findings...)
		want[day] = of
	}
	got := map[string]audit.Rows{}
	for day, err := range lake.Read(ctx, w.lake) {
		if err != nil {
			w.t.Fatalf("the lake: %v", err)
		}
		got[day.Day] = day.Rows
	}
	if !reflect.DeepEqual(got, want) {
		w.t.Errorf("the lake has other rows than the log of %d entries", tree.N)
	}
}
