package inprocess

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/iamcall"
)

// Waits between the tries of one call: random below a bound that doubles.
const (
	firstWait = 100 * time.Millisecond
	longest   = 2 * time.Second
	tries     = 5 // of a call that has no last instant
)

// send makes one call to AWS, and again while AWS says that it is only busy: until by if there is one, which is Over, else
// a few times. The error has its kind.
func (c *Cloud) send(ctx context.Context, action string, by time.Time, l *iamcall.Log, do func() error) error {
	for try := 1; ; try++ {
		if err := alive(ctx); err != nil {
			return err
		}
		now := c.IAM.now()
		if !by.IsZero() && now.After(by) {
			return &fault.Error{Kind: fault.Over, Text: action + ": " + errOver.Error(), Err: errOver}
		}
		err := c.IAM.call(action, do)
		l.Add(action, now, kindOf(err))
		if err == nil {
			return nil
		}
		if !iamcall.Busy(codeOf(err)) || by.IsZero() && try == tries {
			return &fault.Error{Kind: kindOf(err), Text: action + ": " + err.Error(), Err: err}
		}
		if err := wait(ctx, c.jitter(min(firstWait<<min(try-1, 10), longest))); err != nil {
			return err
		}
	}
}

func (c *Cloud) jitter(below time.Duration) time.Duration {
	if c.Jitter != nil {
		return c.Jitter(below)
	}
	return rand.N(below)
}

// wait until d has passed, or nobody waits for the answer any more.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return alive(ctx)
	}
}

func (w *IAM) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.settings.Now()
}

// Remove is [access.Cloud.Remove]. Inline and managed are both tried. A managed policy that somebody attached elsewhere
// is detached there; where the installation may not, the policy stays with whom it was given, the call's outcome says
// Denied, and Remove still succeeds: the principal itself is clean, and Survey goes on to show the other.
func (c *Cloud) Remove(ctx context.Context, p access.Principal, grant string) ([]access.Call, error) {
	parts, err := c.admitGrant(p.ARN, grant)
	if err != nil {
		return nil, err
	}
	var l iamcall.Log
	err = c.send(ctx, parts.Action("Delete", "Policy"), time.Time{}, &l, func() error {
		return c.IAM.deleteInline(p.ARN, grant, c.mayRemove)
	})
	failed := fault.Unless(err, fault.NotFound)
	// The last part first, and no further than one that could not be taken off: the Denies of a policy are in its first
	// parts, and must not go before what they deny. What stays is tried again, and its fence is over all of it.
	for n := maxParts; n >= 1; n-- {
		if err := c.removePart(ctx, p.ARN, c.part(parts.Account, grant, n), &l); err != nil {
			return l, errors.Join(failed, err)
		}
	}
	return l, failed
}

// removePart detaches one managed policy from everywhere and deletes it.
func (c *Cloud) removePart(ctx context.Context, arn, policy string, l *iamcall.Log) error {
	var holders []string
	err := c.send(ctx, "iam:ListEntitiesForPolicy", time.Time{}, l, func() error {
		var err error
		holders, _, err = c.IAM.holders(policy)
		return err
	})
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	elsewhere := false
	for _, h := range holders {
		err := fault.Unless(c.detach(ctx, h, policy, l), fault.NotFound)
		if err != nil && h == arn {
			return err
		}
		elsewhere = elsewhere || err != nil
	}
	if elsewhere {
		return nil
	}
	err = c.send(ctx, "iam:DeletePolicy", time.Time{}, l, func() error { return c.IAM.deletePolicy(policy) })
	return fault.Unless(err, fault.NotFound)
}

func (c *Cloud) detach(ctx context.Context, holder, policy string, l *iamcall.Log) error {
	parts, ok := iamcall.ParseARN(holder)
	if !ok || parts.Kind == "group" {
		// A group has neither tag nor boundary: no function of ours may touch one.
		l.Add("iam:DetachGroupPolicy", c.IAM.now(), fault.Denied)
		return fault.Errorf(fault.Denied, "%s is a group", holder)
	}
	return c.send(ctx, parts.Action("Detach", "Policy"), time.Time{}, l, func() error {
		return c.IAM.detach(holder, policy, c.mayRemove)
	})
}

// found gives the grants of ours on one principal, in order of name. Nobody changes what it gives.
func (w *controlPlane) found(p *principal, c *Cloud) []access.Found {
	if p.foundBy == c {
		return p.found
	}
	grants := w.gather(p, c)
	parts, _ := iamcall.ParseARN(p.arn)
	var all []access.Found
	for _, n := range slices.Sorted(maps.Keys(grants)) {
		all = append(all, access.Found{
			Principal: access.Principal{ARN: p.arn, ID: p.id, Account: parts.Account}, Grant: n, Documents: grants[n],
		})
	}
	if len(p.attached) == 0 { // a managed policy changes without its bearers
		p.found, p.foundBy = all, c
	}
	return all
}
