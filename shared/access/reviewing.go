package access

import (
	"cmp"
	"context"
	"errors"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/review"
)

// reviewWithin is the time to sign a review, from the end of its elevation. A finding that comes later opens none.
const reviewWithin = 7 * 24 * time.Hour

// passAfter is later, because the index of findings may lag.
const passAfter = reviewWithin + time.Hour

// Reviews are those that are not signed.
//
// A review that is only for findings is listed from the end of its elevation, and leaves the lists a week later if no
// finding came. The sweep orders that, and Revoke does it after it has read all again: see [Reviews.pass].
type Reviews struct{ *Service }

// OpenReview is a review that is not signed, with its elevation.
type OpenReview struct {
	Life
	Review review.Review // with its place in the list
	// Due: a second person must sign it by DueBy. It is zero before the end.
	Due    bool
	DueBy  time.Time
	Passed bool // it is only for findings, and none came in time
}

// ReviewPage is one page, the oldest first.
type ReviewPage struct {
	Reviews    []OpenReview
	Next       string   // empty: done
	Unreadable []string // elevations whose review may be of it: told to operators
}

// Overdue reports whether the time to sign is over.
func (r OpenReview) Overdue(now time.Time) bool { return !r.DueBy.IsZero() && !now.Before(r.DueBy) }

// Overdue calls f with the reviews that were not signed in time, the oldest first, until f returns false. It goes on
// after a review that cannot be read.
func (s Reviews) Overdue(ctx context.Context, f func(OpenReview) bool) error {
	return s.overdue(ctx, record.Query{Index: record.ByState, Partition: review.Unsigned}, f)
}

// checkOverdue refuses break-glass to callers with an overdue review of any elevation.
func (s Reviews) checkOverdue(ctx context.Context, c identity.Caller) (denied error) {
	err := s.overdue(ctx, record.Query{Index: record.ByRequester, Partition: review.Of(c.ID)}, func(r OpenReview) bool {
		if r.Due {
			denied = r.unsigned()
		}
		return denied == nil
	})
	if denied != nil {
		return denied
	}
	return err
}

func (s Reviews) overdue(ctx context.Context, q record.Query, f func(OpenReview) bool) error {
	q.UpTo = review.PlaceAt(s.Now().Add(-reviewWithin))
	var failed []error
	for {
		some, err := s.page(ctx, q, func(Life) bool { return true })
		failed = append(failed, err)
		for _, r := range some.Reviews {
			if r.Overdue(s.Now()) && !f(r) {
				return errors.Join(failed...)
			}
		}
		if q.After = some.Next; q.After == "" {
			return errors.Join(failed...)
		}
	}
}

// page returns the reviews of one query that are wanted and not signed. With an error it lacks some.
func (s Reviews) page(ctx context.Context, q record.Query, wanted func(Life) bool) (p ReviewPage, err error) {
	q.Limit = review.ReadAtOnce
	page, err := s.Store.List(ctx, q)
	if err != nil || len(page.Keys) == 0 {
		return p, fault.Wrap(err, "listing reviews")
	}
	p.Next = page.Next
	var ids []string
	var keys []record.Key
	for _, k := range page.Keys {
		ids, keys = append(ids, review.ElevationOf(k)), append(keys, ElevationKey(review.ElevationOf(k)))
	}
	reviews, damaged, err := readUndamaged(ids, func(ids ...string) ([]review.Review, error) { return review.Read(ctx, s.Store, ids...) })
	if err != nil {
		return p, err
	}
	lives, unread, err := s.LoadAll(ctx, keys)
	if err != nil {
		return p, err
	}
	var failed []error
	for i, l := range lives {
		if err := cmp.Or(damaged[i], unread[i]); err != nil {
			s.Log.ErrorContext(ctx, "a review cannot be read", "elevation", ids[i], "error", err)
			p.Unreadable = append(p.Unreadable, ids[i])
		}
		if reviews[i].Elevation == "" || reviews[i].Signature != nil || l.Terms.ID == "" || unread[i] != nil || !wanted(l) {
			continue
		}
		r, err := s.open(ctx, l, reviews[i])
		failed = append(failed, err)
		if err == nil {
			p.Reviews = append(p.Reviews, r)
		}
	}
	return p, errors.Join(failed...)
}

// open goes by the terms, which only approvers could have decided on: several functions may write the review's row.
func (s Reviews) open(ctx context.Context, l Life, of review.Review) (OpenReview, error) {
	of.Requester, of.Reviewers = l.Terms.Requester, l.Terms.Reviewers
	r := OpenReview{Life: l, Review: of}
	if !l.Elevation.State.Terminal() {
		return r, nil
	}
	r.Due, r.DueBy = true, l.Elevation.ChangedAt.Add(reviewWithin)
	if l.Terms.BreakGlass || l.Terms.Review != ReviewFindings {
		return r, nil
	}
	page, err := s.Store.List(ctx, record.Query{Index: record.ByPrincipal, Partition: finding.About(l.Terms.ID), Limit: 1})
	r.Due = len(page.Keys) > 0
	r.Passed = !r.Due && !s.Now().Before(l.Elevation.ChangedAt.Add(passAfter))
	return r, fault.Wrap(err, "listing findings about %s", l.Terms.ID)
}

// pass takes the review of an elevation off the lists if it is only for findings and none came in time. It reads all
// itself, so that an order cannot hide a review that is due.
func (s Reviews) pass(ctx context.Context, id string) error {
	l, err := s.Load(ctx, id)
	if err != nil {
		return err
	}
	was, err := record.Get[review.Review](ctx, s.Store, review.Key(id))
	if err != nil || len(was.Row.Index) == 0 {
		return err
	}
	if r, err := s.open(ctx, l, was.Value); err != nil || !r.Passed {
		return err
	}
	_, err = s.AmendFrom(ctx, l, func(l Life) (Amendment, error) {
		unlisted, err := was.Put(was.Value, time.Time{})
		return Amendment{
			Next: l.Elevation, entry: evidence.Entry{At: s.Instant(), Kind: "elevation.review-passed", Actor: "curfew", Detail: map[string]string{"why": "no finding"}},
			extra: []record.Change{unlisted},
		}, err
	})
	return err
}
