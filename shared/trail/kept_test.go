package trail_test

import (
	"bytes"
	"strings"
	"testing"

	"curfew/shared/trail"
	"curfew/shared/trail/trailtest"
)

// A reader's buffer is used again: what is kept must not change with it.
func TestACloneSharesNoTextWithTheFile(t *testing.T) {
	var kept []*trail.Record
	var ids []string
	var r trail.Reader
	d, err := trailtest.NewDay(1, 4, 8)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	for text := range d.Records(300) {
		file.Write(text)
	}
	err = r.Read("a file", &file, func(rec *trail.Record) error {
		kept = append(kept, rec.Clone())
		ids = append(ids, strings.Clone(rec.ID+rec.Name+rec.Parameters))
		return nil
	})
	if err != nil || len(kept) == 0 {
		t.Fatalf("%d records, %v", len(kept), err)
	}
	for i, k := range kept {
		if got := k.ID + k.Name + k.Parameters; got != ids[i] {
			t.Fatalf("record %d = %.80q, want %.80q", i, got, ids[i])
		}
	}
}

func TestASessionIsReadBackAsItIsWritten(t *testing.T) {
	for _, k := range []trail.SessionKey{{"AROAEXAMPLE:ana@example.com", 1790000000}, {"AROAEXAMPLE:job", 0}, {"AIDAEXAMPLE", 0}} {
		if got := trail.ParseSession(k.String()); got != k {
			t.Errorf("ParseSession(%q) = %+v", k.String(), got)
		}
	}
}
