package lake_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"curfew/shared/audit/audittest"
	"curfew/shared/audit/lake"
	"curfew/shared/evidence/log"
	"curfew/shared/inprocess"
)

// TestADayThatCannotBeReadStoppedAllLaterDays: its JSON, and theirs, would have expired. Now the others are compacted, the pass
// fails so that an alarm rings, and the first pass after the mend begins at the day.
func TestADayThatCannotBeReadStoppedAllLaterDays(t *testing.T) {
	m := makeLog(t, audittest.Options{Days: 6, Daily: 10, Seed: 11}, 60)
	w := &world{t: t, made: m, folder: t.TempDir(), p: &plan{}, now: audittest.Start().Add(30 * 24 * time.Hour), store: inprocess.NewStore(inprocess.StoreSettings{Manual: true, Now: time.Now})}
	defer w.store.Close()
	last := m.growths[len(m.growths)-1].To
	day := func(n int) string { return audittest.Start().AddDate(0, 0, n).Format(time.DateOnly) }
	file := filepath.Join(w.folder, "parquet", "evidence", "day="+day(1), "rows.parquet")
	must(t, os.MkdirAll(filepath.Dir(file), 0o700))
	must(t, os.WriteFile(file, []byte("no Parquet"), 0o600))
	for range 2 {
		if err := w.process().Pass(t.Context(), last); err == nil {
			t.Fatal("a pass with a broken day did not fail")
		}
	}
	compacted := func(n int) bool {
		_, err := os.Stat(filepath.Join(w.folder, "compacted", "day="+day(n), "marker.json"))
		return err == nil
	}
	if !compacted(0) || compacted(1) || !compacted(2) || !compacted(4) {
		t.Errorf("compacted: %t %t %t %t", compacted(0), compacted(1), compacted(2), compacted(4))
	}
	must(t, os.Remove(file))
	must(t, w.process().Pass(t.Context(), last))
	same(t, "after the mend", read(t, w.folder), m.rows(last.N))
	must(t, os.WriteFile(file, []byte("no Parquet"), 0o600))
	must(t, lake.Lake{Objects: &log.Folder{Path: w.folder}}.Rebuild(t.Context(), m.objects, last, func(int64) {}))
	same(t, "rebuilt over a broken file", read(t, w.folder), m.rows(last.N))
}

// TestWindowsThatAreCompactedWereReadAgain: the lake of a year had all its JSON read and dropped for each query.
func TestWindowsThatAreCompactedWereReadAgain(t *testing.T) {
	m := makeLog(t, audittest.Options{Days: 6, Daily: 20, Seed: 13}, 60)
	w := &world{t: t, made: m, folder: t.TempDir(), p: &plan{}, now: audittest.Start().Add(30 * 24 * time.Hour), store: inprocess.NewStore(inprocess.StoreSettings{Manual: true, Now: time.Now})}
	defer w.store.Close()
	last := m.growths[len(m.growths)-1].To
	must(t, w.process().Pass(t.Context(), last))
	files, err := filepath.Glob(filepath.Join(w.folder, "json", "*", "*", "*.json.gz"))
	must(t, err)
	broken := 0
	for _, file := range files {
		if filepath.Base(file) != fmt.Sprintf("%09d.json.gz", last.N/lake.Width) { // the last window is not full
			must(t, os.WriteFile(file, nil, 0o600))
			broken++
		}
	}
	if same(t, "without the JSON", read(t, w.folder), m.rows(last.N)); broken == 0 {
		t.Error("no file was full")
	}
}
