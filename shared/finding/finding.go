// Package finding stores findings and pages people about them. Only people close a finding.
package finding

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/record"
)

// Kind belongs to the package that detects it.
type Kind struct {
	Name string
	// PageInterval is the shortest time between pages.
	PageInterval time.Duration
}

const Daily = 24 * time.Hour

// Finding is unique for its kind and subject.
type Finding struct {
	ID       string        `json:"id"`
	Version  int64         `json:"version"`
	Kind     string        `json:"kind"`
	Subject  string        `json:"subject"` // elevation id, or principal and policy name
	What     string        `json:"what"`    // one line for people
	FirstAt  time.Time     `json:"first_at"`
	PagedAt  time.Time     `json:"paged_at"` // the last page
	Times    int64         `json:"times"`    // pages so far
	Evidence evidence.Head `json:"evidence"`
}

func id(kind Kind, subject string) string {
	sum := sha256.Sum256([]byte(kind.Name + "\n" + subject))
	return kind.Name + "-" + hex.EncodeToString(sum[:8])
}

func Key(kind Kind, subject string) record.Key {
	return record.AccessKey("finding#"+id(kind, subject), sortKey)
}

const sortKey = "finding"

func Is(k record.Key) bool { return k.Table == record.AccessTable && k.Sort == sortKey }

// Raise returns changes that store a finding and page people, or none until [Kind.PageInterval] has passed since the
// last page. was is the row of its [Key]; detail is for the evidence.
func Raise(was record.Stored[Finding], kind Kind, subject, what string, detail any, now time.Time) ([]record.Change, error) {
	if was.Exists() && now.Before(was.Value.PagedAt.Add(kind.PageInterval)) {
		return nil, nil
	}
	return store(was, kind, subject, what, "finding.raised", detail, now)
}

// RecordRemedy records what was done about a finding, which may be new. It pages no more often than Raise.
func RecordRemedy(was record.Stored[Finding], kind Kind, subject, what string, receipt any, now time.Time) ([]record.Change, error) {
	return store(was, kind, subject, what, "finding.mended", receipt, now)
}

func store(was record.Stored[Finding], kind Kind, subject, what, entry string, detail any, now time.Time) ([]record.Change, error) {
	now = record.Instant(now)
	f := was.Value
	if !was.Exists() {
		f = Finding{ID: id(kind, subject), Kind: kind.Name, Subject: subject, FirstAt: now}
	}
	if !now.Before(f.PagedAt.Add(kind.PageInterval)) {
		f.What, f.PagedAt = what, now
		f.Times++
	}
	f.Version = was.Row.Version + 1
	proof, err := record.Append(was.Row.Key.Partition, &f.Evidence,
		evidence.Entry{At: now, Kind: entry, Actor: "curfew", Detail: map[string]any{"what": what, "subject": subject, "detail": detail}})
	if err != nil {
		return nil, err
	}
	put, err := was.Put(f, time.Time{})
	return []record.Change{put, proof}, err
}

// Report is [Raise] in its own transaction.
func Report(ctx context.Context, b record.Base, kind Kind, subject, what string, detail any) error {
	return report(ctx, b, Raise, kind, subject, what, detail)
}

// ReportRemedy is [RecordRemedy] in its own transaction.
func ReportRemedy(ctx context.Context, b record.Base, kind Kind, subject, what string, receipt any) error {
	return report(ctx, b, RecordRemedy, kind, subject, what, receipt)
}

type maker func(was record.Stored[Finding], kind Kind, subject, what string, detail any, now time.Time) ([]record.Change, error)

func report(ctx context.Context, b record.Base, changes maker, kind Kind, subject, what string, detail any) error {
	stored := false
	err := record.UpdateRow(ctx, b.Store, "finding "+id(kind, subject), Key(kind, subject), func(was record.Stored[Finding]) ([]record.Change, error) {
		all, err := changes(was, kind, subject, what, detail, b.Now())
		stored = len(all) > 0
		return all, err
	})
	if err == nil && stored {
		b.Log.WarnContext(ctx, "finding", "kind", kind.Name, "subject", subject, "what", what)
	}
	return err
}

// PagedWithinDay reports whether people were paged within a day.
func PagedWithinDay(ctx context.Context, s record.Store, kind Kind, subject string, now time.Time) (bool, error) {
	was, err := record.Get[Finding](ctx, s, Key(kind, subject))
	return err == nil && was.Exists() && now.Before(was.Value.PagedAt.Add(Daily)), err
}
