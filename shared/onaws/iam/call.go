package iam

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"curfew/shared/fault"
	"curfew/shared/iamcall"
	"curfew/shared/onaws"
)

// send makes one call; see [iamcall.Sender.Send]. The SDK does not retry it.
func (c *Cloud) send(ctx context.Context, action string, by time.Time, l *iamcall.Log, do func(context.Context) error) error {
	s := iamcall.Sender{Now: c.now, Jitter: c.Jitter, Code: onaws.ErrorCode}
	return s.Send(ctx, action, by, l, func(ctx context.Context, now time.Time) error {
		return sendOnce(ctx, callTimeout(action), by, now, do)
	})
}

// reservedTime lets a function report that an end is overdue, even if IAM hangs.
const reservedTime = 5 * time.Second

// callTimeout limits one call. A survey's page is large.
func callTimeout(action string) time.Duration {
	if action == "iam:GetAccountAuthorizationDetails" {
		return 30 * time.Second
	}
	return 5 * time.Second
}

// sendOnce cancels a call that hangs: at its limit, at by, or before the function's time is over.
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

// get reads the principal. The same name under another path is another principal.
func (c *Cloud) get(ctx context.Context, t target, by time.Time) (found principal, err error) {
	err = c.send(ctx, t.Action("Get", ""), by, nil, func(ctx context.Context) error {
		var err error
		found, err = t.get(ctx)
		return err
	})
	if err == nil && found.arn != t.arn {
		err = fault.Errorf(fault.NotFound, "%s cannot be found: the name is that of %s", t.arn, found.arn)
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

// attached returns the ARNs of attached managed policies under a path.
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
