package iam

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"curfew/shared/fault"
	"curfew/shared/iamcall"
	"curfew/shared/onaws"
)

// maxTries is how often a call is sent that has no last instant.
const maxTries = 5

// send makes one call to IAM, and again while IAM says that it is only busy: until by if there is one, else a few times.
// The SDK sends each of them once: here alone is decided whether to try again, so that nothing is sent after by. What is
// still under way then is cut off; it may have taken effect. The error has its kind; Over: by has passed.
//
// It is not the SDK's retryer: that knows neither by nor the receipt, so that a middleware, a retryer and options of each
// call would do what this loop does, in more than twice its lines. And it stands before the port Client, so that fakes in
// memory are called again, and cut off, as IAM is.
func (c *Cloud) send(ctx context.Context, action string, by time.Time, l *iamcall.Log, do func(context.Context) error) error {
	for try := 1; ; try++ {
		if ctx.Err() != nil {
			return fault.Errorf(fault.Transient, "%s: not sent: %w", action, context.Cause(ctx))
		}
		now := c.now()
		if !by.IsZero() && !now.Before(by) {
			return fault.Errorf(fault.Over, "%s: the last instant to attach has passed", action)
		}
		err := sendOnce(ctx, tryFor(action), by, now, do)
		l.Add(action, now, kindOf(err))
		if err == nil {
			return nil
		}
		if !busy(err) || by.IsZero() && try == maxTries {
			return &fault.Error{Kind: kindOf(err), Text: action + ": " + err.Error(), Err: err}
		}
		if err := onaws.Pause(ctx, c.jitter(onaws.Backoff(try))); err != nil {
			return err
		}
	}
}

// reservedTime is what a function keeps of its own time to say what became of it: an IAM that hangs must not take from it that
// an end is overdue.
const reservedTime = 5 * time.Second

// tryFor is how long one call may take. A page of a survey is large.
func tryFor(action string) time.Duration {
	if action == "iam:GetAccountAuthorizationDetails" {
		return 30 * time.Second
	}
	return 5 * time.Second
}

// sendOnce gives a call up that hangs: after its time, at by, or before the function's own time is over.
func sendOnce(ctx context.Context, most time.Duration, by, now time.Time, do func(context.Context) error) error {
	if !by.IsZero() {
		most = min(most, by.Sub(now))
	}
	if end, ok := ctx.Deadline(); ok {
		most = min(most, time.Until(end)-reservedTime)
	}
	if most <= 0 {
		return errNoTime
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	return do(ctx)
}

var errNoTime = fault.Errorf(fault.Transient, "not sent: the function's time is nearly over")

func (c *Cloud) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

func (c *Cloud) jitter(below time.Duration) time.Duration {
	if c.Jitter != nil {
		return c.Jitter(below)
	}
	return rand.N(below)
}

// busy reports whether the same call may succeed in a moment. An answer that never came is such a case: every call here may
// be repeated.
func busy(err error) bool {
	if _, ours := errors.AsType[*fault.Error](err); ours {
		return false // an answer that was not understood
	}
	code := onaws.ErrorCode(err)
	return code == "" || iamcall.Busy(code)
}

// kindOf says what an error means to the domain; empty: there is none.
func kindOf(err error) fault.Kind {
	if err == nil {
		return ""
	}
	if e, ours := errors.AsType[*fault.Error](err); ours {
		return e.Kind
	}
	return iamcall.KindOf(onaws.ErrorCode(err))
}

// get reads the principal alone. One of the same name under another path is not the one that was meant.
func (c *Cloud) get(ctx context.Context, t target, by time.Time) (found principal, err error) {
	err = c.send(ctx, t.Action("Get", ""), by, nil, func(ctx context.Context) error {
		var err error
		found, err = t.get(ctx)
		return err
	})
	if err == nil && found.arn != t.arn {
		err = fault.Errorf(fault.NotFound, "%s cannot be found: there is %s", t.arn, found.arn)
	}
	return found, err
}

func (c *Cloud) inline(ctx context.Context, t target, policy string) (document string, err error) {
	err = c.send(ctx, t.Action("Get", "Policy"), time.Time{}, nil, func(ctx context.Context) error {
		var err error
		document, err = t.inline(ctx, policy)
		return err
	})
	return document, err
}

func (c *Cloud) inlineNames(ctx context.Context, t target) ([]string, error) {
	return pages(func(marker *string) (names []string, next *string, err error) {
		err = c.send(ctx, t.Action("List", "Policies"), time.Time{}, nil, func(ctx context.Context) error {
			var err error
			names, next, err = t.names(ctx, marker)
			return err
		})
		return names, next, err
	})
}

// attached gives the ARNs of the managed policies under a path that are attached.
func (c *Cloud) attached(ctx context.Context, t target, path string) ([]string, error) {
	found, err := pages(func(marker *string) (page []types.AttachedPolicy, next *string, err error) {
		err = c.send(ctx, t.Action("ListAttached", "Policies"), time.Time{}, nil, func(ctx context.Context) error {
			var err error
			page, next, err = t.attached(ctx, path, marker)
			return err
		})
		return page, next, err
	})
	return arnsOf(found), err
}

func arnsOf(attached []types.AttachedPolicy) []string {
	var arns []string
	for _, p := range attached {
		arns = append(arns, aws.ToString(p.PolicyArn))
	}
	return arns
}

// pages gathers all pages of a list.
func pages[T any](page func(marker *string) ([]T, *string, error)) ([]T, error) {
	var all []T
	var marker *string
	for {
		some, next, err := page(marker)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		if marker = next; marker == nil {
			return all, nil
		}
	}
}
