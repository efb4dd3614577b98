package eventbus

import (
	"context"
	"curfew/events"
	"curfew/shared/task"
	"curfew/shared/trigger"
)

// Reader may be used in parallel. Only StateMachine is optional.
type Reader struct {
	Domain Domain
	// Tasks records starts; its Base is the Reader's. Domain records ends, because they end elevations.
	Tasks    task.Tasks
	Triggers Catalog
	Facts    Facts
	Jobs     Jobs
	// Governs reports whether an account's events count: it is governed, or has a custom sender.
	Governs func(ctx context.Context, account string) (bool, error)
	// StateMachine is Curfew's ARN: its events are dropped.
	StateMachine string
	// Source marks Curfew's announcements.
	Source string
}

// Outcome is for one trigger, or the whole event.
type Outcome struct {
	Trigger   string               // empty: unknown
	Elevation string               // begun, joined, or with a job started
	Started   trigger.StartOutcome // empty: nothing
	Why       string               // why nothing began: one short line
}

type delivery struct {
	*Reader
	raw      []byte
	signal   events.Signal
	outcomes []Outcome
	facts    map[string]Fact // by role
	failed   []error         // errors to retry
}
