package record_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/fault"
	"curfew/shared/record"
)

func TestConflictsAreRetriedAfterARandomWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		waits := map[time.Duration]bool{}
		for range 20 {
			began, calls := time.Now(), 0
			err := record.Retry(t.Context(), "a row", func() error {
				if calls++; calls < 3 {
					return fault.Errorf(fault.Conflict, "another writer was first")
				}
				return nil
			})
			took := time.Since(began)
			if waits[took] = true; err != nil || took >= 300*time.Millisecond {
				t.Fatalf("after two conflicts: %v after %s, want success within 300ms", err, took)
			}
		}
		if len(waits) < 10 {
			t.Errorf("20 writers waited %v: they meet again", waits)
		}
	})
}

func TestRetryEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		calls := 0
		err := record.Retry(ctx, "a row", func() error { calls++; return fault.Errorf(fault.Conflict, "another writer was first") })
		if fault.KindOf(err) != fault.Transient || calls > 2 || errors.Is(err, record.ErrRaced) {
			t.Errorf("%v after %d calls, want Transient when the context ends", err, calls)
		}
	})
}
