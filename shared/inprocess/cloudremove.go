package inprocess

import (
	"context"
	"errors"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/iamarn"
	"curfew/shared/iamcall"
)

// Remove is [access.Cloud.Remove]. It removes inline and managed policies. It also detaches a managed policy from other
// principals. If that is denied, the call's outcome says Denied and Remove succeeds: the principal itself is clean, and
// Survey keeps showing the other.
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
	// Remove the last part first and stop at an error. The first parts hold the Denies and must not go before the
	// Allows. A retry removes the rest; the fence covers all parts.
	for n := maxParts; n >= 1; n-- {
		if err := c.removePart(ctx, p.ARN, c.part(parts.Account, grant, n), &l); err != nil {
			return l, errors.Join(failed, err)
		}
	}
	return l, failed
}

// removePart detaches one managed policy everywhere and deletes it.
func (c *Cloud) removePart(ctx context.Context, arn, policy string, l *iamcall.Log) error {
	var holders, bounded []string
	err := c.send(ctx, "iam:ListEntitiesForPolicy", time.Time{}, l, func() error {
		var err error
		holders, bounded, err = c.IAM.holders(policy)
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
	if codeOf(err) == "DeleteConflict" && len(bounded) > 0 {
		l.Add("iam:DeletePolicy", c.IAM.now(), fault.Conflict)
		return nil
	}
	return fault.Unless(err, fault.NotFound)
}

func (c *Cloud) detach(ctx context.Context, holder, policy string, l *iamcall.Log) error {
	parts, ok := iamarn.Parse(holder)
	if !ok || parts.Kind == "group" {
		// A group has no tag or boundary, so our functions may not change it.
		l.Add("iam:DetachGroupPolicy", c.IAM.now(), fault.Denied)
		return fault.Errorf(fault.Denied, "%s is a group", holder)
	}
	return c.send(ctx, parts.Action("Detach", "Policy"), time.Time{}, l, func() error {
		return c.IAM.detach(holder, policy, c.mayRemove)
	})
}
