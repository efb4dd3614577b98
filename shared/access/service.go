package access

import (
	"context"
	"errors"
	"slices"
	"time"

	"curfew/shared/difference"
	"curfew/shared/directory"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
	"curfew/shared/registry"
	"curfew/shared/task"
)

// Service holds the ports. Its verbs return NotFound also for elevations that the caller may not see.
type Service struct {
	record.Base
	Cloud    Cloud
	Workflow Workflow
	Notifier Notifier
	Decider  Decider
	Settings Settings
	// Catalogs is nil where no catalog is packed.
	Catalogs Catalogs
	// Governed keeps the registry of accounts for a minute; nil: each call reads it.
	Governed *registry.Cache

	// For one call: see [noting] and [Submission.places].
	noted    *directory.Call
	ahead    *record.Ahead
	compared *compared // see [comparing]
	enders   []string  // more callers who may end: see [ForCall]
}

// compared keeps a difference during one call.
type compared struct {
	done bool
	risk int
	difference.Difference
}

// Settings configure an installation.
type Settings struct {
	// Name begins every AWS name: [a-z0-9-], at most 20 characters.
	Name string
	// Boundaries are ARNs of accepted permissions boundaries. The account * is that of the principal.
	Boundaries []string
	// Home is Curfew's own account; empty: not known. Nothing is granted in it.
	Home string
	// Operators see and end all elevations: "group:<name>" or caller ids.
	Operators []string
	// Console is the base of links to the console, with https; empty: messages have commands instead.
	Console string
	// AttachWithin limits the time from granting to attach.
	AttachWithin time.Duration
	// SettleAfter is how long IAM may take to apply a call. Until then absence is no proof.
	SettleAfter time.Duration
	Canary      CanarySettings
	// SurveyEvery is how often the sweep reads all of an account's IAM; zero: always. It reads active grants on every pass.
	SurveyEvery time.Duration
	// SweepAtOnce limits the accounts that the sweep reads at once. Each needs one connection to IAM.
	SweepAtOnce int
	// OpenRequests limits a caller's waiting requests: 1 to 1000.
	OpenRequests int
	// GroupsFor is how long the groups of an approver count: as long as their token may live.
	GroupsFor time.Duration
	// ReadyAfter allows for IAM propagation.
	ReadyAfter time.Duration
	// StartsWithin is the maximum age of a task's start. Rehearsals use old events and set it long.
	StartsWithin time.Duration
	// QuarantineForeign lets Contain deny a principal that others changed. The newest catalog says so.
	QuarantineForeign bool
}

// DefaultSettings are those of a deployment.
func DefaultSettings() Settings {
	return Settings{
		Name:         "curfew",
		StartsWithin: 24 * time.Hour,
		AttachWithin: 20 * time.Second,
		SettleAfter:  30 * time.Second,
		ReadyAfter:   10 * time.Second,
		SurveyEvery:  15 * time.Minute,
		SweepAtOnce:  256,
		OpenRequests: 50,
		GroupsFor:    12 * time.Hour,
	}
}

// ForCall returns a service for one call of a caller. The powers of operators come from the settings and the catalog in
// force. Operators of the newest catalog may end too, because ending must depend on no signature.
func ForCall(ctx context.Context, s *Service) *Service {
	if s.Catalogs == nil {
		return s
	}
	one := *s
	one.enders, one.Settings.Operators = s.Settings.Operators, s.Catalogs.Operators(ctx)
	return &one
}

// Load reads a life. NotFound: none.
func (s *Service) Load(ctx context.Context, id string) (Life, error) {
	if !ValidID(id) {
		return Life{}, fault.Errorf(fault.NotFound, "there is no elevation %q", fault.Printable(id))
	}
	rows, err := s.Store.Partition(ctx, record.AccessTable, elevationPartition(id), "")
	if err != nil {
		return Life{}, fault.Wrap(err, "reading elevation %s", id)
	}
	rows = slices.DeleteFunc(slices.Clone(rows), expiredAt(s.Now()))
	return DecodeLife(id, rows)
}

// expiredAt matches rows to hide: TTL removes the rows of an elevation in any order, within days.
func expiredAt(now time.Time) func(record.Row) bool {
	return func(r record.Row) bool { return !r.Expires.IsZero() && !now.Before(r.Expires) }
}

// LivesPerRead: each has two keys.
const LivesPerRead = record.ReadAtOnce / 2

// LoadAll reads up to [LivesPerRead] lives in one call, without tokens. failed has decoding errors; a missing life is
// empty.
func (s *Service) LoadAll(ctx context.Context, keys []record.Key) (lives []Life, failed []error, err error) {
	var both []record.Key
	for _, k := range keys {
		both = append(both, ElevationKey(IDOf(k)), TermsKey(IDOf(k)))
	}
	rows, err := s.Store.Read(ctx, both...)
	_, damaged := errors.AsType[*record.DamagedError](err)
	if err != nil && !damaged {
		return nil, nil, fault.Wrap(err, "reading %d elevations", len(keys))
	}
	lives, failed = make([]Life, len(keys)), make([]error, len(keys))
	for i, k := range keys {
		of := lifeRows(rows, IDOf(k))
		if damaged && len(of) < 2 { // the error names one row, and rows lacks all that are damaged
			failed[i] = fault.Wrap(err, "reading elevation %s", IDOf(k))
		} else if of = slices.DeleteFunc(of, expiredAt(s.Now())); len(of) > 0 {
			lives[i], failed[i] = DecodeLife(IDOf(k), of)
		}
	}
	return lives, failed, nil
}

