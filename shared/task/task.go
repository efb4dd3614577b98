package task

import (
	"context"
	"slices"
	"strings"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Key has a partition that only function trigger writes: no other can make a task known.
func Key(t Task) record.Key { return record.AccessKey("known#"+t.String(), "task") }

type Known struct {
	Task      Task      `json:"task"`
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	Source    string    `json:"source"`            // as "aws.backup"
	Account   string    `json:"account,omitempty"` // empty: Curfew's own
	// Unconfirmed: AWS does not document the event.
	Unconfirmed bool `json:"unconfirmed,omitempty"`
}

// EventSource is the sender of an event.
type EventSource struct {
	Source      string
	Account     string // empty: Curfew's own
	Unconfirmed bool
}

// Retention is the TTL after the last event.
const Retention = 30 * 24 * time.Hour

// Parse reverses [Task.String].
func Parse(name string) Task {
	kind, id, _ := strings.Cut(name, "/")
	return Task{Kind: kind, ID: id}
}

// ServesKey marks an elevation for a task. One consistent read of the task's partition finds them all.
func ServesKey(task, id string) record.Key { return record.AccessKey("task#"+task, "serves#"+id) }

type Tasks struct {
	record.Base
	StartsWithin time.Duration // greatest age of a start
}

// Known reports whether t has a start and no end.
func (s Tasks) Known(ctx context.Context, t Task) (bool, error) {
	k, err := s.Get(ctx, t)
	return err == nil && k.isOpen(), err
}

// knownIn ignores undocumented events, and those of another account, whose administrator can cause them.
func (s Tasks) knownIn(ctx context.Context, t Task, account string) (bool, error) {
	k, err := s.Get(ctx, t)
	return err == nil && k.isOpen() && !k.Unconfirmed && (k.Source == ownSource || k.Account == "" || k.Account == account), err
}

// IsKnownTo reports what Known reports for triggers, which list accounts and confirm events, and knownIn for other
// callers.
func (s Tasks) IsKnownTo(ctx context.Context, t Task, c identity.Caller, account string) (bool, error) {
	if strings.HasPrefix(c.ID, identity.TriggerID("")) {
		return s.Known(ctx, t)
	}
	return s.knownIn(ctx, t, account)
}

// AnyKnown takes names from [Task.String].
func (s Tasks) AnyKnown(ctx context.Context, names []string) (bool, error) {
	for some := range slices.Chunk(names, record.ReadAtOnce) {
		var keys []record.Key
		for _, name := range some {
			keys = append(keys, Key(Parse(name)))
		}
		rows, err := s.Store.Read(ctx, keys...)
		if err != nil {
			return false, fault.Wrap(err, "reading %d tasks", len(keys))
		}
		for _, k := range keys {
			if was, err := record.FindRow[Known](rows, k); err != nil || was.Value.isOpen() {
				return err == nil, err
			}
		}
	}
	return false, nil
}

func (s Tasks) Get(ctx context.Context, t Task) (Known, error) {
	known, err := record.Get[Known](ctx, s.Store, Key(t))
	return known.Value, err
}

func (k Known) isOpen() bool { return !k.StartedAt.IsZero() && k.EndedAt.IsZero() }

// ownSource marks custom events, which many senders may send. A service's event replaces a custom one, never the
// reverse: custom events must not affect the task of a service.
const ownSource = "curfew.task"

// replaces: source replaces the stored state. isIgnored: the stored state replaces source.
func (k Known) replaces(source string) bool {
	return k.Source == ownSource && source != ownSource
}

func (k Known) isIgnored(source string) bool {
	return k.Source != "" && k.Source != ownSource && source == ownSource
}

// isOtherAccount reports another account's task with the same id: ignored while the stored task is open, later a new
// task. EventBridge vouches for the account of a sender, and for nothing else.
func (k Known) isOtherAccount(by EventSource) bool {
	return k.Account != "" && by.Account != "" && k.Account != by.Account
}

// ApplyStart applies a start. Ids recur (alarm names): a start after the end is a new run. Events are duplicated and
// reordered: other starts belong to the ended run.
func (k Known) ApplyStart(by EventSource, at time.Time) (next Known, changed bool) {
	fresh := Known{Task: k.Task, StartedAt: at, Source: by.Source, Account: by.Account, Unconfirmed: by.Unconfirmed}
	switch {
	case k.isIgnored(by.Source):
		return k, false
	case k.replaces(by.Source):
		return fresh, true
	case k.isOtherAccount(by):
		return fresh, !k.isOpen()
	}
	if k.isOpen() || !k.EndedAt.IsZero() && !at.After(k.EndedAt) {
		return k, false
	}
	return fresh, true
}

// ApplyEnd applies an end. One before the known start belongs to an earlier run. One without a start is kept, against a
// late start.
func (k Known) ApplyEnd(by EventSource, at time.Time) (next Known, changed bool) {
	fresh := Known{Task: k.Task, EndedAt: at, Source: by.Source, Account: by.Account, Unconfirmed: by.Unconfirmed}
	switch {
	case k.isIgnored(by.Source):
		return k, false
	case k.replaces(by.Source):
		return fresh, true
	case k.isOtherAccount(by):
		return fresh, !k.isOpen()
	}
	if !k.EndedAt.IsZero() && !at.After(k.EndedAt) || at.Before(k.StartedAt) {
		return k, false
	}
	switch {
	case k.StartedAt.IsZero():
		return fresh, true
	case by.Source != k.Source: // only the starting source may
		return k, false
	}
	k.EndedAt = at
	return k, true
}

// Start returns Invalid unless at is [Recent].
func (s Tasks) Start(ctx context.Context, t Task, by EventSource, at time.Time) (err error) {
	defer s.Logged(ctx, "task-started", t.String(), by.Source, &err)
	if err := s.checkReserved(t, by.Source); err != nil {
		return err
	}
	switch s.When(at) {
	case InFuture: // later events would look old
		return fault.Errorf(fault.Invalid, "task %s: %s is in the future", t, at.UTC().Format(time.RFC3339))
	case LongAgo:
		return fault.Errorf(fault.Invalid, "task %s: it started at %s, more than %s ago", t, at.UTC().Format(time.RFC3339), s.StartsWithin)
	}
	_, err = s.observe(ctx, t, func(k Known) (Known, bool) { return k.ApplyStart(by, record.Instant(at)) })
	return err
}

// End reports whether elevations must end.
func (s Tasks) End(ctx context.Context, t Task, by EventSource, at time.Time) (over bool, err error) {
	if err := s.checkReserved(t, by.Source); err != nil {
		return false, err
	}
	if s.When(at) == InFuture { // fast clock: keep the end
		at = s.Now()
	}
	k, err := s.observe(ctx, t, func(k Known) (Known, bool) { return k.ApplyEnd(by, record.Instant(at)) })
	return err == nil && !k.EndedAt.IsZero() && !k.isIgnored(by.Source) && !k.isOtherAccount(by), err
}

// maxClockSkew allows clock skew.
const maxClockSkew = 5 * time.Minute

type When string

// An event that is not recent is a replay or was delayed: its task may have ended unseen.
const (
	Recent   When = "recent"
	LongAgo  When = "long ago"      // over [Tasks.StartsWithin]
	InFuture When = "in the future" // over maxClockSkew
)

// When returns [Recent] for zero: some services omit it.
func (s Tasks) When(at time.Time) When {
	switch now := s.Now(); {
	case at.IsZero():
		return Recent
	case at.After(now.Add(maxClockSkew)):
		return InFuture
	case at.Before(now.Add(-s.StartsWithin)):
		return LongAgo
	}
	return Recent
}

// checkReserved protects the placeholder tasks of schedules.
func (s Tasks) checkReserved(t Task, source string) error {
	if source == ownSource && strings.HasPrefix(t.ID, SchedulePrefix) {
		return fault.Errorf(fault.Invalid, "task %s: ids that begin with schedule/ are reserved", t)
	}
	return nil
}

func (s Tasks) observe(ctx context.Context, t Task, f func(Known) (Known, bool)) (Known, error) {
	t.Known = false
	var known Known
	err := record.UpdateRow(ctx, s.Store, "task "+t.String(), Key(t), func(was record.Stored[Known]) ([]record.Change, error) {
		if known = was.Value; !was.Exists() {
			known = Known{Task: t}
		}
		next, changed := f(known)
		if !changed {
			return nil, nil
		}
		known = next
		put, err := was.Put(next, s.Instant().Add(Retention))
		return []record.Change{put}, err
	})
	return known, err
}

type Task struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	// Known: started, not ended. Others are "unverified" for policies and approvers.
	Known bool `json:"known"`
}

// String is for keys, evidence and lists, as "backup/4f2c".
func (t Task) String() string { return t.Kind + "/" + t.ID }

// SchedulePrefix begins ids of placeholder tasks.
const SchedulePrefix = "schedule/"
