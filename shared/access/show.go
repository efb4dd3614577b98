package access

import (
	"context"
	"errors"
	"slices"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
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
	// Proof is the result of [CheckEvidence].
	Proof evidence.Verdict
}

// Show gives missing and hidden elevations the same NotFound text.
func (s *Service) Show(ctx context.Context, c identity.Caller, id string) (v View, err error) {
	defer s.Logged(ctx, "show", id, c.ID, &err)
	l, err := s.Load(ctx, id)
	if err != nil {
		return View{}, refusals{s}.refused(ctx, c, "show", id, err)
	}
	if err := (reading{s}).mayRead(ctx, l, c); err != nil {
		return View{}, refusals{s}.refused(ctx, c, "show", id, err)
	}
	v = View{Terms: l.Terms, Digest: l.Terms.Digest(), Elevation: l.Elevation}
	if v.Decisions, err = (lives{s}).decisions(ctx, id); err != nil {
		return v, err
	}
	if v.Timeline, err = (lives{s}).timeline(ctx, id); err != nil {
		return v, err
	}
	v.Proof = evidence.VerdictOf(CheckEvidence(l.Elevation, v.Digest, v.Timeline))
	v.Review, err = reading{s}.review(ctx, l.Terms)
	return v, err
}

func (s reading) review(ctx context.Context, t Terms) (*review.Review, error) {
	if !t.BreakGlass {
		return nil, nil
	}
	was, err := record.Get[review.Review](ctx, s.Store, review.Key(t.ID))
	if err != nil || !was.There() {
		return nil, err
	}
	return &was.Value, nil
}

// Filter has at most one of State, Principal and Requester; none: the caller's own.
type Filter struct {
	State     State
	Principal string
	Requester string
	Limit     int    // 1 to 200; 0: 50
	After     string // an id
}

// Listed is one page.
type Listed struct {
	Elevations []Elevation
	Terms      []Terms
	Next       string // empty: done
}

// listLooks limits the reads for a caller who may see few.
const listLooks = 400

// List returns what the caller may see, newest first. The index may lag.
//
// Hidden elevations leave no trace: the cursor is the last visible id, and the list is empty if the newest listLooks
// are hidden.
func (s *Service) List(ctx context.Context, c identity.Caller, f Filter) (Listed, error) {
	q, err := f.query(c)
	if err != nil {
		return Listed{}, err
	}
	var out Listed
	want := q.Limit
	q.Limit = LivesPerRead
	for looked := 0; looked < listLooks; {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return Listed{}, fault.Wrap(err, "listing by %s", q.Index)
		}
		lives, failed, err := s.LoadAll(ctx, page.Keys)
		if err = errors.Join(append(failed, err)...); err != nil {
			return Listed{}, err
		}
		for _, l := range lives {
			if l.Terms.ID == "" || !f.matches(l.Elevation) { // index lag, or another state
				continue
			}
			if looked++; (reading{s}).mayRead(ctx, l, c) != nil {
				continue
			}
			if len(out.Elevations) == want { // more is visible
				out.Next = out.Elevations[want-1].ID
				return out, nil
			}
			out.Elevations, out.Terms = append(out.Elevations, l.Elevation), append(out.Terms, l.Terms)
		}
		if q.After = page.Next; q.After == "" {
			return out, nil
		}
	}
	if n := len(out.Elevations); n > 0 {
		out.Next = out.Elevations[n-1].ID
	}
	return out, nil
}

func (f Filter) matches(e Elevation) bool { return f.State == "" || e.State == f.State }

func (f Filter) query(c identity.Caller) (record.Query, error) {
	q := record.Query{Newest: true, Limit: f.Limit, After: f.After}
	if q.Limit == 0 {
		q.Limit = 50
	}
	if q.Limit < 1 || q.Limit > 200 {
		return q, fault.Errorf(fault.Invalid, "limit %d: want 1 to 200", f.Limit)
	}
	if f.After != "" && !ValidID(f.After) {
		return q, fault.Errorf(fault.Invalid, "the cursor is not valid: use the next of the previous page")
	}
	var set int
	for _, c := range []struct {
		index record.Index
		value string
	}{{record.ByState, string(f.State)}, {record.ByPrincipal, f.Principal}, {record.ByRequester, f.Requester}} {
		if c.value != "" {
			q.Index, q.Partition = c.index, c.value
			if c.index == record.ByState {
				q.Partition = f.State.Indexed()
			}
			set++
		}
	}
	if set > 1 {
		return q, fault.Errorf(fault.Invalid, "list by only one of state, principal and requester")
	}
	if f.State != "" && !slices.Contains(States(), f.State) {
		return q, fault.Errorf(fault.Invalid, "state %q: there is no such state", fault.Printable(string(f.State)))
	}
	if set == 0 {
		q.Index, q.Partition = record.ByRequester, c.ID
	}
	return q, nil
}

// Entitlements returns those that c may request.
func (s *Service) Entitlements(ctx context.Context, c identity.Caller) ([]Entitlement, error) {
	all, err := s.Decider.Entitlements(ctx)
	if err != nil {
		return nil, fault.Wrap(err, "reading the catalog")
	}
	return slices.DeleteFunc(slices.Clone(all), func(e Entitlement) bool { return !c.In(e.Requesters) }), nil
}