func (s *Service) Tasks() task.Tasks {
	return task.Tasks{Base: s.Base, StartsWithin: s.Settings.StartsWithin}
}

// Amendment is a change of a life.
type Amendment struct {
	Next  Elevation
	entry evidence.Entry
	extra []record.Change
	None  bool
}

// Amend reads a life, calls f and stores its change with evidence in one transaction. After a conflict it repeats all.
func (s *Service) Amend(ctx context.Context, id string, f func(Life) (Amendment, error)) (Life, error) {
	l, err := s.Load(ctx, id)
	if err != nil {
		return l, err
	}
	return s.AmendFrom(ctx, l, f)
}

// AmendFrom is [Service.Amend] of a life already read.
func (s *Service) AmendFrom(ctx context.Context, l Life, f func(Life) (Amendment, error)) (Life, error) {
	again := false
	read := func(ctx context.Context) (Life, error) {
		if !again {
			again = true
			return l, nil
		}
		return lives{s}.readAgain(ctx, l)
	}
	var next *Elevation
	err := record.Update(ctx, s.Store, "elevation "+l.Elevation.ID, read, func(now Life) ([]record.Change, error) {
		l, next = now, nil
		a, err := f(l)
		if err != nil || a.None {
			return nil, err
		}
		changes, stored, err := l.Elevation.swap(a)
		next = &stored
		return changes, err
	})
	if err == nil && next != nil {
		l.Elevation = *next
	}
	return l, err
}

// Restored is a record older than its evidence.
var Restored = finding.Kind{
	Name: "restored", PageInterval: finding.Daily, Severity: finding.High,
	Why: "records may be lost", Do: "find out who restored the table, and compare the elevations since then with IAM",
}

type lives struct{ *Service }

// readAgain: if the version is unchanged, the conflict is in the evidence.
func (s lives) readAgain(ctx context.Context, l Life) (Life, error) {
	was := l.Elevation.Version
	l, err := s.Load(ctx, l.Elevation.ID)
	if err == nil && l.Elevation.Version == was {
		return s.rejoin(ctx, l)
	}
	return l, err
}

// rejoin moves an elevation to the end of its chain after a restore of its table only. It adds evidence and a finding.
func (s lives) rejoin(ctx context.Context, l Life) (Life, error) {
	records, err := s.timeline(ctx, l.Elevation.ID)
	if err != nil || len(records) == 0 {
		return l, err
	}
	last := records[len(records)-1]
	if last.Seq <= l.Elevation.Evidence.Seq {
		return l, nil
	}
	knew := l.Elevation.Evidence
	next := l.Elevation
	next.Evidence = evidence.Head{Seq: last.Seq, Hash: last.Hash}
	next, err = s.swap(ctx, l.Elevation, Amendment{Next: next, entry: evidence.Entry{
		At: s.Instant(), Kind: "elevation.restored", Actor: "curfew", Detail: map[string]any{"knew": knew, "state": next.State},
	}})
	if fault.KindOf(err) == fault.Conflict {
		return s.Load(ctx, l.Elevation.ID)
	}
	if err != nil {
		return l, err
	}
	l.Elevation = next
	return l, finding.Report(ctx, s.Base, Restored, l.Found("its record is older than its evidence: was the table restored?"))
}

// timeline keeps an unreadable record as text: the rest can be shown.
func (s lives) timeline(ctx context.Context, id string) ([]evidence.Record, error) {
	rows, err := s.Store.Partition(ctx, record.AuditTable, evidence.ElevationChain(id), "")
	if err != nil {
		return nil, fault.Wrap(err, "reading the evidence of %s", id)
	}
	var out []evidence.Record
	for _, row := range rows {
		out = append(out, evidence.DecodeLenient(row.Body))
	}
	return out, nil
}

func (e Elevation) swap(a Amendment) ([]record.Change, Elevation, error) {
	next := a.Next
	next.Version = e.Version + 1
	changes, next, err := withEvidence(next, a.entry)
	if err != nil {
		return nil, e, err
	}
	row, err := elevationRow(next)
	if err != nil {
		return nil, e, err
	}
	swap := record.Change{If: record.Unchanged, Version: e.Version, Row: row}
	if e.Version == 0 {
		swap.If = record.Absent
	}
	return append(append(changes, swap), a.extra...), next, nil
}

func (s lives) swap(ctx context.Context, prev Elevation, a Amendment) (Elevation, error) {
	changes, next, err := prev.swap(a)
	if err == nil {
		err = fault.Wrap(s.Store.Write(ctx, changes...), "storing %s of elevation %s", a.entry.Kind, next.ID)
	}
	if err != nil {
		return prev, err
	}
	return next, nil
}

// withEvidence skips entries without a kind: heartbeats.
func withEvidence(e Elevation, entry evidence.Entry) ([]record.Change, Elevation, error) {
	if entry.Kind == "" {
		return nil, e, nil
	}
	proof, err := record.Append(evidence.ElevationChain(e.ID), &e.Evidence, entry)
	return []record.Change{proof}, e, err
}
