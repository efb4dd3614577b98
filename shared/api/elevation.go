package api

import (
	"time"

	"curfew/shared/access"
	"curfew/shared/task"
)

// Task is why an elevation was asked for.
type Task = task.Task

// Session is what of a session the grant is bound to.
type Session struct {
	Bind  string `json:"bind"` // userid, sourceIdentity, vpce or none
	Value string `json:"value,omitempty"`
	Weak  bool   `json:"weak,omitempty"` // nothing but the caller's word pins the name
	MFA   bool   `json:"mfa,omitempty"`
}

// Approval says how many people of which groups must agree; need 0: policy alone decided.
type Approval struct {
	Need int      `json:"need"`
	Of   []string `json:"of"`
}

// Elevation is where an elevation stands. An instant that is not known yet is zero.
type Elevation struct {
	ID             string    `json:"id"`
	State          string    `json:"state"`
	Cause          string    `json:"cause,omitempty"` // why access ended
	Why            string    `json:"why,omitempty"`   // one line: what refused it, what failed
	Entitlement    string    `json:"entitlement"`
	Principal      string    `json:"principal"` // ARN; empty if it was refused before it was looked at
	PrincipalID    string    `json:"principal_id"`
	Account        string    `json:"account"`
	Requester      Caller    `json:"requester"`
	Task           Task      `json:"task"`
	Reason         string    `json:"reason"`
	Session        *Session  `json:"session,omitempty"` // nil: refused before this was settled
	Duration       int64     `json:"duration_seconds"`
	Heartbeat      int64     `json:"heartbeat_seconds,omitempty"` // 0: none is needed
	RequestedAt    time.Time `json:"requested_at"`
	StartAt        time.Time `json:"start_at,omitzero"`   // not granted before
	LatestEnd      time.Time `json:"latest_end,omitzero"` // the deadline is never after it
	DecideBy       time.Time `json:"decide_by,omitzero"`  // an approval counts only before it
	Approval       Approval  `json:"approval"`
	Digest         string    `json:"digest"` // of the terms; approvers decide on it
	GrantedAt      time.Time `json:"granted_at,omitzero"`
	Deadline       time.Time `json:"deadline,omitzero"`     // after it no access may remain; never moved
	ReadyAt        time.Time `json:"ready_at,omitzero"`     // from then on the grant may be relied upon
	EndDue         time.Time `json:"end_due,omitzero"`      // the deadline or the order to end, whichever was first
	EndedAt        time.Time `json:"ended_at,omitzero"`     // when it was proven over
	ContainedAt    time.Time `json:"contained_at,omitzero"` // when it was to be contained: its removal failed
	Overstay       *int64    `json:"overstay_seconds,omitempty"`
	AcknowledgedBy string    `json:"acknowledged_by,omitempty"`
	Tasks          []string  `json:"tasks"` // kind/id of all under way that it serves
	BreakGlass     bool      `json:"break_glass,omitempty"`
}

// Terminal reports whether nothing changes any more.
func (e Elevation) Terminal() bool {
	switch e.State {
	case "ended", "denied", "withdrawn", "lapsed":
		return true
	}
	return false
}

// Ready reports whether the grant is there and may be relied upon.
func (e Elevation) Ready(now time.Time) bool { return e.State == "active" && !now.Before(e.ReadyAt) }

// Page is one page of a list. It may be short, or empty, and still have a next.
type Page struct {
	Elevations []Elevation `json:"elevations"`
	NextCursor string      `json:"next_cursor,omitempty"` // empty: there is no more
}

// mostTasks bounds how many tasks of an elevation are shown: thousands may share one.
const mostTasks = 100

// elevationOf shows a record and its terms. Every answer that has an elevation has it in this shape.
func elevationOf(l access.Life) Elevation {
	t, e := l.Terms, l.Elevation
	v := Elevation{
		ID: e.ID, State: string(e.State), Cause: string(e.Cause), Why: e.Why, Entitlement: t.Entitlement,
		Principal: t.Principal.ARN, PrincipalID: t.Principal.ID, Account: t.Principal.Account,
		Requester: callerOf(t.Requester), Task: t.Task, Reason: t.Reason, Duration: t.Duration, Heartbeat: t.Heartbeat,
		RequestedAt: t.RequestedAt, StartAt: t.StartAt, LatestEnd: t.LatestEnd, DecideBy: t.DecideBy,
		Session: sessionOf(t), Approval: approvalOf(t), Digest: t.Digest(),
		GrantedAt: e.GrantedAt, Deadline: e.Deadline, ReadyAt: e.ReadyAt, EndDue: e.EndDue, EndedAt: e.EndedAt, ContainedAt: e.ContainedAt,
		AcknowledgedBy: e.AcknowledgedBy, Tasks: list(e.Tasks[:min(len(e.Tasks), mostTasks)]), BreakGlass: t.BreakGlass,
	}
	if e.State == access.Ended { // an overstay of 0 is told once it ended
		v.Overstay = &e.Overstay
	}
	return v
}

// sessionOf is nil for terms that were refused before their session was settled.
func sessionOf(t access.Terms) *Session {
	if t.Session.Bind == "" {
		return nil
	}
	return &Session{string(t.Session.Bind), t.Session.Value, t.Session.Weak, t.Session.MFA}
}

func approvalOf(t access.Terms) Approval { return Approval{t.Approval.Need, list(t.Approval.Of)} }
