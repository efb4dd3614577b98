package access

import (
	"context"
	"slices"

	"curfew/shared/delegation"
	"curfew/shared/identity"
)

// stead is about decisions in the stead of others.
type stead struct{ *Service }

// to returns the delegations to a caller that are in force, once for each call of [ForCall]. It only logs an error: they may read
// and list less.
func (s stead) to(ctx context.Context, c identity.Caller) []delegation.Delegation {
	if c.Kind != identity.Person {
		return nil
	}
	if s.delegated != nil && s.delegated.to == c.ID {
		return s.delegated.all
	}
	all, err := delegation.To(ctx, s.Store, c.ID)
	if err != nil {
		s.Log.WarnContext(ctx, "delegations not read", "actor", c.ID, "error", err)
	}
	all = slices.DeleteFunc(all, func(d delegation.Delegation) bool { return !d.InForce(s.Instant()) })
	if s.delegated != nil {
		*s.delegated = delegated{c.ID, all}
	}
	return all
}

// mayStandIn reports whether c may read an elevation because an approver of it delegated to them.
func (s stead) mayStandIn(ctx context.Context, t Terms, c identity.Caller) bool {
	return t.Approval.Need > 0 && slices.ContainsFunc(s.to(ctx, c), func(d delegation.Delegation) bool { return d.Of.In(t.Approval.All()) })
}
