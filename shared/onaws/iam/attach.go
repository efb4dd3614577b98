package iam

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"curfew/shared/access"
	"curfew/shared/backoff"
	"curfew/shared/fault"
)

// attachTries: IAM may not know a new policy yet, and answers with the same error as for a deleted principal.
const attachTries = 4

// Attach is [access.Cloud.Attach]. It replaces an inline policy of this name; a different managed one is a Conflict.
// Nothing is sent after AttachBy, which also cuts off the current call.
func (c *Cloud) Attach(ctx context.Context, g access.Grant) error {
	t, err := c.checkGrant(g.Principal.ARN, g.Name)
	if err != nil {
		return err
	}
	if n := len(g.Documents); n < 1 || n > maxParts || g.Form == access.Inline && n > 1 {
		return fault.Errorf(fault.Invalid, "a grant of form %s cannot have %d documents", g.Form, n)
	}
	if g.Form != access.Inline && g.Form != access.Managed {
		return fault.Errorf(fault.Invalid, "there is no form %q", g.Form)
	}
	found, err := c.get(ctx, t, g.AttachBy)
	if err != nil {
		return err
	}
	if found.id != g.Principal.ID {
		return fault.Errorf(fault.Conflict, "%s has the unique id %s, not %s: it was deleted and created again", t.arn, found.id, g.Principal.ID)
	}
	if g.Form == access.Managed {
		return managedPolicies{c}.attachAll(ctx, t, g)
	}
	return c.send(ctx, t.Action("Put", "Policy"), g.AttachBy, nil, func(ctx context.Context) error {
		return t.put(ctx, g.Name, g.Documents[0])
	})
}

// attachAll creates all parts before it attaches any. It attaches in order: Denies are in the first parts, so no Allow
// is attached without them.
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

// create makes one managed policy. An existing one with the same content is from an earlier try.
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
	case fault.KindOf(err) == fault.NotFound: // the name exists under another path
		return fault.Errorf(fault.Conflict, "a policy called %s exists under another path than %s", partName(g.Name, n), policy)
	case err != nil:
		return err
	case there != text:
		return fault.Errorf(fault.Conflict, "policy %s has other content", policy)
	}
	return nil
}

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
