package correlate_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"curfew/shared/record"
)

// noFiles is a trail whose files say no more than the bus.
type noFiles struct{}

func (noFiles) List(context.Context, string, time.Time) ([]string, error) { return nil, nil }

func (noFiles) Open(context.Context, string) (io.ReadCloser, error) {
	return nil, errors.New("there are no files")
}

// The invariants of the world, and its log, hold chains of usage too.
func TestLogOfALifeSaysWhatWasDoneWithIt(t *testing.T) {
	tell(t, nil, func(s *story) {
		backfills := func() {
			if _, err := s.Backfill(s.t.Context(), noFiles{}); err != nil {
				t.Fatal(err)
			}
		}
		backfills()
		id := s.elevates()
		s.delivers(allowed(s, "ana"), allowed(s, "ana"))
		s.Advance(12 * time.Hour) // past the first one's deadline
		unused := s.elevates()
		for range 4 {
			s.Advance(12 * time.Hour)
			backfills()
		}
		for chain, want := range map[string]string{"usage#" + id: "usage.counted", "usage#" + unused: "", "usage#account-" + account: "usage.settled usage.settled"} {
			rows, err := s.World.Store.Partition(s.t.Context(), record.AuditTable, chain, "")
			s.WantKind(err, "")
			var kinds []string
			for _, row := range rows {
				r, err := record.DecodeRecord(row)
				s.WantKind(err, "")
				kinds = append(kinds, r.Kind)
			}
			if got := strings.Join(kinds, " "); got != want {
				t.Errorf("%s has %q, want %q", chain, got, want)
			}
		}
	})
}
