// Package review stores what a second person must sign, and the signature. Open a review in the transaction of its
// cause. Only function decide writes a signature: a row review# alone signs nothing.
package review

import (
	"context"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Review follows a break-glass elevation, and others if their entitlement says so.
type Review struct {
	Elevation string          `json:"elevation"`
	Requester identity.Caller `json:"requester"`
	Reviewers []string        `json:"reviewers"`
	OpenedAt  time.Time       `json:"opened_at"`
	// OnFindings: it must be signed only if there are findings about the elevation.
	OnFindings bool `json:"on_findings,omitempty"`

	Signature *Signature `json:"-"` // from its own row; nil: open
}

// Signature is one person's. Only the function decide can write it.
type Signature struct {
	Elevation string          `json:"elevation"`
	By        identity.Caller `json:"by"`
	Digest    string          `json:"digest"` // of the terms
	Note      string          `json:"note"`
	At        time.Time       `json:"at"`
	Evidence  evidence.Head   `json:"evidence"`
}

func Key(elevation string) record.Key { return record.AccessKey("review#"+elevation, "review") }

func SignatureKey(elevation string) record.Key {
	return record.AccessKey(signatures+elevation, "signature")
}

const signatures = "signature#" // also the chain's prefix

// Open returns the change that opens a review. It has no condition: a row that another function wrote before must not keep
// the end of an elevation from being stored.
func Open(r Review) (record.Change, error) {
	row, err := record.Encode(Key(r.Elevation), 1, r)
	row.Index = map[record.Index]record.Place{
		record.ByRequester: {Partition: Of(r.Requester.ID), Sort: PlaceAt(r.OpenedAt) + "#" + r.Elevation},
		record.ByState:     {Partition: Unsigned, Sort: PlaceAt(r.OpenedAt) + "#" + r.Elevation},
	}
	return record.Change{Row: row}, err
}

// Unsigned is the partition of [record.ByState] with the reviews that are not signed. A signature removes both places.
const Unsigned = "review-unsigned"

// PlaceAt is the sort key of reviews opened at this time.
func PlaceAt(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// Of is the partition of [record.ByRequester] with the reviews of one requester's elevations that are not signed.
func Of(requester string) string { return "review#" + requester }

// Get returns a review with its signature. Elevation is empty: there is none.
func Get(ctx context.Context, s record.Store, elevation string) (Review, error) {
	rows, err := s.Read(ctx, Key(elevation), SignatureKey(elevation))
	if err != nil {
		return Review{}, fault.Wrap(err, "reading the review of %s", elevation)
	}
	was, err := record.FindRow[Review](rows, Key(elevation))
	if err != nil || !was.Exists() {
		return Review{}, err
	}
	signed, err := record.FindRow[Signature](rows, SignatureKey(elevation))
	if signed.Exists() {
		was.Value.Signature = &signed.Value
	}
	return was.Value, err
}

// Sign returns the signature, its evidence, and the review without its places in lists. A signer is a reviewer who is a person and differs from the requester in
// id and session name.
func (r Review) Sign(c identity.Caller, digest, note string, now time.Time) ([]record.Change, Signature, error) {
	switch {
	case c.Kind != identity.Person:
		return nil, Signature{}, fault.Deny("curfew.person", "only a person may sign a review")
	case c.ID == r.Requester.ID || identity.SameName(c.Name, r.Requester.Name):
		return nil, Signature{}, fault.Deny("curfew.self", "you cannot sign the review of your own elevation: another reviewer must")
	case !c.In(r.Reviewers):
		return nil, Signature{}, fault.Deny("curfew.reviewers", "%s is not among the reviewers", c.Name)
	case r.Signature != nil:
		return nil, Signature{}, fault.About(r.Elevation, fault.Errorf(fault.Conflict, "the review of %s was signed by %s", r.Elevation, r.Signature.By.ID))
	}
	s := Signature{Elevation: r.Elevation, By: c, Digest: digest, Note: note, At: record.Instant(now)}
	proof, err := record.Append(signatures+r.Elevation, &s.Evidence, evidence.Entry{
		At: s.At, Kind: "review.signed", Actor: c.ID, Detail: map[string]string{"digest": digest, "note": note}})
	if err != nil {
		return nil, s, err
	}
	row, err := record.Encode(SignatureKey(r.Elevation), 1, s)
	if err != nil {
		return nil, s, err
	}
	unlisted, err := record.Encode(Key(r.Elevation), 2, r)
	return []record.Change{{If: record.Absent, Row: row}, proof, {Row: unlisted}}, s, err
}
