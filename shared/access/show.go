package access

import (
	"context"
	"slices"

	"curfew/shared/difference"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/review"
)

// View is what may be shown of an elevation.
type View struct {
	Terms     Terms
	Digest    string
	Elevation Elevation
	Decisions []Decision
	Review    *review.Review
	Timeline  []evidence.Record
	// Difference is what the grant adds to what its principal has today; nil: it is over, or not for this caller.
	Difference *difference.Difference
	Budgets    []Left // of what is not over
	// Proof is the result of [CheckEvidence].
	Proof evidence.Verdict
}

// Visible returns a life that c may see. Missing and hidden elevations have the same NotFound text.
func Visible(ctx context.Context, s *Service, c identity.Caller, id string) (Life, error) {
	l, err := s.Load(ctx, id)
	if err == nil {
		err = reading{s}.mayRead(ctx, l, c)
	}
	if err != nil {
		return Life{}, refusals{s}.refused(ctx, c, "show", id, err)
	}
	return l, nil
}

// Show gives missing and hidden elevations the same NotFound text.
func (s *Service) Show(ctx context.Context, c identity.Caller, id string) (v View, err error) {
	defer s.Logged(ctx, "show", id, c.ID, &err)
	l, err := Visible(ctx, s, c, id)
	if err != nil {
		return View{}, err
	}
	v = View{Terms: l.Terms, Digest: l.Terms.Digest(), Elevation: l.Elevation}
	if v.Decisions, err = (lives{s}).decisions(ctx, id); err != nil {
		return v, err
	}
	if v.Timeline, err = (lives{s}).timeline(ctx, id); err != nil {
		return v, err
	}
	if (reading{s}).mayCompare(l.Terms, c) || (stead{s}).mayStandIn(ctx, l.Terms, c) {
		v.Difference = (Differences{s}).shown(ctx, l)
	}
	if !l.Elevation.State.Terminal() {
		v.Budgets = budgeting{s}.shown(ctx, l.Terms)
	}
	v.Proof = evidence.VerdictOf(CheckEvidence(l.Elevation, v.Digest, v.Timeline))
	v.Review, err = reading{s}.review(ctx, l.Terms)
	return v, err
}

// review takes who may sign from the terms: several functions may write the review's row.
func (s reading) review(ctx context.Context, t Terms) (*review.Review, error) {
	if !t.BreakGlass && t.Review == ReviewNever {
		return nil, nil
	}
	all, err := review.Read(ctx, s.Store, t.ID)
	if err != nil || all[0].Elevation == "" {
		return nil, err
	}
	r := all[0]
	r.Requester, r.Reviewers = t.Requester, t.Reviewers
	return &r, nil
}

// Entitlements returns those that c may request.
func (s *Service) Entitlements(ctx context.Context, c identity.Caller) ([]Entitlement, error) {
	all, err := s.Decider.Entitlements(ctx)
	if err != nil {
		return nil, fault.Wrap(err, "reading the catalog")
	}
	return slices.DeleteFunc(slices.Clone(all), func(e Entitlement) bool { return !c.In(e.Requesters) }), nil
}
