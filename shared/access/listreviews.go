package access

import (
	"context"

	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/review"
)

// ReviewFilter lists reviews that match all its members.
type ReviewFilter struct {
	ToSign  bool // those that the caller may sign
	Overdue bool

	Limit int    // 1 to [MostListed]; 0: 50
	After string // [ReviewPage.Next]
}

// List returns reviews that are due and not signed, of those that the caller may see. The index may lag. It reads a
// limited number of records: a short page may have a Next. As in [Service.List], hidden reviews leave no trace.
func (s Reviews) List(ctx context.Context, c identity.Caller, f ReviewFilter) (p ReviewPage, err error) {
	defer s.Logged(ctx, "reviews", "", c.ID, &err)
	if f.Limit == 0 {
		f.Limit = 50
	}
	if f.Limit < 1 || f.Limit > MostListed {
		return p, fault.Errorf(fault.Invalid, "limit: want 1 to %d", MostListed)
	}
	q := record.Query{Index: record.ByState, Partition: review.Unsigned, After: f.After}
	if f.Overdue {
		q.UpTo = review.PlaceAt(s.Now().Add(-reviewWithin))
	}
	last := ""
	for looked := 0; looked < decideLooks; looked += review.ReadAtOnce {
		some, err := s.page(ctx, q, func(l Life) bool { return s.mayShow(l, c) })
		if err != nil {
			return ReviewPage{}, err
		}
		if c.In(s.Settings.Operators) {
			p.Unreadable = append(p.Unreadable, some.Unreadable...)
		}
		for _, r := range some.Reviews {
			if last = r.Review.Place; !r.Due || f.Overdue && !r.Overdue(s.Now()) || f.ToSign && r.Review.MaySign(c) != nil {
				continue
			}
			if p.Reviews = append(p.Reviews, r); len(p.Reviews) == f.Limit {
				p.Next = last
				return p, nil
			}
		}
		if q.After = some.Next; q.After == "" {
			return p, nil
		}
	}
	p.Next = last
	return p, nil
}

// mayShow admits the requester, reviewers, owners and operators.
func (s Reviews) mayShow(l Life, c identity.Caller) bool {
	t := l.Terms
	return c.ID == t.Requester.ID || (reading(s)).mayManage(t, c) || c.Kind == identity.Person && c.In(t.Reviewers)
}

// ReviewView is what a reviewer sees, without usage.
type ReviewView struct {
	OpenReview // may be signed
	Decisions  []Decision
	Findings   []finding.Stored // about the elevation: the first [finding.ReadAtOnce]
	More       bool             // findings
}

// Show is for the requester, reviewers, owners and operators. NotFound: no review, or hidden.
func (s Reviews) Show(ctx context.Context, c identity.Caller, id string) (v ReviewView, err error) {
	defer s.Logged(ctx, "show-review", id, c.ID, &err)
	v, err = s.show(ctx, c, id)
	return v, refusals(s).refused(ctx, c, "show-review", id, err)
}

func (s Reviews) show(ctx context.Context, c identity.Caller, id string) (v ReviewView, err error) {
	l, err := s.Load(ctx, id)
	if err != nil {
		return v, err
	}
	if !s.mayShow(l, c) {
		return v, reading(s).hidden(ctx, l, c, "review")
	}
	r, err := reading(s).review(ctx, l.Terms)
	if err != nil {
		return v, err
	}
	if r == nil {
		return v, fault.Errorf(fault.NotFound, "there is no review of elevation %q", id)
	}
	if v.OpenReview, err = s.open(ctx, l, *r); err != nil {
		return v, err
	}
	if v.Decisions, err = (lives(s)).decisions(ctx, id); err != nil {
		return v, err
	}
	page, err := s.Store.List(ctx, record.Query{Index: record.ByPrincipal, Partition: finding.About(id), Limit: finding.ReadAtOnce})
	if err != nil || len(page.Keys) == 0 {
		return v, fault.Wrap(err, "listing findings about %s", id)
	}
	var ids []string
	for _, k := range page.Keys {
		ids = append(ids, finding.IDOf(k))
	}
	v.More = page.Next != ""
	v.Findings, err = finding.Read(ctx, s.Store, ids...)
	return v, err
}
