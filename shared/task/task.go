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

// Key is where what is known of a task lies.
func Key(t Task) record.Key { return record.AccessKey("task#"+t.String(), "task") }

// Known is a task whose start was seen on the bus.
type Known struct {
	Task      Task      `json:"task"`
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	Source    string    `json:"source"`            // what told of it, as "aws.backup"
	Account   string    `json:"account,omitempty"` // in which; empty: ours
	// Unconfirmed: the shape of what told of it was not read in AWS's own text.
	Unconfirmed bool `json:"unconfirmed,omitempty"`
}

// Teller is what tells of a task: a service of AWS in an account, or whoever may send events of his own.
type Teller struct {
	Source      string
	Account     string // empty: ours
	Unconfirmed bool
}

// Kept is how long a task is remembered after it was last heard of.
const Kept = 30 * 24 * time.Hour

// Parse gives the task that [Task.String] named.
func Parse(name string) Task {
	kind, id, _ := strings.Cut(name, "/")
	return Task{Kind: kind, ID: id}
}

// ServesKey marks an elevation as serving a task. It lies in the task's partition, so that whoever ends the task reads,
// consistently, all that serve it.
func ServesKey(task, id string) record.Key { return record.AccessKey("task#"+task, "serves#"+id) }

// Tasks keeps what was told of tasks.
type Tasks struct {
	record.Base
	StartsWithin time.Duration // how long ago a task may have started that is told of now
}

// Known reports whether the task's start was seen and its end was not.
func (s Tasks) Known(ctx context.Context, t Task) (bool, error) {
	k, err := s.Told(ctx, t)
	return err == nil && k.open(), err
}

// knownIn is known to whoever asks for access in an account. Whoever administers another account can have a service tell of
// a task there, and it proves nothing here; nor does an event whose shape may not be what we take it for.
func (s Tasks) knownIn(ctx context.Context, t Task, account string) (bool, error) {
	k, err := s.Told(ctx, t)
	return err == nil && k.open() && !k.Unconfirmed && (k.Source == ownSource || k.Account == "" || k.Account == account), err
}

// KnownTo is known to a trigger, which says itself whose events count and has had them confirmed; and knownIn to whoever asks.
func (s Tasks) KnownTo(ctx context.Context, t Task, c identity.Caller, account string) (bool, error) {
	if strings.HasPrefix(c.ID, identity.TriggerID("")) {
		return s.Known(ctx, t)
	}
	return s.knownIn(ctx, t, account)
}

// AnyKnown reports whether one of the tasks of these names, as [Task.String] gives them, is known.
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
			if was, err := record.Among[Known](rows, k); err != nil || was.Value.open() {
				return err == nil, err
			}
		}
	}
	return false, nil
}

// Told is what was told of a task; the zero value if nothing was.
func (s Tasks) Told(ctx context.Context, t Task) (Known, error) {
	known, err := record.Get[Known](ctx, s.Store, Key(t))
	return known.Value, err
}

func (k Known) open() bool { return !k.StartedAt.IsZero() && k.EndedAt.IsZero() }

// ownSource is the source of events that anybody may send whom the bus of tasks names. What a service of AWS tells of a task
// takes its place, and never the reverse: whoever may send one must not be able to speak for a backup job or an alarm.
const ownSource = "curfew.task"

// outranks reports whether source replaces whatever is known; outranked, that it is not listened to.
func (k Known) outranks(source string) bool {
	return k.Source == ownSource && source != ownSource
}

func (k Known) outranked(source string) bool {
	return k.Source != "" && k.Source != ownSource && source == ownSource
}

// elsewhere reports whether it is another account's task of the same id: as long as that is under way it is left alone, and
// then forgotten. Whoever may send events of his own may do so from several accounts.
func (k Known) elsewhere(by Teller) bool {
	return by.Source != ownSource && k.Account != "" && by.Account != "" && k.Account != by.Account
}

// Started is a task whose start was told. An id may come again, as an alarm's name does: a start after the last end opens
// it anew. Events come doubled and out of order: a start no later than the end is the one that ended.
func (k Known) Started(by Teller, at time.Time) (next Known, changed bool) {
	fresh := Known{Task: k.Task, StartedAt: at, Source: by.Source, Account: by.Account, Unconfirmed: by.Unconfirmed}
	switch {
	case k.outranked(by.Source):
		return k, false
	case k.outranks(by.Source):
		return fresh, true
	case k.elsewhere(by):
		return fresh, !k.open()
	}
	if k.open() || !k.EndedAt.IsZero() && !at.After(k.EndedAt) {
		return k, false
	}
	return fresh, true
}

