package eventbus

import (
	"context"
	"time"

	"curfew/events"
	"curfew/shared/task"
	"curfew/shared/trigger"
)

// Domain begins and ends elevations.
type Domain interface {
	// Begin begins an elevation for a task, or has the task join the one that is open. The same run of a task begins one
	// elevation per trigger, however often it is asked for. The elevation's id may come with an error too. Denied: the domain
	// refuses it, and has left its evidence.
	Begin(ctx context.Context, r trigger.Request) (elevation string, begun trigger.Begun, err error)
	// TaskEnded marks a task as over, and ends every elevation that served no other.
	TaskEnded(ctx context.Context, t task.Task, by task.Teller, at time.Time) error
	// EndServing ends what the trigger of this name began for a task and for nothing else.
	EndServing(ctx context.Context, t task.Task, name string) error
	// TaskKinds returns the kinds of task that an entitlement serves. NotFound: the catalog has none of this name.
	TaskKinds(ctx context.Context, entitlement string) ([]string, error)
	// Ready returns what an elevation says to the job that waits for it; the zero value if it is not active, or no trigger
	// began it. NotFound: there is no such elevation.
	Ready(ctx context.Context, elevation string) (trigger.Ready, error)
	// StartingJob takes the place of the one job that is started for an elevation. Denied: a job was started, so long ago that
	// its service may not know a repetition.
	StartingJob(ctx context.Context, elevation string) error
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
