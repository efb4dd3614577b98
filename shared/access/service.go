package access

import (
	"context"
	"time"

	"curfew/shared/directory"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
	"curfew/shared/task"
)

// Service does the talking: its verbs read, ask a transition, store, and then act. All fields must be set.
type Service struct {
	record.Base
	Cloud    Cloud
	Workflow Workflow
	Notifier Notifier
	Decider  Decider
	Settings Settings

	noted *directory.Call // set for one call: see [noting]
}

// Settings are what an installation may choose.
type Settings struct {
	// Name stands before every name that this installation makes in AWS. [a-z0-9-], at most 20 characters.
	Name string
	// Boundaries are the ARNs of the permissions boundaries under which a principal may be granted anything.
	Boundaries []string
	// Operators may end anybody's elevation and read all of them: "group:<name>" or a caller's id.
	Operators []string
	// AttachWithin is how long after granting was stored Grant may still send IAM anything.
	AttachWithin time.Duration
	// SettleAfter is how long after that a call already sent may still take effect. Until it is over "not there" is no
	// proof.
	SettleAfter time.Duration
	// Canary says whether the nets are tried, and on what.
	Canary CanarySettings
	// SurveyEvery is how often all of IAM is read; what is active is looked at on every pass in any case. Zero: on every
	// pass of the sweep, which is for an IAM in memory.
	SurveyEvery time.Duration
	// OpenRequests is how many requests of one caller may wait at a time, whatever sessions they are for. 1 to 1000.
	OpenRequests int
	// ReadyAfter is the allowance for IAM to propagate a grant, before it may be relied upon.
	ReadyAfter time.Duration
	// StartsWithin is how long ago a task may have started for its start to begin anything and to make the task known. A
	// rehearsal, whose events are examples of one day, has it long.
	StartsWithin time.Duration
}

// DefaultSettings are the settings of a deployed installation.
func DefaultSettings() Settings {
	return Settings{
		Name:         "curfew",
		StartsWithin: 24 * time.Hour,
		AttachWithin: 20 * time.Second,
		SettleAfter:  30 * time.Second,
		ReadyAfter:   10 * time.Second,
		SurveyEvery:  15 * time.Minute,
		OpenRequests: 50,
	}
}

// Load reads a life as it stands now. NotFound: there is none of this id.
func (s *Service) Load(ctx context.Context, id string) (Life, error) {
	if !ValidID(id) {
		return Life{}, fault.Errorf(fault.NotFound, "there is no elevation %q", fault.Printable(id))
	}
	rows, err := s.Store.Partition(ctx, record.AccessTable, elevationPartition(id), "")
	if err != nil {
		return Life{}, fault.Wrap(err, "reading elevation %s", id)
	}
	return DecodeLife(id, rows)
}

// LivesPerRead is how many lives one read of the store holds: 100 keys, a record and its terms for each.
const LivesPerRead = record.ReadAtOnce / 2

// LoadAll reads up to [LivesPerRead] lives by the keys of their elevations, without their tokens, in one call. Each has its error:
// what cannot be decoded keeps no other from being read. A life without any row is empty, which is no error.
func (s *Service) LoadAll(ctx context.Context, keys []record.Key) (lives []Life, failed []error, err error) {
	var both []record.Key
	for _, k := range keys {
		both = append(both, ElevationKey(IDOf(k)), TermsKey(IDOf(k)))
	}
	rows, err := s.Store.Read(ctx, both...)
	if err != nil {
		return nil, nil, fault.Wrap(err, "reading %d elevations", len(keys))
	}
	lives, failed = make([]Life, len(keys)), make([]error, len(keys))
	for i, k := range keys {
		if of := lifeRows(rows, IDOf(k)); len(of) > 0 {
			lives[i], failed[i] = DecodeLife(IDOf(k), of)
		}
	}
	return lives, failed, nil
}

// Tasks are what is known of tasks.
func (s *Service) Tasks() task.Tasks {
	return task.Tasks{Base: s.Base, StartsWithin: s.Settings.StartsWithin}
}

// Amendment is what a verb makes of a life.
type Amendment struct {
	Next  Elevation
	entry evidence.Entry
	extra []record.Change
	None  bool // nothing to change: the life is already as it should be
}

// Amend reads a life, lets f decide on what was read, and swaps the outcome in with its evidence, in one transaction. A
// rival's change makes it begin anew, with every rule asked again.
func (s *Service) Amend(ctx context.Context, id string, f func(Life) (Amendment, error)) (Life, error) {
	l, err := s.Load(ctx, id)
	if err != nil {
		return l, err
	}
	return s.AmendFrom(ctx, l, f)
}

// AmendFrom is [Service.Amend] of a life that was just read: the conditional write fails if it changed meanwhile, and f is asked
// again.
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

// Restored is a record that is older than its evidence.
var Restored = finding.Kind{Name: "restored", Again: finding.Daily}

// lives reads and writes what is stored of elevations.
type lives struct{ *Service }

// readAgain reads a life after a conflict. If no rival changed it, what is in the way is not the elevation but its evidence.
func (s lives) readAgain(ctx context.Context, l Life) (Life, error) {
	was := l.Elevation.Version
	l, err := s.Load(ctx, l.Elevation.ID)
	if err == nil && l.Elevation.Version == was {
		return s.rejoin(ctx, l)
	}
	return l, err
}

// rejoin brings an elevation up to its evidence. After the table of elevations was restored to an earlier day, and the
// table of evidence was not, the chain is longer than the elevation knows, and nothing could be appended any more: it is
// followed on from where it is, and that it was so is evidence and a finding.
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
	if fault.KindOf(err) == fault.Conflict { // a rival did it
		return s.Load(ctx, l.Elevation.ID)
	}
	if err != nil {
		return l, err
	}
	l.Elevation = next
	return l, finding.Report(ctx, s.Base, Restored, next.ID, "its record is older than its evidence: was the table restored?", nil)
}

// timeline is the elevation's evidence in order. A record that cannot be read is in it with nothing but its text: its proof
// says that it is broken, and the rest can still be shown.
func (s lives) timeline(ctx context.Context, id string) ([]evidence.Record, error) {
	rows, err := s.Store.Partition(ctx, record.AuditTable, evidence.ElevationChain(id), "")
	if err != nil {
		return nil, fault.Wrap(err, "reading the evidence of %s", id)
	}
	var out []evidence.Record
	for _, row := range rows {
		out = append(out, evidence.Keep(row.Body))
	}
	return out, nil
}

// swap makes the changes that store an amendment of an elevation with its evidence, and the elevation as it then is.
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

// swap stores an amendment of prev with its evidence, in one transaction.
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

// withEvidence appends the entry to the elevation's chain. An entry without a kind is none: a heartbeat is not evidence.
func withEvidence(e Elevation, entry evidence.Entry) ([]record.Change, Elevation, error) {
	if entry.Kind == "" {
		return nil, e, nil
	}
	proof, err := record.Append(evidence.ElevationChain(e.ID), &e.Evidence, entry)
	return []record.Change{proof}, e, err
}
