// Package review stores what a second person must sign, and the signature. Open a review in the transaction of its
// cause. Only function decide writes a signature: a row review# alone signs nothing.
package review

import (
	"context"
	"strings"
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

	Signature *Signature `json:"-"` // from its own row; nil: open
	Place     string     `json:"-"` // in [Unsigned]; empty: not listed
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

// ReadAtOnce is the most reviews of one [Read].
const ReadAtOnce = record.ReadAtOnce / 2

// Read returns reviews with their signatures. Elevation is empty: there is none.
func Read(ctx context.Context, s record.Store, elevations ...string) ([]Review, error) {
	var keys []record.Key
	for _, id := range elevations {
		keys = append(keys, Key(id), SignatureKey(id))
	}
	rows, err := s.Read(ctx, keys...)
	if err != nil {
		return nil, fault.Wrap(err, "reading %d reviews", len(elevations))
	}
	all := make([]Review, len(elevations))
	for i, id := range elevations {
		was, err := record.FindRow[Review](rows, Key(id))
		if err != nil {
			return nil, err
		}
		signed, err := record.FindRow[Signature](rows, SignatureKey(id))
		if err != nil {
			return nil, err
		}
		all[i] = was.Value
		all[i].Place = was.Row.Index[record.ByState].Sort
		if signed.Exists() {
			all[i].Signature = &signed.Value
		}
	}
	return all, nil
}

// ElevationOf returns the elevation in a key of [Key].
func ElevationOf(k record.Key) string { return strings.TrimPrefix(k.Partition, "review#") }

// MaySign returns Denied unless c is a reviewer who is a person and differs from the requester in id and session name.
func (r Review) MaySign(c identity.Caller) error {
	switch {
	case c.Kind != identity.Person:
		return fault.Deny("curfew.person", "only a person may sign a review")
	case c.ID == r.Requester.ID || identity.SameName(c.Name, r.Requester.Name):
		return fault.Deny("curfew.self", "you cannot sign the review of your own elevation: another reviewer must")
	case !c.In(r.Reviewers):
		return fault.Deny("curfew.reviewers", "you are not among the reviewers")
	}
	return nil
}

// Sign returns the signature, its evidence, and the review without its places in lists.
func (r Review) Sign(c identity.Caller, digest, note string, now time.Time) ([]record.Change, Signature, error) {
	if err := r.MaySign(c); err != nil {
		return nil, Signature{}, err
	}
	if r.Signature != nil {
		return nil, Signature{}, fault.About(r.Elevation, fault.Errorf(fault.Conflict, "the review of %s was signed by %s", r.Elevation, r.Signature.By.ID))
	}
	s := Signature{Elevation: r.Elevation, By: c.Reduced(r.Reviewers), Digest: digest, Note: note, At: record.Instant(now)}
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
