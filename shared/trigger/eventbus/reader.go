package eventbus

import (
	"curfew/events"
	"curfew/shared/task"
	"curfew/shared/trigger"
)

// Reader takes the events of the bus. All fields must be set but StateMachine. It may be used by many at once.
type Reader struct {
	Domain Domain
	// Tasks is told of starts. Ends are told to Domain, because they end elevations. Its Base is the Reader's too: the store
	// of findings, the log and the clock.
	Tasks    task.Tasks
	Triggers Catalog
	Facts    Facts
	Jobs     Jobs
	// Accounts are those of the installation and of whoever may tell of his own tasks. What another account tells makes no
	// task known and none over, whichever way it came.
	Accounts []string
	// StateMachine is the ARN of Curfew's own: its executions begin and end nothing. Empty: there is none on this bus.
	StateMachine string
	// Source is the source of the installation's own announcements.
	Source string
}

// Outcome is what became of an event for one trigger, or of the event as a whole.
type Outcome struct {
	Trigger   string        // empty: it was about no trigger, or is unknown which
	Elevation string        // that began, was joined, or for which a job was started; empty: none
	Begun     trigger.Begun // empty: nothing
	Why       string        // why nothing began, in one line; of the event's own text no more than package events and the domain repeat, shortened
}

// delivery is one event while the Reader takes it.
type delivery struct {
	*Reader
	raw      []byte
	signal   events.Signal
	outcomes []Outcome
	facts    map[string]Fact // by role
	failed   []error         // what may succeed when tried again
}
