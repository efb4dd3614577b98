package inprocess

import (
	"context"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/iamarn"
)

// Attach is [access.Cloud.Attach]. It replaces an inline policy with other content; a managed one is a Conflict.
func (c *Cloud) Attach(ctx context.Context, g access.Grant) error {
	parts, err := c.admitGrant(g.Principal.ARN, g.Name)
	if err != nil {
		return err
	}
	if n := len(g.Documents); n < 1 || n > maxParts || g.Form == access.Inline && n > 1 {
		return fault.Errorf(fault.Invalid, "a grant of form %s cannot have %d documents", g.Form, n)
	}
	var p *principal
	err = c.send(ctx, parts.Action("Get", ""), g.AttachBy, nil, func() error {
		var err error
		p, err = c.IAM.get(g.Principal.ARN, false)
		return err
	})
	if err != nil {
		return err
	}
	if p.id != g.Principal.ID {
		return fault.Errorf(fault.Conflict, "%s has the unique id %s, not %s: it was deleted and created again", p.arn, p.id, g.Principal.ID)
	}
	switch g.Form {
	case access.Inline:
		return c.send(ctx, parts.Action("Put", "Policy"), g.AttachBy, nil, func() error {
			return c.IAM.putInline(p.arn, g.Name, g.Documents[0], c.mayAdd)
		})
	case access.Managed:
		return c.attachManaged(ctx, parts, g)
	}
	return fault.Errorf(fault.Invalid, "there is no form %q", g.Form)
}

// attachManaged creates all parts, then attaches them in order. The first parts hold the Denies, so an Allow is never
// attached without them.
func (c *Cloud) attachManaged(ctx context.Context, parts iamarn.ARN, g access.Grant) error {
	for i, text := range g.Documents {
		policy := c.part(parts.Account, g.Name, i+1)
		err := c.send(ctx, "iam:CreatePolicy", g.AttachBy, nil, func() error { return c.IAM.createPolicy(policy, text) })
		if fault.KindOf(err) == fault.Conflict {
			err = c.checkSameText(ctx, policy, text, g.AttachBy)
		}
		if err != nil {
			return err
		}
	}
	for i := range g.Documents {
		err := c.send(ctx, parts.Action("Attach", "Policy"), g.AttachBy, nil, func() error {
			return c.IAM.attach(g.Principal.ARN, c.part(parts.Account, g.Name, i+1), c.mayAdd)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// checkSameText returns nil if the existing policy has exactly this text.
func (c *Cloud) checkSameText(ctx context.Context, policy string, text string, by time.Time) error {
	return c.send(ctx, "iam:GetPolicyVersion", by, nil, func() error {
		m, err := c.IAM.getPolicy(policy)
		if err == nil && m.document.text != text {
			err = apiErrorf("EntityAlreadyExists", "policy %s has other content", policy)
		}
		return err
	})
}
