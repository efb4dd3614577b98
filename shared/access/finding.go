package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"curfew/shared/evidence"
)

// FindingKind says what is not as it should be.
type FindingKind string

// The kinds of finding.
const (
	Orphan       FindingKind = "orphan"        // a policy of ours without an open elevation
	Edited       FindingKind = "edited"        // the grant in IAM is not what was granted
	Unfenced     FindingKind = "unfenced"      // a policy of ours without its fence
	Missing      FindingKind = "missing"       // an active elevation whose grant is gone
	PrincipalNew FindingKind = "principal-new" // the principal was made anew
	Overdue      FindingKind = "overdue"       // access that could not be taken away in time
	SweepFailed  FindingKind = "sweep-failed"
	PolicyError  FindingKind = "policy-error" // policy could not be asked while the elevation was active
)

// Finding is something that should not be. The same thing seen again is the same finding.
type Finding struct {
	ID        string        `json:"id"`
	Version   int64         `json:"version"`
	Kind      FindingKind   `json:"kind"`
	Subject   string        `json:"subject"` // elevation id, or principal and policy name
	What      string        `json:"what"`    // one line for people
	FirstAt   time.Time     `json:"first_at"`
	ClosedBy  string        `json:"closed_by,omitempty"`
	ClosedAt  time.Time     `json:"closed_at,omitzero"`
	ClosedWhy string        `json:"closed_why,omitempty"`
	Evidence  evidence.Head `json:"evidence"`
}

// findingID names a finding by what it is about, so that raising it twice makes one.
func findingID(kind FindingKind, subject string) string {
	sum := sha256.Sum256([]byte(string(kind) + "\n" + subject))
	return string(kind) + "-" + hex.EncodeToString(sum[:8])
}

// Close is the finding dealt with by a person, with his reason. Conflict: it is closed.
func (f Finding) Close(c Caller, why string, now time.Time) (Finding, error) {
	if !f.ClosedAt.IsZero() {
		return f, Errorf(Conflict, "finding %s was closed by %s", f.ID, f.ClosedBy)
	}
	if c.Kind != Person {
		return f, Errorf(Denied, "only a person closes a finding")
	}
	f.ClosedBy, f.ClosedWhy, f.ClosedAt = c.ID, why, Instant(now)
	return f, nil
}

// raise stores a finding. One that is there already is left as it is, open or closed: what was looked at and closed is
// not raised again by the next sweep, which sees the same.
func (s *Service) raise(ctx context.Context, kind FindingKind, subject, what string) error {
	f := Finding{ID: findingID(kind, subject), Version: 1, Kind: kind, Subject: subject, What: what, FirstAt: s.now()}
	record, head, err := evidence.Append("finding#"+f.ID, f.Evidence,
		evidence.Entry{At: f.FirstAt, Kind: "finding.raised", Actor: "curfew", Detail: f})
	if err != nil {
		return Errorf(Internal, "%w", err)
	}
	f.Evidence = head
	er, err := evidenceRow(record)
	if err != nil {
		return err
	}
	fr, err := encode(findingKey(f.ID), f.Version, f)
	if err != nil {
		return err
	}
	err = s.Store.Write(ctx, Change{If: Absent, Row: fr}, Change{If: Absent, Row: er})
	if KindOf(err) == Conflict {
		return nil
	}
	s.Log.WarnContext(ctx, "finding", "kind", string(kind), "subject", subject, "what", what)
	return wrap(err, "storing finding %s", f.ID)
}
