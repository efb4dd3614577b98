package access

import (
	"context"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/review"
)

// SignReview signs the review of an ended elevation. NotFound: none. Denied: no reviewer, or suspended. Conflict: not
// over, or signed.
func (s *Service) SignReview(ctx context.Context, c identity.Caller, id, note string) (r review.Review, err error) {
	defer s.Logged(ctx, "sign-review", id, c.ID, &err)
	s = noting(s, c)
	r, err = signing{s}.signReview(ctx, c, id, note)
	noteCaller(ctx, s, err)
	return r, refusals{s}.refused(ctx, c, "sign-review", id, err)
}

type signing struct{ *Service }

func (s signing) signReview(ctx context.Context, c identity.Caller, id, note string) (review.Review, error) {
	if err := fault.CheckText("note", note, 1, maxReason); err != nil {
		return review.Review{}, err
	}
	l, err := s.Load(ctx, id)
	if err != nil {
		return review.Review{}, err
	}
	asked, err := record.Get[asked](ctx, s.Store, askedKey(l.Terms))
	if err != nil {
		return review.Review{}, err
	}
	var signed review.Review
	read := func(ctx context.Context) (*review.Review, error) { return reading(s).review(ctx, l.Terms) }
	err = record.Update(ctx, s.Store, "the review of "+id, read, func(r *review.Review) ([]record.Change, error) {
		switch {
		case r == nil:
			return nil, fault.Errorf(fault.NotFound, "there is no review of elevation %q", fault.Printable(id))
		case !c.In(r.Reviewers) && reading(s).mayRead(ctx, l, c) != nil:
			return nil, reading(s).hidden(ctx, l, c, "sign-review")
		case !l.Elevation.State.Terminal():
			return nil, l.Elevation.conflict("is %s: sign its review when it is over", l.Elevation.State)
		}
		if !asked.Exists() || asked.Value.Digest != "" { // empty: withdrawn
			if err := asked.Value.of(l.Terms); err != nil {
				return nil, err
			}
		}
		changes, signature, err := r.Sign(c, l.Terms.Digest(), note, s.Now())
		if err == nil {
			err = s.Suspensions().Free(ctx, c, "you may not sign reviews")
		}
		signed, signed.Signature = *r, &signature
		return changes, err
	})
	return signed, err
}
