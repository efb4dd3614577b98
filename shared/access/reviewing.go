package access

import (
	"context"
	"strings"
	"time"

	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/review"
)

// reviewWithin is the time to sign a review, from the end of its elevation.
const reviewWithin = 7 * 24 * time.Hour

// Reviews are those that are not signed.
type Reviews struct{ *Service }

// mostReviews limits the reviews of one read.
const mostReviews = 200

// Overdue returns elevations whose review is overdue, the oldest first.
func (s Reviews) Overdue(ctx context.Context) ([]Life, error) {
	return s.overdue(ctx, record.Query{Index: record.ByState, Partition: review.Unsigned})
}

// none refuses break-glass to callers whose own reviews are overdue.
func (s Reviews) none(ctx context.Context, c identity.Caller) error {
	overdue, err := s.overdue(ctx, record.Query{Index: record.ByRequester, Partition: review.Of(c.ID)})
	if err == nil && len(overdue) > 0 {
		err = deny("curfew.review", "the review of your elevation %s is overdue: no break-glass until another person has signed it", overdue[0].Terms.ID)
	}
	return err
}

func (s Reviews) overdue(ctx context.Context, q record.Query) (all []Life, err error) {
	q.Limit, q.UpTo = mostReviews, review.PlaceAt(s.Now().Add(-reviewWithin))
	page, err := s.Store.List(ctx, q)
	if err != nil {
		return nil, fault.Wrap(err, "listing reviews")
	}
	for _, k := range page.Keys {
		r, err := review.Get(ctx, s.Store, strings.TrimPrefix(k.Partition, "review#"))
		if err != nil {
			return nil, err
		}
		if r.Elevation != "" && r.Signature == nil {
			l, due, err := s.isDue(ctx, r)
			if err != nil {
				return nil, err
			}
			if due {
				all = append(all, l)
			}
		}
	}
	return all, nil
}

func (s Reviews) isDue(ctx context.Context, r review.Review) (Life, bool, error) {
	l, err := s.Load(ctx, r.Elevation)
	if err != nil {
		return l, false, err
	}
	late := l.Elevation.State.Terminal() && !s.Now().Before(l.Elevation.ChangedAt.Add(reviewWithin))
	if !late || !r.OnFindings {
		return l, late, nil
	}
	page, err := s.Store.List(ctx, record.Query{Index: record.ByPrincipal, Partition: finding.About(r.Elevation), Limit: 1})
	return l, len(page.Keys) > 0, fault.Wrap(err, "listing findings about %s", r.Elevation)
}
