package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// FindingKind says what is not as it should be.
type FindingKind string

// The kinds of finding.
const (
	Orphan       FindingKind = "orphan"        // a policy of ours without an open elevation
	Edited       FindingKind = "edited"        // the grant in IAM is not what was granted
	Unfenced     FindingKind = "unfenced"      // a policy of ours without its fence
	Unmarked     FindingKind = "unmarked"      // a principal that lost its tag or boundary while it had access
	Missing      FindingKind = "missing"       // an active elevation whose grant is gone
	Restored     FindingKind = "restored"      // a record that is older than its evidence
	Unreadable   FindingKind = "unreadable"    // a record that cannot be read
	Uncontained  FindingKind = "uncontained"   // a grant that can neither be removed nor contained before its deadline
	SilentNet    FindingKind = "silent-net"    // a net did not end the canary that was left to it
	SuspectEvent FindingKind = "suspect-event" // an event that might have started something and is not what it should be
	SweepFailed  FindingKind = "sweep-failed"
	PolicyError  FindingKind = "policy-error" // policy could not be asked while the elevation was active
	// SuspensionWaits: a suspension lapses unless a second operator confirms it. SuspensionLapsed: no one did.
	SuspensionWaits  FindingKind = "suspension-waits"
	SuspensionLapsed FindingKind = "suspension-lapsed"
)

// Finding is something that should not be. The same thing seen again is the same finding.
type Finding struct {
	ID       string        `json:"id"`
	Version  int64         `json:"version"`
	Kind     FindingKind   `json:"kind"`
	Subject  string        `json:"subject"` // elevation id, or principal and policy name
	What     string        `json:"what"`    // one line for people
	FirstAt  time.Time     `json:"first_at"`
	PagedAt  time.Time     `json:"paged_at"` // when somebody was last told
	Times    int64         `json:"times"`    // how often somebody was told
	Evidence evidence.Head `json:"evidence"`
}

// findingID names a finding by what it is about, so that raising it twice makes one.
func findingID(kind FindingKind, subject string) string {
	sum := sha256.Sum256([]byte(string(kind) + "\n" + subject))
	return string(kind) + "-" + hex.EncodeToString(sum[:8])
}

// What is still so is told again: something that was mended and is there again soon, something that stands once a day.
const (
	orphanAgain  = 30 * time.Minute
	findingAgain = 24 * time.Hour
)

// Again is the finding seen once more. The second result is false if nobody needs to be told.
func (f Finding) Again(what string, now time.Time) (Finding, bool) {
	wait := findingAgain
	if f.Kind == Orphan || f.Kind == Uncontained {
		wait = orphanAgain
	}
	if now.Before(f.PagedAt.Add(wait)) {
		return f, false
	}
	f.What, f.PagedAt = what, record.Instant(now)
	f.Times++
	return f, true
}

// findings stores findings.
type findings struct{ *Service }

// raised reports whether there is such a finding, and it was told of lately.
func (s findings) raised(ctx context.Context, kind FindingKind, subject string) (bool, error) {
	key := findingKey(findingID(kind, subject))
	rows, err := s.Store.Read(ctx, key)
	if err != nil {
		return false, fault.Wrap(err, "reading finding %s", key.Partition)
	}
	row, ok := rows[key]
	if !ok {
		return false, nil
	}
	f, err := record.Decode[Finding](row)
	return s.Now().Before(f.PagedAt.Add(findingAgain)), err
}

// raise stores a finding, with what was seen for its evidence. The same thing seen again is the same finding, and tells
// somebody again after a while.
func (s findings) raise(ctx context.Context, kind FindingKind, subject, what string, detail any) error {
	return s.find(ctx, kind, subject, what, "finding.raised", detail)
}

// mended keeps the receipt of what was done about a finding, and raises it if nobody did. Nobody is told once more.
func (s findings) mended(ctx context.Context, kind FindingKind, subject, what string, r Receipt) error {
	return s.find(ctx, kind, subject, what, "finding.mended", r)
}

func (s findings) find(ctx context.Context, kind FindingKind, subject, what, entry string, detail any) error {
	now := s.Instant()
	f := Finding{ID: findingID(kind, subject), Kind: kind, Subject: subject, What: what, FirstAt: now, PagedAt: now, Times: 1}
	put := record.Change{If: record.Absent}
	rows, err := s.Store.Read(ctx, findingKey(f.ID))
	if err != nil {
		return fault.Wrap(err, "reading finding %s", f.ID)
	}
	if row, ok := rows[findingKey(f.ID)]; ok {
		was, err := record.Decode[Finding](row)
		if err != nil {
			return err
		}
		var tell bool
		if f, tell = was.Again(what, now); !tell && entry == "finding.raised" {
			return nil
		}
		put = record.Change{If: record.Unchanged, Version: row.Version}
	}
	rec, head, err := evidence.Append("finding#"+f.ID, f.Evidence,
		evidence.Entry{At: now, Kind: entry, Actor: "curfew", Detail: map[string]any{"what": what, "subject": subject, "detail": detail}})
	if err != nil {
		return fault.Errorf(fault.Internal, "%w", err)
	}
	f.Evidence, f.Version = head, put.Version+1
	er, err := record.EvidenceRow(rec)
	if err != nil {
		return err
	}
	if put.Row, err = record.Encode(findingKey(f.ID), f.Version, f); err != nil {
		return err
	}
	err = s.Store.Write(ctx, put, record.Change{If: record.Absent, Row: er})
	if fault.KindOf(err) == fault.Conflict { // somebody else raises it at this moment
		return nil
	}
	s.Log.WarnContext(ctx, "finding", "kind", string(kind), "subject", subject, "what", what)
	return fault.Wrap(err, "storing finding %s", f.ID)
}
