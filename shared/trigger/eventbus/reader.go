package eventbus

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"curfew/events"
	"curfew/shared/access"
	"curfew/shared/task"
	"curfew/shared/trigger"
)

// Reader takes the events of the bus. All fields must be set but StateMachine. It may be used by many at once.
type Reader struct {
	Service  *access.Service
	Triggers Catalog
	Facts    Facts
	Jobs     Jobs
	// Accounts are those of the installation and of whoever may tell of his own tasks. What another account tells makes no
	// task known and none over, whichever way it came.
	Accounts []string
	// StateMachine is the ARN of Curfew's own: its executions begin and end nothing. Empty: there is none on this bus.
	StateMachine string
	Log          *slog.Logger
	Now          func() time.Time
}

// Catalog gives the triggers of the newest catalog.
type Catalog interface {
	// Triggers are all of them, in order of name. Its error is taken for Transient: without triggers nothing can be said of
	// an event.
	Triggers(ctx context.Context) ([]trigger.Trigger, error)
}

// Facts reads back from a service what an event said of it.
type Facts interface {
	// Confirm asks the service whether the task that s says has started is at work at this moment, on the account of the
	// role that s names if it names one. Any error is taken for Transient: nothing begins, and the event is to come again.
	Confirm(ctx context.Context, s events.Signal) (Fact, error)
}

// Fact is what a service says of a task.
type Fact struct {
	Truth Truth
	Since time.Time // when this run of it began; zero: the service does not say
}

// Truth is what a service says of an event.
type Truth string

// What it may say.
const (
	So            Truth = "so"
	NotSo         Truth = "not so"          // there is no such task, it never started, or it is another role's
	Over          Truth = "over"            // it was so, and is over: the event came late
	Again         Truth = "again"           // that run is over, and a later one of the same id is at work
	CannotBeAsked Truth = "cannot be asked" // by nobody: the service has no way to ask, or does not let us
)

// Jobs starts what Curfew starts itself.
type Jobs interface {
	// Start starts a job. It is idempotent by token: the second start of one token starts nothing and is success, for as long
	// as the service remembers tokens. Transient, or without a kind: it may succeed when tried again, or may have; every
	// other kind of error is final.
	Start(ctx context.Context, job trigger.Job, token string) error
}

// Outcome is what became of an event for one trigger, or of the event as a whole.
type Outcome struct {
	Trigger   string        // empty: it was about no trigger, or is unknown which
	Elevation string        // that began, was joined, or for which a job was started; empty: none
	Begun     trigger.Begun // empty: nothing
	Why       string        // why nothing began, in one line; of the event's own text no more than package events and the domain repeat, shortened
}

// Take takes one event. Everything that it leads to may be repeated: EventBridge and SQS deliver at least once, and in no
// promised order.
//
// The outcomes are one for each trigger that the event starts, or one that says why it starts none; none at all for an
// event that is about nothing here. The error is Transient and nothing else: the event is to be taken again, although some
// of its outcomes may be there already. What will never succeed is no error, so that it blocks no queue: it is an outcome,
// a line in the log and, unless it is a denial, of which the domain keeps evidence, a finding.
func (r *Reader) Take(ctx context.Context, raw []byte) ([]Outcome, error) {
	t := &taking{Reader: r, raw: raw, facts: map[string]Fact{}}
	s, err := events.Read(raw)
	shape, misshapen := errors.AsType[*events.ShapeError](err)
	t.signal = s
	switch {
	case misshapen:
		t.misshapen(ctx, shape)
	case s.Source == "aws.states" && r.ownMachine(s):
		t.nothing("it tells of Curfew's own state machine")
	case err == nil && !slices.Contains(r.Accounts, s.Account):
		t.add(ctx, Outcome{}, suspect("account", "account %s is none of this installation", s.Account))
	case err == nil:
		t.task(ctx)
	case s.Source == r.Service.Settings.Name:
		t.announcement(ctx)
	case s.Source == scheduleSource:
		t.schedule(ctx)
	default: // events.ErrNotATask
		t.ends(ctx)
	}
	for _, o := range t.outcomes {
		r.Log.InfoContext(ctx, "event", "source", s.Source, "event", s.ID, "trigger", o.Trigger, "elevation", o.Elevation,
			"begun", string(o.Begun), "why", o.Why)
	}
	return t.outcomes, t.again()
}

// ownMachine reports whether s is about Curfew's own state machine or one of its executions.
func (r *Reader) ownMachine(s events.Signal) bool {
	executions := strings.Replace(r.StateMachine, ":stateMachine:", ":execution:", 1) + ":"
	return r.StateMachine != "" && (s.Resource == r.StateMachine || strings.HasPrefix(s.Task.ID, executions))
}

// taking is one event while it is taken.
type taking struct {
	*Reader
	raw      []byte
	signal   events.Signal
	outcomes []Outcome
	facts    map[string]Fact // by role
	failed   []error         // what may succeed when tried again
}

// task makes the event's task known, or over, and then does what triggers say. The task comes first, and does not depend on
// the catalog: it is what ends access.
func (t *taking) task(ctx context.Context) {
	s := t.signal
	var err error
	switch s.State {
	case events.Started:
		err = t.Service.TaskStarted(ctx, s.Task, t.teller(), s.At)
	case events.Ended:
		err = t.Service.TaskEnded(ctx, s.Task, t.teller(), s.At)
	}
	if err != nil {
		t.add(ctx, Outcome{}, err)
	}
	t.ends(ctx) // whatever became of the task itself
	if err == nil && s.State == events.Started {
		t.starts(ctx)
	}
}

// teller is whose word the event is.
func (t *taking) teller() task.Teller {
	return task.Teller{Source: t.signal.Source, Account: t.signal.Account, Unconfirmed: !t.signal.Confirmed}
}
