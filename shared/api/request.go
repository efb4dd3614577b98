package api

import (
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/task"
)

// NewElevation is what a caller asks for. Who asks is not part of it.
type NewElevation struct {
	Entitlement string            `json:"entitlement"`
	Principal   string            `json:"principal"`         // ARN of the role or user that receives the privilege
	Session     string            `json:"session,omitempty"` // what the grant is bound to; empty: the caller's own
	Task        TaskRef           `json:"task"`
	Reason      string            `json:"reason"`
	Duration    int64             `json:"duration_seconds"`
	StartAt     time.Time         `json:"start_at,omitzero"`   // zero: now; sent in UTC and whole seconds
	LatestEnd   time.Time         `json:"latest_end,omitzero"` // zero: what the start and the duration need
	Parameters  map[string]string `json:"parameters,omitempty"`

	// IdempotencyKey makes the same request sent twice one request, for 24 hours: 1 to 64 printable ASCII characters.
	// Empty: none, and a client sends the request once. Over HTTP it is the header Idempotency-Key.
	IdempotencyKey string `json:"idempotency_key,omitempty"`
}

// TaskRef names a task.
type TaskRef struct {
	Kind string `json:"kind"` // change, backup, workflow, incident or rotation
	ID   string `json:"id"`
}

// request gives what the domain is asked for. A duration that is too long for one is left to the domain to refuse.
func (n NewElevation) request() access.Request {
	return access.Request{
		Entitlement: n.Entitlement, Principal: n.Principal, Session: n.Session,
		Task: task.Task{Kind: n.Task.Kind, ID: n.Task.ID}, Reason: n.Reason,
		Duration: time.Duration(max(0, min(n.Duration, mostSeconds))) * time.Second,
		StartAt:  n.StartAt, LatestEnd: n.LatestEnd, Parameters: n.Parameters, IdempotencyKey: n.IdempotencyKey,
	}
}

func (n NewElevation) check(now time.Time) fault.Mistakes {
	return fault.MistakesOf(n.request().Check(now))
}

// mostSeconds keeps seconds from overflowing a duration.
const mostSeconds = 1 << 32

// ByID is the input of an operation on one elevation.
type ByID struct {
	ID string `json:"id"`
}

// NewDecision is a decision on one elevation.
type NewDecision struct {
	ByID
	Decide
}

// Decide is a decision to be made, on the digest of the terms that were seen.
type Decide struct {
	Decision string `json:"decision"` // [Approve] or [Deny]
	Digest   string `json:"digest"`
	Reason   string `json:"reason,omitempty"`
}

// The decisions there are.
const (
	Approve = "approve"
	Deny    = "deny"
)

var digest = fault.Pattern(`^[0-9a-f]{64}$`)

func (d Decide) check(time.Time) fault.Mistakes {
	var m fault.Mistakes
	if d.Decision != Approve && d.Decision != Deny {
		m.Add("decision", "want approve or deny")
	}
	if !digest().MatchString(d.Digest) {
		m.Add("digest", "want the 64 hexadecimal digits of the terms that were seen")
	}
	m.AddError("reason", fault.CheckText("reason", d.Reason, 0, fault.MaxReason))
	return m
}

// NewReview is the signature of a review.
type NewReview struct {
	ByID
	Note string `json:"note"` // what the reviewer found
}

func (r NewReview) check(time.Time) (m fault.Mistakes) {
	m.AddError("note", fault.CheckText("note", r.Note, 1, fault.MaxReason))
	return m
}
