// Package review stores what a second person must sign. Open it in the transaction of its cause.
package review

import (
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Review follows a break-glass elevation.
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

// Sign requires a reviewer who is a person and differs from the requester in id and session name.
func (r Review) Sign(c identity.Caller, note string, now time.Time) (Review, error) {
	switch {
	case c.Kind != identity.Person:
		return r, fault.Deny("curfew.person", "only a person may sign a review")
	case c.ID == r.Requester.ID || identity.SameName(c.Name, r.Requester.Name):
		return r, fault.Deny("curfew.self", "you cannot sign the review of your own elevation: another reviewer must")
	case !c.In(r.Reviewers):
		return r, fault.Deny("curfew.reviewers", "%s is not among the reviewers", c.Name)
	case !r.SignedAt.IsZero():
		return r, fault.About(r.Elevation, fault.Errorf(fault.Conflict, "the review of %s was signed by %s", r.Elevation, r.SignedBy))
	}
	r.SignedBy, r.SignedAt, r.Note = c.ID, record.Instant(now), note
	return r, nil
}

func Key(elevation string) record.Key { return record.AccessKey("review#"+elevation, "review") }

func Open(elevation string, requester identity.Caller, reviewers []string, at time.Time) (record.Change, error) {
	row, err := record.Encode(Key(elevation), 1, Review{
		Elevation: elevation, Version: 1, Requester: requester, Reviewers: reviewers, OpenedAt: at,
	})
	return record.Change{If: record.Absent, Row: row}, err
}

// Changes stores the signature and its evidence.
func (r *Review) Changes(was record.Stored[Review]) ([]record.Change, error) {
	proof, err := record.Append("review#"+r.Elevation, &r.Evidence,
		evidence.Entry{At: r.SignedAt, Kind: "review.signed", Actor: r.SignedBy, Detail: map[string]string{"note": r.Note}})
	if err != nil {
		return nil, err
	}
	r.Version = was.Row.Version + 1
	put, err := was.Put(*r, time.Time{})
	return []record.Change{put, proof}, err
}
