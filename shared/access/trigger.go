package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/task"
	triggers "curfew/shared/trigger"
)

func triggerCaller(name string) identity.Caller {
	return identity.Caller{ID: identity.TriggerID(name), Kind: identity.Machine, Name: name}
}

// maxTasks limits joins: each reads the rows of all.
const maxTasks = 10_000

// roomWithin is how long after its start a task waits for room. The queue gives an event up after 13.5 minutes.
const roomWithin = 12 * time.Minute

// joinLeft is the time that must be left to join.
const joinLeft = time.Minute

// run identifies a run of a task: ids repeat.
type run struct {
	StartedAt time.Time `json:"started_at"`
	Elevation string    `json:"elevation"`
}

// shareKey holds the elevation that tasks of one trigger share.
func shareKey(trigger string, r Request) record.Key {
	b, err := json.Marshal([]any{r.Entitlement, r.Session, r.Parameters})
	if err != nil { // cannot fail
		b = nil
	}
	sum := sha256.Sum256(b)
	return record.AccessKey("share#"+r.Principal, trigger+"#"+hex.EncodeToString(sum[:8]))
}

// Triggers begins and ends elevations for events, without a caller.
type Triggers struct{ *Service }

// Begin starts an elevation for a task, or joins it to an open one: twenty jobs on one role share a grant that ends
// with the last. The caller must have confirmed and stored the task's start ([task.Tasks.Start]): no other access comes
// without a request.
//
// It is idempotent for one run. Denied: evidence is stored. Transient: also that the principal has no room yet.
func (s Triggers) Begin(ctx context.Context, by triggers.Request) (elevation string, begun triggers.StartOutcome, err error) {
	trigger := by.Trigger
	defer func() {
		s.Logged(ctx, "begin", elevation, identity.TriggerID(trigger), &err, "task", by.Task.String(), "begun", string(begun))
	}()
	r := Request{
		Entitlement: by.Entitlement, Principal: by.Principal, Session: by.Session, Task: by.Task, Reason: by.Reason,
		Duration: by.Duration, Parameters: by.Parameters,
	}
	if err := r.Check(s.Instant()); err != nil {
		return "", "", err
	}
	err = record.Retry(ctx, "the shared elevation of trigger "+trigger, func() error {
		k, done, err := starting(s).runOf(ctx, trigger, r.Task)
		switch {
		case err != nil:
			return err
		case k.StartedAt.IsZero() || !k.EndedAt.IsZero():
			begun = triggers.TooLate
		case done.Value.StartedAt.Equal(k.StartedAt):
			elevation, begun = done.Value.Elevation, triggers.Repeated
		case s.Tasks().When(k.StartedAt) != task.Recent:
			begun = triggers.TooLate
		default:
			var e Elevation
			e, begun, err = starting(s).begin(ctx, trigger, r, k, done)
			elevation = e.ID
		}
		return err
	})
	return elevation, begun, err
}

type starting struct{ *Service }

func (s starting) runOf(ctx context.Context, trigger string, t task.Task) (k task.Known, r record.Stored[run], err error) {
	rows, err := s.Store.Read(ctx, task.Key(t), runKey(trigger, t))
	if err != nil {
		return k, r, fault.Wrap(err, "reading task %s", t)
	}
	known, err := record.FindRow[task.Known](rows, task.Key(t))
	if err != nil {
		return k, r, err
	}
	r, err = record.FindRow[run](rows, runKey(trigger, t))
	return known.Value, r, err
}

func (s starting) serving(k task.Known, was record.Stored[run], id string) (record.Change, error) {
	return was.Put(run{k.StartedAt, id}, s.Instant().Add(task.Retention))
}

func (s starting) begin(ctx context.Context, trigger string, r Request, k task.Known, done record.Stored[run]) (Elevation, triggers.StartOutcome, error) {
	key := shareKey(trigger, r)
	rows, err := s.Store.Read(ctx, key)
	if err != nil {
		return Elevation{}, "", fault.Wrap(err, "reading what %s shares", trigger)
	}
	share, err := record.FindRow[pending](rows, key)
	if err != nil {
		return Elevation{}, "", err
	}
	if share.Exists() {
		l, err := s.Load(ctx, share.Value.Elevation)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return Elevation{}, "", err
		}
		if err == nil && l.shares(s.Now()) {
			return s.join(ctx, trigger, l, r.Task, k, done)
		}
	}
	r.waits = s.Now().Before(k.StartedAt.Add(roomWithin))
	t, e, err := Submission(s).submit(ctx, triggerCaller(trigger), r, func(t Terms) ([]record.Change, error) {
		served, err := s.serving(k, done, t.ID)
		if err != nil {
			return nil, err
		}
		put, err := share.Put(pending{Elevation: t.ID}, t.LatestEnd.Add(time.Hour))
		return []record.Change{served, put}, err
	})
	if err != nil {
		return e, "", err
	}
	e.ID = t.ID
	return e, triggers.Began, nil
}

// shares excludes elevations with approvers: they saw one task.
func (l Life) shares(now time.Time) bool {
	e := l.Elevation
	if l.Terms.Approval.Need > 0 {
		return false
	}
	switch e.State {
	case Requested, Approved:
		return len(e.Tasks) < maxTasks && now.Add(joinLeft).Before(l.Terms.LatestEnd)
	case Granting, Active:
		return len(e.Tasks) < maxTasks && now.Add(joinLeft).Before(e.Deadline)
	}
	return false
}

