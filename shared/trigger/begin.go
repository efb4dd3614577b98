package trigger

import (
	"time"

	"curfew/shared/task"
)

// Request is what a trigger asks for by one event: an elevation for a task.
type Request struct {
	Trigger     string // its name
	Entitlement string
	Principal   string // ARN
	Session     string // empty: the entitlement binds to none
	Task        task.Task
	Reason      string
	Duration    time.Duration
	Parameters  map[string]string
}

// Begun says what became of an event that may start something.
type Begun string

// What may become of it.
const (
	Began    Begun = "began"    // an elevation of its own
	Joined   Begun = "joined"   // the one that is open serves its task too
	Repeated Begun = "repeated" // it was told before
	TooLate  Begun = "too late" // the task is over, started long ago, or was never told to have started
)

// Ready is an active elevation that a trigger began, as its job must know it. The zero value: there is none.
type Ready struct {
	Trigger string    // its name
	At      time.Time // from then on the grant may be relied upon
	Task    task.Task // for which the elevation began
}
