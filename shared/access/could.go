package access

import (
	"cmp"
	"context"
	"time"

	"curfew/shared/baseline"
	"curfew/shared/fault"
	"curfew/shared/iampolicy"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// PowerPage is one page. A short or empty page may have a Next.
type PowerPage struct {
	Powers     []Power
	Unreadable []string // elevations that may be of it: told to operators
	Next       string   // empty: done
}

// longestLife is from a request to its deadline. Later its fence allows nothing.
const longestLife = idSlack + grantWithin + maxDuration

// Powers answers who could do what.
type Powers struct{ *Service }

// List returns the elevations that c may see and that were granted at the instant, newest first, without those that
// certainly did not allow the call. The index may lag.
func (s Powers) List(ctx context.Context, c identity.Caller, q PowerQuery) (p PowerPage, err error) {
	defer s.Logged(ctx, "could", "", c.ID, &err)
	q.Limit = cmp.Or(q.Limit, 50)
	if q.After != "" && !ValidID(q.After) {
		return p, fault.Mistakes{{Field: "cursor", Problem: "not from this API"}}.Err()
	}
	in := record.Query{Index: record.ByPrincipal, Partition: q.Principal, After: afterID(q.After, idAt(q.At.Add(time.Second), idSlack))}
	if q.Principal == "" {
		in.Partition = InAccount(q.Account)
	}
	own := map[string]*ownRights{}
	p.Next, err = byID(s).visit(ctx, c, in, idAt(q.At, -longestLife), func(lives []Life) (string, error) {
		for _, l := range lives {
			if l.unreadable {
				p.Unreadable = append(p.Unreadable, l.Terms.ID)
			}
			if !l.held(q) {
				continue
			}
			one, err := s.power(ctx, l, q, own)
			if err != nil {
				return "", err
			}
			if one.Answer == iampolicy.No {
				continue
			}
			if !reading(s).mayManage(l.Terms, c) { // a reader of one elevation could ask about any action
				one.Standing, one.StandingWhy = iampolicy.Maybe, "only operators and owners are told"
			}
			if p.Powers = append(p.Powers, one); len(p.Powers) == q.Limit {
				return l.Terms.ID, nil
			}
		}
		return "", nil
	})
	if err != nil { // no partial answer
		return PowerPage{}, err
	}
	return p, nil
}

// held reports whether the grant may have been in IAM, and open by its fence.
func (l Life) held(q PowerQuery) bool {
	e, t := l.Elevation, l.Terms
	return (q.Principal == "" || q.Principal == t.Principal.ARN) && (q.Account == "" || q.Account == t.Principal.Account) &&
		!e.GrantedAt.IsZero() && !q.At.Before(e.GrantedAt) && q.At.Before(e.Deadline) && (e.EndedAt.IsZero() || q.At.Before(e.EndedAt))
}

func (s Powers) power(ctx context.Context, l Life, q PowerQuery, known map[string]*ownRights) (p Power, err error) {
	id := l.Terms.Principal.ID
	own, read := known[id]
	if !read {
		if own, err = s.ownAt(ctx, id, q.At); err != nil {
			return p, err
		}
		known[id] = own
	}
	p = Power{Life: l, From: l.Elevation.GrantedAt, Until: l.Elevation.Deadline}
	if at := l.Elevation.EndedAt; !at.IsZero() {
		p.Until = earliest(at, p.Until)
	}
	p.weigh(q, own)
	if p.Answer == iampolicy.No {
		return p, nil
	}
	decisions, err := ReadStanding(ctx, s.Service, l.Terms.ID)
	for _, d := range decisions {
		if d.Approve {
			p.Approvers = append(p.Approvers, d.By)
		}
	}
	return p, err
}

// ownAt returns what the principal had by itself; nil: not known. Between the last survey that saw a value and the first that
// saw another, IAM may have had either.
func (s Powers) ownAt(ctx context.Context, principalID string, at time.Time) (*ownRights, error) {
	all, err := baseline.Load(ctx, s.Store, principalID, at, s.Now())
	if err != nil || len(all) == 0 || all[0].Unknown || all[0].From.After(at) || len(all) > 1 && all[0].Until.Before(at) {
		return nil, fault.Wrap(err, "reading the policies of %s", principalID)
	}
	return &ownRights{all[0].Policies, all[0].Until}, nil
}
