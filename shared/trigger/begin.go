package trigger

import (
	"time"

	"curfew/shared/task"
)

// Request is a trigger's request after an event.
type Request struct {
	Trigger     string
	Entitlement string
	Principal   string // ARN
	Session     string // empty: not bound
	Task        task.Task
	Reason      string
	Duration    time.Duration
	Parameters  map[string]string
}

type StartOutcome string

const (
	Began    StartOutcome = "began"    // a new elevation
	Joined   StartOutcome = "joined"   // the open elevation serves it too
	Repeated StartOutcome = "repeated" // a duplicate
	TooLate  StartOutcome = "too late" // over, too old, or no known start
)

// ReadyElevation is a trigger's active elevation; zero: none.
type ReadyElevation struct {
	Trigger string
	At      time.Time // usable (IAM propagation)
	Task    task.Task // that began it
	Account string    // of the principal
}
