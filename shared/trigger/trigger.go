package trigger

import (
	"encoding/json"
	"time"

	"curfew/shared/record"
	"curfew/shared/task"
)

// Trigger is a catalog entry: an event that starts an elevation, with no change to the job that it is for. It is a value;
// the catalog checked it when it was built, and package eventbus holds events against it.
type Trigger struct {
	Name        string `json:"name"`
	Catalog     string `json:"-"` // hash of the catalog that it is of
	About       string `json:"about"`
	Entitlement string `json:"entitlement"`
	// Principals are ARNs, without wildcards. The event picks one of them; if it does not say, there is one.
	Principals []string `json:"principals"`
	// PrincipalAt is where in the event the principal's ARN stands, as "detail.iamRoleArn"; empty: it does not say.
	PrincipalAt string   `json:"principal_at,omitempty"`
	Accounts    []string `json:"accounts"` // whose events count
	// Start is the EventBridge pattern of the events that start it. They tell of a task that started, in the sense of
	// package events.
	Start json.RawMessage `json:"start"`
	// Ends are patterns of events that end it, beside the end of its own task.
	Ends       []End             `json:"ends,omitempty"`
	Session    string            `json:"session,omitempty"`    // if the entitlement binds to one
	Parameters map[string]string `json:"parameters,omitempty"` // a text, or "{detail.path}": what stands there in the event
	Reason     string            `json:"reason"`
	Max        time.Duration     `json:"max"` // the ceiling, at most the entitlement's
	// Unconfirmed lets events start it whose shape was not read in AWS's own text.
	Unconfirmed bool      `json:"unconfirmed,omitempty"`
	Schedule    *Schedule `json:"schedule,omitempty"` // elevates ahead of a window as well
	Job         *Job      `json:"job,omitempty"`      // what Curfew starts itself when the grant is ready
}

// End is one more way to end what a trigger started.
type End struct {
	Pattern json.RawMessage `json:"pattern"`
	TaskAt  string          `json:"task_at"` // where in the event the task's id stands
}

// Schedule elevates ahead of a window.
type Schedule struct {
	Expression string `json:"expression"` // as EventBridge Scheduler takes it: cron(…) or rate(…)
	Zone       string `json:"zone"`       // of the IANA database
}

// Job is what Curfew starts itself, so that the rights are there before the work is.
type Job struct {
	Service string          `json:"service"` // one of [JobServices]
	Input   json.RawMessage `json:"input"`   // the call's input, as the service's API names it, without its idempotency token
}

// JobServices are the services whose jobs Curfew can start.
func JobServices() []string { return []string{"backup", "batch", "codebuild", "states"} }

// AheadPrefix is what the id of each task begins with that holds the place of the trigger of this name.
func AheadPrefix(trigger string) string { return task.SchedulePrefix + trigger + "/" }

// Ahead is the task that holds a trigger's place from a scheduled instant on, until the work itself is told of.
func Ahead(t Trigger, kind string, at time.Time) task.Task {
	return task.Task{Kind: kind, ID: AheadPrefix(t.Name) + record.Instant(at).Format("2006-01-02T15-04-05Z")}
}
