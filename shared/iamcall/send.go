package iamcall

import (
	"context"
	"errors"
	"time"

	"curfew/shared/backoff"
	"curfew/shared/fault"
)

// MaxTries is how often a call is sent that has no last instant.
const MaxTries = 5

// Sender sends calls to IAM.
type Sender struct {
	// Now is the clock that the last instant is held against.
	Now func() time.Time
	// Jitter picks a wait below this bound before a call is repeated; nil: at random.
	Jitter func(below time.Duration) time.Duration
	// Code is the code of an error of IAM; empty: it is none of IAM's.
	Code func(error) string
}

// Send makes one call, and again while IAM says that it is only busy: until by if there is one, else a few times. do sends
// it once, at this instant: here alone is decided whether to try again, so that nothing is sent after by. What is still under
// way then may have taken effect. The error has its kind; Over: by has passed.
//
// It is not the SDK's retryer: that knows neither by nor the receipt, so that a middleware, a retryer and options of each
// call would do what this loop does, in more than twice its lines. And the Cloud in memory is sent to as the one on AWS is.
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
		kind, busy := s.judge(err)
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

// judge says what an error means to the domain, and whether the same call may succeed in a moment. An answer that never came
// is such a case: every call may be repeated. One of our own, for an answer that was not understood, is not.
func (s Sender) judge(err error) (kind fault.Kind, busy bool) {
	if err == nil {
		return "", false
	}
	if e, ours := errors.AsType[*fault.Error](err); ours {
		return e.Kind, false
	}
	code := s.Code(err)
	return KindOf(code), code == "" || Busy(code)
}
