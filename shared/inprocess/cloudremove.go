package inprocess

import (
	"context"
	"errors"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/iamcall"
)

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
