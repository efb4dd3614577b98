package suspension_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"curfew/shared/directory"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/suspension"
)

// counting counts the requests to a store.
type counting struct {
	record.Store
	reads, writes int
}

func (c *counting) Read(ctx context.Context, keys ...record.Key) (record.Rows, error) {
	c.reads++
	return c.Store.Read(ctx, keys...)
}

func (c *counting) Write(ctx context.Context, changes ...record.Change) error {
	c.writes++
	return c.Store.Write(ctx, changes...)
}

// TestNotingACallerCostsNoRequest: the row of the directory is read together with suspensions, and written once a day.
func TestNotingACallerCostsNoRequest(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	rows := inprocess.NewStore(inprocess.StoreSettings{})
	t.Cleanup(rows.Close)
	store := &counting{Store: rows}
	base := record.Base{Store: store, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }}
	ana := identity.Caller{ID: identity.PersonID("https://id.example.com", "ana"), Kind: identity.Person, Name: "ana"}
	for _, c := range []struct {
		name   string
		after  time.Duration
		writes int
	}{
		{"the first call", 0, 1},
		{"the same day", time.Hour, 0},
		{"the next day", 24 * time.Hour, 1},
	} {
		now = now.Add(c.after)
		store.reads, store.writes = 0, 0
		call := directory.NewCall(ana)
		s := suspension.Suspensions{Base: base, Call: call}
		held, err := s.Suspended(t.Context(), ana, "arn:aws:iam::111122223333:role/deploy", ana.ID, "deploy")
		directory.Directory{Base: base}.Record(t.Context(), call, nil)
		if held != "" || err != nil || store.reads != 1 || store.writes != c.writes {
			t.Errorf("%s: %q, %v, with %d reads and %d writes, want 1 and %d", c.name, held, err, store.reads, store.writes, c.writes)
		}
	}
	if all, err := (directory.Directory{Base: base}).All(t.Context()); err != nil || len(all) != 1 || all[0].Name != "ana" {
		t.Errorf("the directory is %v, %v", all, err)
	}
}
