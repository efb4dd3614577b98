// Package finding keeps what should not be and what people are told about it. A finding is raised by whoever sees it, and closed by
// people alone: nothing here closes one.
package finding

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/record"
)

// Kind says what is not as it should be. The package that sees it declares it.
type Kind struct {
	Name string
	// Again is how long after people were told they are told again, if it is still so.
	Again time.Duration
}

// Daily is for what stands until people act.
const Daily = 24 * time.Hour

// Finding is something that should not be. The same thing seen again is the same finding.
type Finding struct {
	ID       string        `json:"id"`
	Version  int64         `json:"version"`
	Kind     string        `json:"kind"`
	Subject  string        `json:"subject"` // elevation id, or principal and policy name
	What     string        `json:"what"`    // one line for people
	FirstAt  time.Time     `json:"first_at"`
	PagedAt  time.Time     `json:"paged_at"` // when people were last told
	Times    int64         `json:"times"`    // how often people were told
	Evidence evidence.Head `json:"evidence"`
}

// id names a finding by what it is about, so that raising it twice makes one.
func id(kind Kind, subject string) string {
	sum := sha256.Sum256([]byte(kind.Name + "\n" + subject))
	return kind.Name + "-" + hex.EncodeToString(sum[:8])
}

// Key is where a finding lies.
func Key(kind Kind, subject string) record.Key {
	return record.AccessKey("finding#"+id(kind, subject), sortKey)
}

const sortKey = "finding"

// Is reports whether a row of this key is a finding.
func Is(k record.Key) bool { return k.Table == record.AccessTable && k.Sort == sortKey }

// Raise makes the changes that store a finding, with what was seen for its evidence, after was, which was read at its [Key]. The
// same thing seen again is the same finding, and tells people again after [Kind.Again]; before, there is no change.
func Raise(was record.Stored[Finding], kind Kind, subject, what string, detail any, now time.Time) ([]record.Change, error) {
	if was.There() && now.Before(was.Value.PagedAt.Add(kind.Again)) {
		return nil, nil
	}
	return store(was, kind, subject, what, "finding.raised", detail, now)
}

// Mend makes the changes that keep the receipt of what was done about a finding, and raise it if it was not raised. It tells
// people no more often than Raise.
func Mend(was record.Stored[Finding], kind Kind, subject, what string, receipt any, now time.Time) ([]record.Change, error) {
	return store(was, kind, subject, what, "finding.mended", receipt, now)
}

func store(was record.Stored[Finding], kind Kind, subject, what, entry string, detail any, now time.Time) ([]record.Change, error) {
	now = record.Instant(now)
	f := was.Value
	if !was.There() {
		f = Finding{ID: id(kind, subject), Kind: kind.Name, Subject: subject, FirstAt: now}
	}
	if !now.Before(f.PagedAt.Add(kind.Again)) {
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

// Report stores a finding by itself: see [Raise].
func Report(ctx context.Context, b record.Base, kind Kind, subject, what string, detail any) error {
	return report(ctx, b, Raise, kind, subject, what, detail)
}

// ReportMended stores the receipt of what was done about a finding by itself: see [Mend].
func ReportMended(ctx context.Context, b record.Base, kind Kind, subject, what string, receipt any) error {
	return report(ctx, b, Mend, kind, subject, what, receipt)
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

// Told reports whether people were told of a finding within a day.
func Told(ctx context.Context, s record.Store, kind Kind, subject string, now time.Time) (bool, error) {
	was, err := record.Get[Finding](ctx, s, Key(kind, subject))
	return err == nil && was.There() && now.Before(was.Value.PagedAt.Add(Daily)), err
}
