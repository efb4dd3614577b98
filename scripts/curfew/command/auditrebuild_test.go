package command_test

import (
	"strings"
	"testing"

	"curfew/shared/audit/lake"
)

func TestAuditRebuildWritesTheRowsOfALogThatTheKeySigned(t *testing.T) {
	f := newLogFolder(t)
	if r := f.tells("audit rebuild --log log --key log.vkey lake"); r.code != 0 || !strings.Contains(r.stdout, "the rows of 6 entries are in lake") {
		t.Fatalf("%+v", r)
	}
	rows := 0
	for day, err := range lake.Read(t.Context(), "lake") {
		if err != nil {
			t.Fatal(err)
		}
		rows += len(day.Rows.Evidence)
	}
	if rows != 6 {
		t.Errorf("the lake has %d rows", rows)
	}
	if r := f.tells("audit rebuild --log log --key " + otherKey(t) + " lake2"); r.code == 0 {
		t.Errorf("another key was trusted: %+v", r)
	}
}
