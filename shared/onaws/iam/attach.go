package iam

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"curfew/shared/access"
	"curfew/shared/backoff"
	"curfew/shared/fault"
)

// attachTries bounds how often a policy is attached that was made a moment ago: IAM may not know it yet, and says so by
// the same error as of a principal that is gone.
const attachTries = 4

// Attach is [access.Cloud.Attach]. An inline policy of this name and other content is replaced; a managed one is a
// Conflict. AttachBy is asked of the clock before every call and cuts off the one that is under way.
func (c *Cloud) Attach(ctx context.Context, g access.Grant) error {
	t, err := c.admitGrant(g.Principal.ARN, g.Name)
	if err != nil {
		return err
	}
	if n := len(g.Documents); n < 1 || n > maxParts || g.Form == access.Inline && n > 1 {
		return fault.Errorf(fault.Invalid, "a grant in form %s of %d documents", g.Form, n)
	}
	if g.Form != access.Inline && g.Form != access.Managed {
		return fault.Errorf(fault.Invalid, "there is no form %q", g.Form)
	}
	found, err := c.get(ctx, t, g.AttachBy)
	if err != nil {
		return err
	}
	if found.id != g.Principal.ID {
		return fault.Errorf(fault.Conflict, "%s is %s, not %s: it was made anew", t.arn, found.id, g.Principal.ID)
	}
	if g.Form == access.Managed {
		return managedPolicies{c}.attachAll(ctx, t, g)
	}
	return c.send(ctx, t.Action("Put", "Policy"), g.AttachBy, nil, func(ctx context.Context) error {
		return t.put(ctx, g.Name, g.Documents[0])
	})
}

// attachAll makes all parts before it attaches any, and attaches them in their order: the Denies of a policy are in
// its first parts, so that no Allow is ever there without them.
func (c managedPolicies) attachAll(ctx context.Context, t target, g access.Grant) error {
	for i, text := range g.Documents {
		if err := c.create(ctx, t, g, i+1, text); err != nil {
			return err
		}
	}
	for i := range g.Documents {
		if err := c.attach(ctx, t, g, i+1); err != nil {
			return err
		}
	}
	return nil
}

// create makes one managed policy. One that is there already and says the same was made by a try before this one.
func (c managedPolicies) create(ctx context.Context, t target, g access.Grant, n int, text string) error {
	err := c.send(ctx, "iam:CreatePolicy", g.AttachBy, nil, func(ctx context.Context) error {
		_, err := t.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{
			PolicyName: aws.String(partName(g.Name, n)), Path: aws.String(c.path()), PolicyDocument: aws.String(text),
			Description: aws.String("One elevation of " + c.Name + ": it is removed when that ends."),
		})
		return err
	})
	if fault.KindOf(err) != fault.Conflict {
		return err
	}
	policy := c.part(t, g.Name, n)
	there, err := c.read(ctx, t, policy, g.AttachBy)
	switch {
	case fault.KindOf(err) == fault.NotFound: // the name is taken under another path
		return fault.Errorf(fault.Conflict, "there is a policy called %s that is not %s", partName(g.Name, n), policy)
	case err != nil:
		return err
	case there != text:
		return fault.Errorf(fault.Conflict, "%s says something else", policy)
	}
	return nil
}

// attach attaches one managed policy.
func (c managedPolicies) attach(ctx context.Context, t target, g access.Grant, n int) error {
	for try := 1; ; try++ {
		err := c.send(ctx, t.Action("Attach", "Policy"), g.AttachBy, nil, func(ctx context.Context) error {
			return t.attach(ctx, c.part(t, g.Name, n))
		})
		if fault.KindOf(err) != fault.NotFound || try == attachTries {
			return err
		}
		if err := backoff.Wait(ctx, c.Jitter, try+1); err != nil {
			return err
		}
	}
}
