package access

import (
	"context"
	"slices"
	"strings"

	"curfew/shared/fault"
	"curfew/shared/identity"
)

// Policy checks policy, suspensions and the principal's mark.
type Policy struct{ *Service }

// decide returns Denied also when policy cannot be asked.
func (s Policy) decide(ctx context.Context, ent Entitlement, t Terms, c identity.Caller, act PolicyAction) error {
	if err := s.checkSuspended(ctx, t, c); err != nil {
		return err
	}
	return s.AskPolicy(ctx, ent, t, c, act)
}

// checkSuspended returns Denied if a suspension holds the call.
func (s Policy) checkSuspended(ctx context.Context, t Terms, c identity.Caller) error {
	suspended, err := s.Suspensions().Suspended(ctx, c, t.Principal.ARN, t.Requester.ID, t.Entitlement)
	if err == nil && suspended != "" {
		err = deny("curfew.suspended", "%s is suspended", suspended)
	}
	return err
}

// AskPolicy asks only the newest policy. Denied: not allowed, or not reachable.
func (s Policy) AskPolicy(ctx context.Context, ent Entitlement, t Terms, c identity.Caller, act PolicyAction) error {
	actions := []PolicyAction{act}
	if act == ActRequest && ent.BreakGlass {
		actions = append(actions, ActBreakGlass)
	}
	for _, a := range actions {
		if err := ent.eligibleAt(a, s.Instant()); err != nil {
			return err
		}
		v, err := s.Decider.Decide(ctx, s.question(ctx, ent, t, c, a))
		if err != nil {
			return policyUnavailable(err)
		}
		if !v.Allow {
			return &fault.Error{Kind: fault.Denied, Text: "policy does not allow " + string(a) + " of " + t.Entitlement + v.said(), By: v.By}
		}
	}
	return nil
}

// question is one about a request, with its risk.
func (s Policy) question(ctx context.Context, ent Entitlement, t Terms, c identity.Caller, act PolicyAction) Question {
	return Question{Action: act, Caller: c, Entitlement: ent, Terms: t, At: s.Instant(), Risk: func() (int, error) { return Differences(s).risk(ctx, t) }}
}

// Accepted returns Denied unless the principal has the mark and an accepted boundary.
func (s Policy) Accepted(sight Sight) error {
	switch {
	case !sight.Managed:
		return deny("curfew.managed", "%s does not have the tag %s:managed = true", sight.Principal.ARN, s.Settings.Name)
	case !s.Settings.AcceptsBoundary(sight.Boundary, sight.Principal.Account):
		return deny("curfew.boundary", "%s has no accepted permissions boundary", sight.Principal.ARN)
	}
	return nil
}

// AcceptsBoundary reports whether a principal in the account may have the boundary.
func (s Settings) AcceptsBoundary(boundary, account string) bool {
	return slices.Contains(s.BoundariesIn(account), boundary)
}

// BoundariesIn returns the ARNs of the boundaries that principals in the account may have.
func (s Settings) BoundariesIn(account string) (arns []string) {
	for _, accepted := range s.Boundaries {
		arns = append(arns, strings.Replace(accepted, ":iam::*:", ":iam::"+account+":", 1))
	}
	return arns
}

type reading struct{ *Service }

// mayRead admits the people of the elevation and those whom policy lets read.
func (s reading) mayRead(ctx context.Context, l Life, c identity.Caller) error {
	t := l.Terms
	if t.holder(c) || s.answersFor(t, c) {
		return nil
	}
	ent, err := s.Decider.Entitlement(ctx, "", t.Entitlement)
	if err == nil {
		var v Verdict
		if v, err = s.Decider.Decide(ctx, Question{Action: ActRead, Caller: c, Entitlement: ent, Terms: t, At: s.Instant()}); err == nil && v.Allow {
			return nil
		}
	}
	if stead(s).mayStandIn(ctx, t, c) {
		return nil
	}
	return fault.Errorf(fault.NotFound, "there is no elevation %q", fault.Printable(t.ID))
}

// answersFor admits owners and operators, and people who decide or sign.
func (s reading) answersFor(t Terms, c identity.Caller) bool {
	return s.mayManage(t, c) || c.Kind == identity.Person && (c.In(t.Approval.All()) || c.In(t.Reviewers))
}

// mayCompare admits those who answer for an elevation, and a machine that is the principal. A difference tells what the principal has
// without it, and which of its policies deny: requests must not let people find that out.
func (s reading) mayCompare(t Terms, c identity.Caller) bool {
	return s.answersFor(t, c) || c.Kind == identity.Machine && c.UniqueID() == t.Principal.ID
}

// mayCompareTrial admits also people whose request would be taken: the catalog lets them get this grant on this principal, and the
// difference is about its actions alone, at the pace of tries.
func (s reading) mayCompareTrial(t Terms, c identity.Caller) bool {
	return c.Kind == identity.Person || s.mayCompare(t, c)
}

// hidden returns Denied if c may see the elevation, else the NotFound of a missing one.
func (s reading) hidden(ctx context.Context, l Life, c identity.Caller, verb string) error {
	if err := s.mayRead(ctx, l, c); err != nil {
		return err
	}
	return deny("curfew."+verb, "you may not %s elevation %s", verb, l.Terms.ID)
}

// mayEnd admits owners, and operators also of a catalog that waits. Policy is not asked.
func (s reading) mayEnd(t Terms, c identity.Caller) bool {
	return s.mayManage(t, c) || c.In(s.enders)
}

// mayManage admits owners and operators. Policy is not asked.
func (s reading) mayManage(t Terms, c identity.Caller) bool {
	return c.In(t.Owners) || c.In(s.Settings.Operators)
}

func policyUnavailable(err error) error {
	return &fault.Error{Kind: fault.Denied, Text: "policy could not be asked: denied", By: []string{ReasonError}, Err: err}
}
