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

// Jitter picks a wait below a bound.
type Jitter = func(below time.Duration) time.Duration

type jitterKey struct{}

// WithJitter returns a context whose waits are picked by jitter: a simulation repeats them.
func WithJitter(ctx context.Context, jitter Jitter) context.Context {
	return context.WithValue(ctx, jitterKey{}, jitter)
}

// Wait waits after the given number of tries. Without jitter, that of the context picks the wait, or chance. Transient:
// ctx is done.
func Wait(ctx context.Context, jitter Jitter, tries int) error {
	if jitter == nil {
		jitter, _ = ctx.Value(jitterKey{}).(Jitter)
	}
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
