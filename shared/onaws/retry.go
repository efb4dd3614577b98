package onaws

import (
	"context"
	"time"

	"curfew/shared/fault"
)

// Waits between two tries of one call: random below a bound that doubles, up to LongestWait.
const (
	firstWait   = 100 * time.Millisecond
	LongestWait = 2 * time.Second
)

// Backoff is the bound of the wait after so many tries.
func Backoff(tries int) time.Duration { return min(firstWait<<min(tries-1, 10), LongestWait) }

// Pause waits, or returns Transient when nobody waits for the answer any more.
func Pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fault.Errorf(fault.Transient, "not asked again: %w", context.Cause(ctx))
	}
}
