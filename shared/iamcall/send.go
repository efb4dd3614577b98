package iamcall

import (
	"context"
	"errors"
	"time"

	"curfew/shared/backoff"
	"curfew/shared/fault"
)

// MaxTries limits the tries of a call without a last instant.
const MaxTries = 5

type Sender struct {
	Now func() time.Time
	// Jitter picks a wait below the bound before a retry; nil: at random.
	Jitter func(below time.Duration) time.Duration
	// Code returns IAM's error code; empty: the error is not IAM's.
	Code func(error) string
}

// Send makes one call and retries while IAM is busy: until by, or MaxTries times if by is zero. Nothing is sent after
// by, but a call sent before may still take effect. Over: by has passed.
//
// The SDK's retryer knows neither by nor the receipt.
func (s Sender) Send(ctx context.Context, action string, by time.Time, l *Log, do func(ctx context.Context, now time.Time) error) error {
	for try := 1; ; try++ {
		if ctx.Err() != nil {
			return fault.Errorf(fault.Transient, "%s: not sent: %w", action, context.Cause(ctx))
		}
		now := s.Now()
		if !by.IsZero() && !now.Before(by) {
			return fault.Errorf(fault.Over, "%s: the last instant to attach has passed", action)
		}
		err := do(ctx, now)
		kind, busy := s.classify(err)
		l.Add(action, now, kind)
		if err == nil {
			return nil
		}
		if !busy || by.IsZero() && try == MaxTries {
			return &fault.Error{Kind: kind, Text: action + ": " + err.Error(), Err: err}
		}
		if err := backoff.Wait(ctx, s.Jitter, try); err != nil {
			return err
		}
	}
}

// classify reports whether a retry may succeed. A lost answer may be retried: all calls are idempotent. Our own error
// for a malformed answer may not.
func (s Sender) classify(err error) (kind fault.Kind, busy bool) {
	if err == nil {
		return "", false
	}
	if e, ours := errors.AsType[*fault.Error](err); ours {
		return e.Kind, false
	}
	code := s.Code(err)
	return KindOf(code), code == "" || IsRetryable(code)
}