// join keeps the deadline and asks policy for the task. The task's mark is in the same transaction, so its end finds
// the elevation.
func (s starting) join(ctx context.Context, trigger string, l Life, t task.Task, k task.Known, done record.Stored[run]) (Elevation, triggers.StartOutcome, error) {
	if err := s.mayJoin(ctx, trigger, l.Terms, t); err != nil {
		return l.Elevation, "", refusals(s).refused(ctx, triggerCaller(trigger), "begin", l.Terms.ID, err)
	}
	ahead := triggers.PlaceholderPrefix(trigger)
	l, err := s.AmendFrom(ctx, l, func(l Life) (Amendment, error) {
		next := l.Elevation
		if !l.shares(s.Now()) {
			return Amendment{}, fault.Errorf(fault.Conflict, "elevation %s is %s", next.ID, next.State)
		}
		// The task replaces the placeholder from before the window.
		next.SettlesAt = time.Time{}
		served, err := s.serving(k, done, next.ID)
		if err != nil {
			return Amendment{}, err
		}
		extra := []record.Change{served}
		for _, n := range next.Tasks {
			if strings.Contains(n, "/"+ahead) && n != t.String() {
				next, extra = l.drops(next, n, extra)
			}
		}
		if next, extra, err = l.serves(next, t.String(), extra); err != nil {
			return Amendment{}, err
		}
		serves, err := record.Encode(task.ServesKey(t.String(), next.ID), 1, pending{Elevation: next.ID})
		serves.Expires = l.Terms.LatestEnd.Add(task.Retention)
		return Amendment{Next: next, extra: append(extra, record.Change{If: record.Always, Row: serves}), entry: evidence.Entry{
			At: s.Instant(), Kind: "elevation.joined", Actor: identity.TriggerID(trigger), Detail: map[string]any{"task": t.String()},
		}}, err
	})
	if err != nil {
		return l.Elevation, "", err
	}
	// The task may have ended before its mark was stored.
	if known, err := s.Tasks().Known(ctx, t); err != nil || !known {
		if err == nil {
			err = Ender(s).taskOver(ctx, l.Terms.ID, t, identity.TriggerID(trigger), "")
		}
		return l.Elevation, triggers.Joined, err
	}
	return l.Elevation, triggers.Joined, nil
}

func (s starting) mayJoin(ctx context.Context, trigger string, terms Terms, t task.Task) error {
	newest, err := s.Decider.Entitlement(ctx, "", terms.Entitlement)
	if fault.KindOf(err) == fault.NotFound {
		return deny("curfew.entitlement", "entitlement %s is not in the catalog any more", terms.Entitlement)
	}
	if err != nil {
		return fault.Wrap(err, "reading entitlement %s", terms.Entitlement)
	}
	terms.Task = task.Task{Kind: t.Kind, ID: t.ID, Known: true}
	return Policy(s).decide(ctx, newest, terms, triggerCaller(trigger), ActRequest)
}

// TaskEnded ends elevations that served only this task, at once or after the settle time.
func (s Triggers) TaskEnded(ctx context.Context, t task.Task, by task.EventSource, at time.Time) (err error) {
	defer s.Logged(ctx, "task-ended", t.String(), by.Source, &err)
	over, err := s.Tasks().End(ctx, t, by, at)
	if err != nil || !over {
		return err
	}
	return Ender(s).endServing(ctx, t, by.Source, "")
}

// EndServing ends what a trigger began only for this task, when its end pattern matches.
func (s Triggers) EndServing(ctx context.Context, t task.Task, trigger string) (err error) {
	defer s.Logged(ctx, "end-serving", t.String(), identity.TriggerID(trigger), &err)
	return Ender(s).endServing(ctx, t, identity.TriggerID(trigger), identity.TriggerID(trigger))
}

// TaskKinds returns an entitlement's task kinds. NotFound: no such entitlement.
func (s Triggers) TaskKinds(ctx context.Context, entitlement string) (kinds []string, err error) {
	e, err := s.Decider.Entitlement(ctx, "", entitlement)
	for _, rule := range e.Tasks {
		kinds = append(kinds, rule.Kind)
	}
	return kinds, err
}

// Ready returns what a waiting job needs; zero unless active and begun by a trigger. NotFound: none.
func (s Triggers) Ready(ctx context.Context, id string) (triggers.ReadyElevation, error) {
	l, err := s.Load(ctx, id)
	if err != nil {
		return triggers.ReadyElevation{}, err
	}
	trigger, ok := strings.CutPrefix(l.Elevation.Requester, identity.TriggerID(""))
	if !ok || l.Elevation.State != Active {
		return triggers.ReadyElevation{}, nil
	}
	return triggers.ReadyElevation{Trigger: trigger, At: l.Elevation.ReadyAt, Task: l.Terms.Task, Account: l.Terms.Principal.Account}, nil
}

// jobAgain is the shortest time that a service remembers an idempotency token (CodeBuild).
// https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html
const jobAgain = 4 * time.Minute

// StartingJob claims the only job of an elevation. Denied: claimed more than jobAgain ago.
func (s Triggers) StartingJob(ctx context.Context, id string) error {
	key := record.AccessKey(elevationPartition(id), "job")
	now := s.Instant()
	row, err := record.Encode(key, 1, run{StartedAt: now, Elevation: id})
	if err != nil {
		return err
	}
	row.Expires = now.Add(task.Retention)
	if err = s.Store.Write(ctx, record.Change{If: record.Absent, Row: row}); fault.KindOf(err) != fault.Conflict {
		return fault.Wrap(err, "storing that the job of %s is started", id)
	}
	rows, err := s.Store.Read(ctx, key)
	if err != nil {
		return fault.Wrap(err, "reading whether the job of %s was started", id)
	}
	was, err := record.Decode[run](rows[key])
	if err == nil && !now.Before(was.StartedAt.Add(jobAgain)) {
		err = deny("curfew.job", "the job of %s was started at %s", id, was.StartedAt.Format(time.RFC3339))
	}
	return err
}
