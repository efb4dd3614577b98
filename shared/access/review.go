package access

import (
	"context"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Review is something a second person must sign: here, a break-glass elevation after its end.
type Review struct {
	Elevation string          `json:"elevation"`
	Version   int64           `json:"version"`
	Requester identity.Caller `json:"requester"`
	Reviewers []string        `json:"reviewers"`
	OpenedAt  time.Time       `json:"opened_at"`
	SignedBy  string          `json:"signed_by,omitempty"`
	SignedAt  time.Time       `json:"signed_at,omitzero"`
	Note      string          `json:"note,omitempty"`
	Evidence  evidence.Head   `json:"evidence"`
}

// Sign is the review signed. The signer is a person, one of the reviewers, and not the one who is reviewed: neither by
// id nor by the name that he bears in sessions.
func (r Review) Sign(c identity.Caller, note string, now time.Time) (Review, error) {
	switch {
	case c.Kind != identity.Person:
		return r, deny("curfew.person", "only a person signs a review")
	case c.ID == r.Requester.ID || identity.SameName(c.Name, r.Requester.Name):
		return r, deny("curfew.self", "nobody signs the review of their own elevation")
	case !c.In(r.Reviewers):
		return r, deny("curfew.reviewers", "%s is not among the reviewers", c.Name)
	case !r.SignedAt.IsZero():
		return r, fault.Errorf(fault.Conflict, "the review of %s was signed by %s", r.Elevation, r.SignedBy)
	}
	r.SignedBy, r.SignedAt, r.Note = c.ID, record.Instant(now), note
	return r, nil
}

// openReview is the change that opens the review of a break-glass elevation, in the transaction that makes it.
func openReview(t Terms) (record.Change, error) {
	row, err := record.Encode(reviewKey(t.ID), 1, Review{
		Elevation: t.ID, Version: 1, Requester: t.Requester, Reviewers: t.Reviewers, OpenedAt: t.RequestedAt,
	})
	return record.Change{If: record.Absent, Row: row}, err
}

// SignReview signs the review of an elevation that is over. NotFound: it has none, or the caller may not see it. Denied: the
// caller is not a reviewer, or is suspended.
// Conflict: the elevation is not over, or the review was signed.
func (s *Service) SignReview(ctx context.Context, c identity.Caller, id, note string) (r Review, err error) {
	defer s.Logged(ctx, "sign-review", id, c.ID, &err)
	s = noting(s, c)
	r, err = signing{s}.signReview(ctx, c, id, note)
	noteCaller(ctx, s, err)
	return r, refusals{s}.refused(ctx, c, "sign-review", id, err)
}

// signing stores the signature of a review.
type signing struct{ *Service }

func (s signing) signReview(ctx context.Context, c identity.Caller, id, note string) (Review, error) {
	if err := fault.CheckText("note", note, 1, maxReason); err != nil {
		return Review{}, err
	}
	l, err := s.Load(ctx, id)
	if err != nil {
		return Review{}, err
	}
	var signed Review
	err = record.UpdateRow(ctx, s.Store, "the review of "+id, reviewKey(id), func(was record.Stored[Review]) ([]record.Change, error) {
		r := was.Value
		switch {
		case !was.There():
			return nil, fault.Errorf(fault.NotFound, "there is no review of elevation %q", fault.Printable(id))
		case !c.In(r.Reviewers) && (reading{s.Service}).mayRead(ctx, l, c) != nil:
			return nil, reading{s.Service}.hidden(ctx, l, c, "sign-review")
		case !l.Elevation.State.Terminal():
			return nil, fault.Errorf(fault.Conflict, "elevation %s is %s: its review is signed when it is over", id, l.Elevation.State)
		}
		next, err := r.Sign(c, note, s.Now())
		if err == nil {
			err = s.Suspensions().Free(ctx, c, "you sign no review")
		}
		if err != nil {
			return nil, err
		}
		signed = next
		return signed.changes(was)
	})
	return signed, err
}

// changes are what stores the signature, with its evidence.
func (r *Review) changes(was record.Stored[Review]) ([]record.Change, error) {
	proof, err := record.Append("review#"+r.Elevation, &r.Evidence,
		evidence.Entry{At: r.SignedAt, Kind: "review.signed", Actor: r.SignedBy, Detail: map[string]string{"note": r.Note}})
	if err != nil {
		return nil, err
	}
	r.Version = was.Row.Version + 1
	put, err := was.Put(*r, time.Time{})
	return []record.Change{put, proof}, err
}
