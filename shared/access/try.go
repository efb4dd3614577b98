package access

import (
	"context"
	"slices"

	"curfew/shared/difference"
	"curfew/shared/fault"
	"curfew/shared/iampolicy"
	"curfew/shared/identity"
)

// Trial is what a request would meet now.
type Trial struct {
	Refusal error    // Denied, Conflict or Quota, with the rules in [fault.Reasons]; nil: it would be taken
	By      []string // ids of the policies that allow it; empty if it is refused
	Terms   Terms    // as far as they were made
	Size    int      // of the rendered policies, in characters; 0: they were not rendered
	Room    *Room    // what is free on the principal; nil: it was not looked at
	Budgets []Left   // if the policies were rendered
	// Difference is nil if the request is refused, or the caller must not see it.
	Difference *difference.Difference
}

// Try says whether a request would be taken, by the rules of [Service.Submit], and stores nothing: no elevation, no evidence, no
// execution. A refusal is an answer. It says what the same request would be told and no more, and costs the caller as little: so
// a line in the log, which names the caller, is left of every try.
//
// Invalid: not understood. Any other error: it could not be found out.
func (s Submission) Try(ctx context.Context, c identity.Caller, r Request) (trial Trial, err error) {
	defer func() { s.Logged(ctx, "try", "", c.ID, &err) }()
	if err := r.Check(s.Instant()); err != nil {
		return Trial{}, err
	}
	s.Service = comparing(s.Service)
	watched := *s.Service
	look := &looked{Cloud: s.Cloud}
	watched.Cloud = look
	trial.Terms, err = Submission{&watched}.makeTerms(ctx, s.NewID(), c, r)
	if err == nil {
		_, err = s.places(ctx, c, trial.Terms)
	}
	trial.Room = look.room
	for _, p := range trial.Terms.Policies {
		trial.Size += iampolicy.Size([]byte(p))
	}
	if trial.Size > 0 {
		trial.Budgets = budgeting(s).shown(ctx, trial.Terms)
	}
	switch fault.KindOf(err) {
	case "":
		if trial.By, err = s.allowedBy(ctx, c, trial.Terms); err == nil && reading(s).mayCompareTrial(trial.Terms, c) {
			trial.Difference = Differences(s).shown(ctx, Life{Terms: trial.Terms, Elevation: Elevation{State: Requested}})
		}
		return trial, err
	case fault.Denied, fault.Conflict, fault.Quota:
		trial.Refusal = err
		return trial, nil
	}
	return Trial{}, err
}

// looked is a cloud that keeps the room that was seen.
type looked struct {
	Cloud
	room *Room
}

func (l *looked) Look(ctx context.Context, arn string) (Sight, error) {
	sight, err := l.Cloud.Look(ctx, arn)
	if err == nil {
		l.room = &sight.Room
	}
	return sight, err
}

func (s Submission) allowedBy(ctx context.Context, c identity.Caller, t Terms) (by []string, err error) {
	ent, err := s.Decider.Entitlement(ctx, "", t.Entitlement)
	if err != nil {
		return nil, fault.Wrap(err, "reading entitlement %s", t.Entitlement)
	}
	actions := []PolicyAction{ActRequest}
	if ent.BreakGlass {
		actions = append(actions, ActBreakGlass)
	}
	for _, a := range actions {
		v, err := s.Decider.Decide(ctx, Policy(s).question(ctx, ent, t, c, a))
		if err != nil {
			return nil, fault.Wrap(err, "asking policy")
		}
		by = append(by, v.By...)
	}
	slices.Sort(by)
	return slices.Compact(by), nil
}

// Entitlement returns an entitlement that the caller may ask for. NotFound: there is none, or the caller may not: the same answer.
func (s Submission) Entitlement(ctx context.Context, c identity.Caller, name string) (ent Entitlement, err error) {
	defer func() { s.Logged(ctx, "entitlement", "", c.ID, &err) }()
	missing := fault.Errorf(fault.NotFound, "there is no entitlement %q that you may ask for", fault.Printable(name))
	if !entitlementName().MatchString(name) {
		return Entitlement{}, missing
	}
	ent, err = s.Decider.Entitlement(ctx, "", name)
	if fault.KindOf(err) == fault.NotFound || err == nil && !c.In(ent.Requesters) {
		return Entitlement{}, missing
	}
	return ent, err
}
