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

type Begun string

const (
	Began    Begun = "began"    // a new elevation
	Joined   Begun = "joined"   // the open elevation serves it too
	Repeated Begun = "repeated" // a duplicate
	TooLate  Begun = "too late" // over, too old, or no known start
)

// Ready is a trigger's active elevation; zero: none.
type Ready struct {
	Trigger string
	At      time.Time // usable (IAM propagation)
	Task    task.Task // that began it
}
