package trigger

import (
	"encoding/json"
	"time"

	"curfew/shared/record"
	"curfew/shared/task"
)

// Trigger starts elevations by events, without a change to the job. The catalog checked it.
type Trigger struct {
	Name        string `json:"name"`
	Catalog     string `json:"-"` // hash
	About       string `json:"about"`
	Entitlement string `json:"entitlement"`
	// Principals have no wildcards. Without PrincipalAt there is one.
	Principals []string `json:"principals"`
	// PrincipalAt is a field of the event, as "detail.iamRoleArn".
	PrincipalAt string   `json:"principal_at,omitempty"`
	Accounts    []string `json:"accounts"` // whose events count
	// Start matches start events of tasks that package events knows.
	Start json.RawMessage `json:"start"`
	// Ends matches further end events, besides the task's own.
	Ends       []End             `json:"ends,omitempty"`
	Session    string            `json:"session,omitempty"`
	Parameters map[string]string `json:"parameters,omitempty"` // text, or "{detail.path}" of the event
	Reason     string            `json:"reason"`
	Max        time.Duration     `json:"max"` // at most the entitlement's
	// Unconfirmed accepts undocumented events.
	Unconfirmed bool      `json:"unconfirmed,omitempty"`
	Schedule    *Schedule `json:"schedule,omitempty"` // before a window
	Job         *Job      `json:"job,omitempty"`      // to start when the grant is usable
}

type End struct {
	Pattern json.RawMessage `json:"pattern"`
	TaskAt  string          `json:"task_at"` // field with the task id
}

type Schedule struct {
	Expression string `json:"expression"` // of EventBridge Scheduler: cron(…) or rate(…)
	Zone       string `json:"zone"`       // IANA
}

// Job is started by Curfew, after the grant.
type Job struct {
	Service string          `json:"service"` // one of [JobServices]
	Input   json.RawMessage `json:"input"`   // of the API call, without idempotency token
}

func JobServices() []string { return []string{"backup", "batch", "codebuild", "states"} }

// PlaceholderPrefix begins a trigger's placeholder ids.
func PlaceholderPrefix(trigger string) string { return task.SchedulePrefix + trigger + "/" }

// Placeholder returns a task that holds a window's place until the real task starts.
func Placeholder(t Trigger, kind string, at time.Time) task.Task {
	return task.Task{Kind: kind, ID: PlaceholderPrefix(t.Name) + record.Instant(at).Format("2006-01-02T15-04-05Z")}
}
