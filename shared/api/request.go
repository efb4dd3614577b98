package api

import (
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/task"
)

// NewElevation is a request.
type NewElevation struct {
	Entitlement string            `json:"entitlement"`
	Principal   string            `json:"principal"`         // ARN
	Session     string            `json:"session,omitempty"` // empty: the caller's own
	Task        TaskRef           `json:"task"`
	Reason      string            `json:"reason"`
	Duration    int64             `json:"duration_seconds"`
	StartAt     time.Time         `json:"start_at,omitzero"`   // zero: now
	LatestEnd   time.Time         `json:"latest_end,omitzero"` // zero: start and duration decide
	Parameters  map[string]string `json:"parameters,omitempty"`
	Renews      string            `json:"renews,omitempty"` // id of an elevation to go on with after its deadline

	// IdempotencyKey is 1 to 64 printable ASCII characters, for 24 hours. HTTP has it in a header.
	IdempotencyKey string `json:"idempotency_key,omitempty"`
}

// TaskRef names a task.
type TaskRef struct {
	Kind string `json:"kind"` // change, backup, workflow, incident or rotation
	ID   string `json:"id"`
}

func (n NewElevation) request() access.Request {
	return access.Request{
		Entitlement: n.Entitlement, Principal: n.Principal, Session: n.Session,
		Task: task.Task{Kind: n.Task.Kind, ID: n.Task.ID}, Reason: n.Reason,
		Duration: time.Duration(max(0, min(n.Duration, mostSeconds))) * time.Second,
		StartAt:  n.StartAt, LatestEnd: n.LatestEnd, Parameters: n.Parameters, Renews: n.Renews, IdempotencyKey: n.IdempotencyKey,
	}
}

func (n NewElevation) check(now time.Time) fault.Mistakes {
	return fault.MistakesOf(n.request().Check(now))
}

// mostSeconds prevents overflow of time.Duration; the domain refuses long ones.
const mostSeconds = 1 << 32

// ByID names an elevation.
type ByID struct {
	ID string `json:"id"`
}

// NewDecision is the input of [DecideElevation].
type NewDecision struct {
	ByID
	Decide
}

// Decide is a decision on the terms with this digest.
type Decide struct {
	Decision string `json:"decision"`         // [Approve], [Deny] or [Withdraw]
	Digest   string `json:"digest,omitempty"` // not to withdraw
	Reason   string `json:"reason,omitempty"`
	// Seen is the hash of the difference that was shown, to approve: the answer is a conflict if it is another now.
	Seen string `json:"seen,omitempty"`
}

const (
	Approve  = "approve"
	Deny     = "deny"
	Withdraw = "withdraw" // the caller's approval
)

var digest = fault.Pattern(`^[0-9a-f]{64}$`)

func (d Decide) check(time.Time) fault.Mistakes {
	var m fault.Mistakes
	if d.Decision != Approve && d.Decision != Deny && d.Decision != Withdraw {
		m.Add("decision", "want approve, deny or withdraw")
	}
	if !digest().MatchString(d.Digest) && (d.Decision != Withdraw || d.Digest != "") {
		m.Add("digest", "want the 64 hexadecimal digits of the terms that were seen")
	}
	if d.Seen != "" && (d.Decision != Approve || !digest().MatchString(d.Seen)) {
		m.Add("seen", "want the 64 hexadecimal digits of the difference that was shown, and approve")
	}
	m.AddError("reason", fault.CheckText("reason", d.Reason, 0, fault.MaxReason))
	return m
}

// NewReview is the input of [SignReview].
type NewReview struct {
	ByID
	Note string `json:"note"`
}

func (r NewReview) check(time.Time) (m fault.Mistakes) {
	m.AddError("note", fault.CheckText("note", r.Note, 1, fault.MaxReason))
	return m
}
