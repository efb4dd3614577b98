package archive_test

import (
	"testing"

	"curfew/shared/archive"
	"curfew/shared/evidence/log"
)

func TestABatchOfTheStreamIsInTheLog(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	for range 3 {
		w.append("elevation#1", 2)
		w.append("caller#a#2026-01-01", 150)
		w.put("request#1", `{"digest":"d","requester":"r","input":"i"}`, 1)
		w.put("pending#1", `{}`, 1)
		w.take(s)
		w.checkAll()
		s = w.service() // as a new process
	}
	if f := w.findings(); len(f) != 1 || f[0] != archive.Altered.Name { // the row request# was written again
		t.Errorf("findings %v", f)
	}
}

// TestARotationOfKeysIsInTheLog: the log says which keys are in force, from its first entry on.
func TestARotationOfKeysIsInTheLog(t *testing.T) {
	w := newWorld(t)
	for _, keys := range [][]log.Key{{newKey(0)}, {newKey(0), newKey(1)}, {newKey(1)}, {newKey(1)}} {
		w.keys = keys
		w.append("elevation#1", 3)
		w.take(w.service())
	}
	var got []int
	for _, e := range w.checkAll() {
		if e.Keys != nil {
			got = append(got, len(e.Keys.Keys))
		}
	}
	if len(got) != 3 || got[0] != 1 || got[1] != 2 || got[2] != 1 {
		t.Errorf("entries of %v keys, want 1, 2 and 1", got)
	}
}