// Ended is a task whose end was told. An end before the start that is known is an earlier one's, told late; one without a
// start is kept, so that the late start does not open it.
func (k Known) Ended(by Teller, at time.Time) (next Known, changed bool) {
	fresh := Known{Task: k.Task, EndedAt: at, Source: by.Source, Account: by.Account, Unconfirmed: by.Unconfirmed}
	switch {
	case k.outranked(by.Source):
		return k, false
	case k.outranks(by.Source):
		return fresh, true
	case k.elsewhere(by):
		return fresh, !k.open()
	}
	if !k.EndedAt.IsZero() && !at.After(k.EndedAt) || at.Before(k.StartedAt) {
		return k, false
	}
	switch {
	case k.StartedAt.IsZero():
		return fresh, true
	case by.Source != k.Source: // nobody ends what another started
		return k, false
	}
	k.EndedAt = at
	return k, true
}

// Start makes a task known. Invalid: the instant is not one of today's, see [Tasks.When].
func (s Tasks) Start(ctx context.Context, t Task, by Teller, at time.Time) (err error) {
	defer s.Logged(ctx, "task-started", t.String(), by.Source, &err)
	if err := s.mayTell(t, by.Source); err != nil {
		return err
	}
	switch s.When(at) {
	case InFuture: // whatever is told later would be taken for older
		return fault.Errorf(fault.Invalid, "task %s: %s has not come yet", t, at.UTC().Format(time.RFC3339))
	case LongAgo:
		return fault.Errorf(fault.Invalid, "task %s: it started at %s, more than %s ago", t, at.UTC().Format(time.RFC3339), s.StartsWithin)
	}
	_, err = s.observe(ctx, t, func(k Known) (Known, bool) { return k.Started(by, record.Instant(at)) })
	return err
}

// End marks a task as over. It reports whether the end was that of the task that is known, and what served it has to end.
func (s Tasks) End(ctx context.Context, t Task, by Teller, at time.Time) (over bool, err error) {
	if err := s.mayTell(t, by.Source); err != nil {
		return false, err
	}
	if s.When(at) == InFuture { // an end is not lost because its clock is fast
		at = s.Now()
	}
	k, err := s.observe(ctx, t, func(k Known) (Known, bool) { return k.Ended(by, record.Instant(at)) })
	return err == nil && !k.EndedAt.IsZero() && !k.outranked(by.Source) && !k.elsewhere(by), err
}

// aheadBy is how far the instant of an event may be ahead of our clock.
const aheadBy = 5 * time.Minute

// When says where the start of a task lies.
type When string

// Only a start that is recent begins anything and makes a task known. What started long ago may have ended while no event
// of it was kept; an event that comes so late is a replay, or was held back.
const (
	Recent   When = "recent"
	LongAgo  When = "long ago"      // longer than the settings allow
	InFuture When = "in the future" // it has not come yet, by more than two clocks may differ
)

// When says where the start of a task lies. The zero instant is one that a service does not tell: recent.
func (s Tasks) When(at time.Time) When {
	switch now := s.Now(); {
	case at.IsZero():
		return Recent
	case at.After(now.Add(aheadBy)):
		return InFuture
	case at.Before(now.Add(-s.StartsWithin)):
		return LongAgo
	}
	return Recent
}

// mayTell refuses to have a sender of tasks speak for the task that holds a trigger's place ahead of its window.
func (s Tasks) mayTell(t Task, source string) error {
	if source == ownSource && strings.HasPrefix(t.ID, SchedulePrefix) {
		return fault.Errorf(fault.Invalid, "task %s: this is what a schedule's own task is called", t)
	}
	return nil
}

// observe stores what was told of a task, and gives what is known of it then.
func (s Tasks) observe(ctx context.Context, t Task, f func(Known) (Known, bool)) (Known, error) {
	t.Known = false
	var known Known
	err := record.UpdateRow(ctx, s.Store, "task "+t.String(), Key(t), func(was record.Stored[Known]) ([]record.Change, error) {
		if known = was.Value; !was.There() {
			known = Known{Task: t}
		}
		next, changed := f(known)
		if !changed {
			return nil, nil
		}
		known = next
		put, err := was.Put(next, s.Instant().Add(Kept))
		return []record.Change{put}, err
	})
	return known, err
}

// Task is why an elevation is asked for.
type Task struct {
	Kind string `json:"kind"` // one of [Kinds]
	ID   string `json:"id"`
	// Known: its start was seen and its end was not. Anything else is "unverified" to policy and approver.
	Known bool `json:"known"`
}

// String is the task's kind and id, as "backup/4f2c": their form in keys, evidence and lists.
func (t Task) String() string { return t.Kind + "/" + t.ID }

// SchedulePrefix is what the id of a task begins with that holds a trigger's place ahead of its window.
const SchedulePrefix = "schedule/"
