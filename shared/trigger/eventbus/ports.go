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
	// Begin is idempotent for one run of a task and one trigger. The task may join an open elevation. The id may come
	// with an error. Denied: refused, with evidence.
	Begin(ctx context.Context, r trigger.Request) (elevation string, begun trigger.StartOutcome, err error)
	// TaskEnded ends each elevation that serves no other task.
	TaskEnded(ctx context.Context, t task.Task, by task.EventSource, at time.Time) error
	// EndServing ends a trigger's elevation for this task only.
	EndServing(ctx context.Context, t task.Task, name string) error
	// TaskKinds returns NotFound if the catalog lacks it.
	TaskKinds(ctx context.Context, entitlement string) ([]string, error)
	// Ready returns zero if it is not active or not of a trigger, NotFound if it does not exist.
	Ready(ctx context.Context, elevation string) (trigger.ReadyElevation, error)
	// StartingJob reserves the only start. Denied: it was started, and its idempotency token may be forgotten.
	StartingJob(ctx context.Context, elevation string) error
}

type Catalog interface {
	// Triggers sorts by name. All errors are retried.
	Triggers(ctx context.Context) ([]trigger.Trigger, error)
}

type Facts interface {
	// Confirm asks whether the task runs now, with the role of s if any. All errors are retried.
	Confirm(ctx context.Context, s events.Signal) (Fact, error)
}

type Fact struct {
	Confirmation Confirmation
	Since        time.Time // of this run; zero: unknown
}

type Confirmation string

const (
	Confirmed     Confirmation = "so"
	Refuted       Confirmation = "not so"          // no such task, never started, or another role's
	Finished      Confirmation = "over"            // the event is late
	Restarted     Confirmation = "again"           // over, but a later run is active
	Unconfirmable Confirmation = "cannot be asked" // no API, or no permission
)

type Jobs interface {
	// Start is idempotent while the service remembers token. account is used if the job's input names none. Transient or
	// no kind: retry; the job may have started. Other kinds are final.
	Start(ctx context.Context, job trigger.Job, account, token string) error
}
