package finding

import (
	"cmp"
	"context"
	"crypto/sha256"
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/record"
)

// Raise returns changes that store an occurrence and page people. It returns none for events that the finding knows:
// a repetition neither counts nor opens it again. Without events it returns none while the finding is open and
// [Kind.PageInterval] has not passed. was has the rows of its [Key].
func Raise(was Stored, kind Kind, o Occurrence, now time.Time) ([]record.Change, error) {
	if !was.Exists() {
		return store(was, kind, o, "finding.raised", now)
	}
	f, open := was.Value, was.State() != Closed
	switch {
	case len(o.Events) == 0:
		if open && !was.pages(kind, o, now) && now.Before(f.LastAt.Add(kind.PageInterval)) {
			return nil, nil
		}
	case len(was.newEvents(o)) == 0:
		return nil, nil
	case open && len(f.Known) >= mostKnown*hashSize && now.Before(f.LastAt.Add(stormEvery)):
		return nil, nil
	}
	return store(was, kind, o, "finding.raised", now)
}

// RecordRemedy records what was done about a finding, which may be new. It pages no more often than Raise.
func RecordRemedy(was Stored, kind Kind, o Occurrence, now time.Time) ([]record.Change, error) {
	return store(was, kind, o, "finding.mended", now)
}

// acknowledgedInterval is the shortest time between pages of an acknowledged finding, so that people do not forget it.
const acknowledgedInterval = 7 * Daily

func (was Stored) pages(kind Kind, o Occurrence, now time.Time) bool {
	if kind.Settled {
		return false
	}
	every := kind.PageInterval
	switch was.State() {
	case Closed:
		return true
	case Acknowledged:
		if was.isNew(kind, o) {
			return true
		}
		every = max(every, acknowledgedInterval)
	}
	return !now.Before(was.Value.PagedAt.Add(every))
}

// isNew reports whether an occurrence is not what was acknowledged: it is graver, or its kind of event is new. The number
// of kinds is limited, so a storm pages at most as often.
func (was Stored) isNew(kind Kind, o Occurrence) bool {
	f := was.Value
	graver := slices.Index(Severities(), kind.Severity) > slices.Index(Severities(), f.Severity)
	return graver || o.Form != "" && len(f.Forms) < mostForms && !slices.Contains(f.Forms, o.Form)
}

const hashSize = 8

// knows reports whether an event made the finding before.
func (f Finding) knows(event string) bool {
	h := hashOf(event)
	for i := 0; i+hashSize <= len(f.Known); i += hashSize {
		if [hashSize]byte(f.Known[i:]) == h {
			return true
		}
	}
	return false
}

func hashOf(event string) [hashSize]byte {
	sum := sha256.Sum256([]byte(event))
	return [hashSize]byte(sum[:])
}

// newEvents are those of an occurrence that did not make the finding before.
func (was Stored) newEvents(o Occurrence) []string {
	return slices.DeleteFunc(slices.Clone(o.Events), was.Value.knows)
}

func store(was Stored, kind Kind, o Occurrence, entry string, now time.Time) ([]record.Change, error) {
	now = record.Instant(now)
	f, events := was.Value, was.newEvents(o)
	if !was.Exists() {
		f = Finding{ID: id(kind, o.Subject), Kind: kind.Name, Subject: o.Subject, FirstAt: now}
	}
	f.Settled = kind.Settled
	state := was.State()
	switch {
	case kind.Settled:
		state = Closed
	case state == Closed:
		state = Open
	}
	if was.pages(kind, o, now) {
		f.PagedAt = now
	}
	f.Severity, f.Why, f.Do, f.What = kind.Severity, kind.Why, kind.Do, o.What
	f.Elevation, f.Principal = cmp.Or(o.Elevation, f.Elevation), cmp.Or(o.Principal, f.Principal)
	f.Account = cmp.Or(o.Account, accountOf(f.Principal), f.Account)
	if o.Form != "" && len(f.Forms) < mostForms && !slices.Contains(f.Forms, o.Form) {
		f.Forms = append(slices.Clone(f.Forms), o.Form)
	}
	f.Events = append(slices.Clone(f.Events), events[:min(len(events), mostEvents-len(f.Events))]...)
	f.EventCount += int64(len(events))
	f.Known = slices.Clone(f.Known)
	for _, id := range events[:min(len(events), mostKnown-len(f.Known)/hashSize)] {
		h := hashOf(id)
		f.Known = append(f.Known, h[:]...)
	}
	f.Count, f.LastAt, f.Version = f.Count+1, now, was.Row.Version+1
	detail := map[string]any{"what": o.What, "subject": o.Subject, "detail": o.Detail}
	maps.Copy(detail, was.Value.changes(f))
	if len(events) > 0 {
		detail["events"], detail["event_count"] = events[:min(len(events), mostEvents)], len(events)
	}
	proof, err := record.Append(was.Row.Key.Partition, &f.Evidence, evidence.Entry{At: now, Kind: entry, Actor: "curfew", Detail: detail})
	if err != nil {
		return nil, err
	}
	put, err := was.put(f, state)
	return []record.Change{put, proof}, err
}

// changes returns what a reader of the evidence alone does not know from the records before.
func (f Finding) changes(next Finding) map[string]any {
	all := map[string]any{}
	for name, c := range map[string][2]string{
		"kind": {f.Kind, next.Kind}, "severity": {string(f.Severity), string(next.Severity)},
		"elevation": {f.Elevation, next.Elevation}, "principal": {f.Principal, next.Principal}, "account": {f.Account, next.Account},
	} {
		if c[0] != c[1] {
			all[name] = c[1]
		}
	}
	if f.Settled != next.Settled {
		all["settled"] = next.Settled
	}
	return all
}

func accountOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}

// Report is [Raise] in its own transaction.
func Report(ctx context.Context, b record.Base, kind Kind, o Occurrence) error {
	return report(ctx, b, Raise, kind, o)
}

// ReportRemedy is [RecordRemedy] in its own transaction.
func ReportRemedy(ctx context.Context, b record.Base, kind Kind, o Occurrence) error {
	return report(ctx, b, RecordRemedy, kind, o)
}

type maker func(was Stored, kind Kind, o Occurrence, now time.Time) ([]record.Change, error)

func report(ctx context.Context, b record.Base, changes maker, kind Kind, o Occurrence) error {
	stored := false
	err := UpdateRow(ctx, b.Store, id(kind, o.Subject), func(was Stored) ([]record.Change, error) {
		all, err := changes(was, kind, o, b.Now())
		stored = len(all) > 0
		return all, err
	})
	if err == nil && stored {
		b.Log.WarnContext(ctx, "finding", "kind", kind.Name, "severity", string(kind.Severity), "subject", o.Subject, "what", o.What)
	}
	return err
}

// SeenWithinDay reports whether the finding occurred within a day.
func SeenWithinDay(ctx context.Context, s record.Store, kind Kind, subject string, now time.Time) (bool, error) {
	was, err := record.Get[Finding](ctx, s, Key(kind, subject))
	return err == nil && was.Exists() && now.Before(was.Value.LastAt.Add(Daily)), err
}
