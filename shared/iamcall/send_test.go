package iamcall_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/fault"
	"curfew/shared/iamcall"
)

// Send retries until the last instant, not at it, and adds a line to the receipt each time.
func TestNothingIsSentAtTheLastInstant(t *testing.T) {
	for _, c := range []struct {
		name  string
		until time.Duration // zero: no last instant
		want  fault.Kind
		sent  int
	}{{"by a last instant", 3 * time.Second, fault.Over, 3}, {"without one", 0, fault.Transient, 5}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := iamcall.Sender{
					Now: time.Now, Jitter: func(time.Duration) time.Duration { return time.Second },
					Code: func(error) string { return "Throttling" },
				}
				var by time.Time
				if c.until > 0 {
					by = time.Now().Add(c.until)
				}
				var l iamcall.Log
				sent := 0
				err := s.Send(t.Context(), "iam:GetRole", by, &l, func(context.Context, time.Time) error {
					if sent++; sent > 9 {
						return nil
					}
					return errors.New("busy")
				})
				if fault.KindOf(err) != c.want || sent != c.sent || len(l) != sent {
					t.Errorf("Send = %v, sent %d times with %d lines, want %s and %d", err, sent, len(l), c.want, c.sent)
				}
			})
		})
	}
}
