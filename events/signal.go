package events

import (
	"errors"
	"fmt"
	"time"

	"curfew/shared/task"
)

// State is what an event says of its task.
type State string

// The states of a task. Other is everything in which the task exists and is
// neither at work nor over: queued, stopping, an alarm without data.
const (
	Started State = "started"
	Ended   State = "ended"
	Other   State = "other"
)

// Signal is what one event tells of one task.
type Signal struct {
	Task  task.Task // Known is false: an event is a claim
	State State
	// Source is who tells: the envelope's source, as "aws.backup".
	Source string
	// At is when it happened, by the event's own account: the instant in its detail where there is one, else the
	// envelope's. Events come in no order, and some tasks' ids come again (an alarm, a secret's rotation): At is what puts
	// starts and ends of one id in order. A task's start is never after its own end. UTC, whole seconds.
	At time.Time
	// ID is the envelope's id. EventBridge delivers at least once; the same event bears the same id.
	ID              string
	Account, Region string // of the envelope; Account is 12 digits
	// Role is the ARN of the role that the task uses, Resource the ARN of what it works on or is defined by; each is empty
	// where the event does not tell.
	Role, Resource string
	// Confirmed: the shape and the state were read in AWS's own text, or are Curfew's own. A signal that is not may end
	// access and must not begin it unless the catalog says so.
	Confirmed bool
}

// MaxSize is what an event may measure, in bytes. AWS's API reference names the same bound for an entry of PutEvents;
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
const MaxSize = 256 << 10

// ErrNotATask is returned, with a Signal whose State is Other, for a well-formed event that tells of no task: another
// source or detail-type, another call on the same trail, Curfew's own announcements. Callers drop it.
var ErrNotATask = errors.New("the event tells of no task")

// ShapeError says that an event is not what it should be. The event has no meaning then: nothing may begin by it.
type ShapeError struct {
	Source, DetailType string // as the event gives them, shortened; empty when they could not be read
	Field              string // path from the envelope, as "detail.backupJobId"; empty: the event as a whole
	Why                string
}

// Error names the event, the field and the reason.
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
