// Package backoff waits between two tries of one call.
package backoff

import (
	"context"
	"math/rand/v2"
	"time"

	"curfew/shared/fault"
)

// A wait is random below a bound that doubles, up to Longest.
const (
	first   = 100 * time.Millisecond
	Longest = 2 * time.Second
)

// Wait waits after the given number of tries. jitter picks a wait below the bound; nil: at random. Transient: ctx is
// done.
func Wait(ctx context.Context, jitter func(below time.Duration) time.Duration, tries int) error {
	if jitter == nil {
		jitter = rand.N[time.Duration]
	}
	return Pause(ctx, jitter(min(first<<min(tries-1, 10), Longest)))
}

// Pause waits for d. Transient: ctx is done.
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
