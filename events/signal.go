package events

import (
	"errors"
	"fmt"
	"time"

	"curfew/shared/task"
)

// State is the state of a task by one event.
type State string

// Other means neither running nor over: queued, stopping, an alarm without data.
const (
	Started State = "started"
	Ended   State = "ended"
	Other   State = "other"
)

// Signal is what one event reports of one task.
type Signal struct {
	Task   task.Task // Known is false: an event is a claim
	State  State
	Source string
	// At is when it happened, in UTC and whole seconds. Events arrive in any order, and ids recur: sort starts and
	// ends by At.
	At time.Time
	// ID is the same when EventBridge delivers again.
	ID              string
	Account, Region string // of the envelope; Account has 12 digits
	// Role is the task's role, Resource its resource or definition, as ARNs or "".
	Role, Resource string
	// Confirmed reports that AWS's documents show this event. Others may end access, but start it only if the catalog
	// allows it.
	Confirmed bool
}

// MaxSize in bytes, as of a PutEvents entry.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
const MaxSize = 256 << 10

// ErrNotATask, with State Other, is for a well-formed event that reports no task.
var ErrNotATask = errors.New("the event reports no task")

// ShapeError says that an event is malformed.
type ShapeError struct {
	Source, DetailType string // shortened; empty if unreadable
	Field              string // path from the envelope; "": the whole event
	Why                string
}

func (e *ShapeError) Error() string {
	of := "event"
	if e.Source != "" || e.DetailType != "" {
		of = fmt.Sprintf("event %s %q", e.Source, e.DetailType)
	}
	if e.Field == "" {
		return of + ": " + e.Why
	}
	return of + ": " + e.Field + ": " + e.Why
}
