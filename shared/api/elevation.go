package api

import (
	"slices"
	"time"

	"curfew/shared/access"
	"curfew/shared/task"
)

// Task is the reason for an elevation.
type Task = task.Task

// Session is what the grant is bound to.
type Session struct {
	Bind  string `json:"bind"` // userid, sourceIdentity, vpce or none
	Value string `json:"value,omitempty"`
	Weak  bool   `json:"weak,omitempty"` // the session's name is not pinned
	MFA   bool   `json:"mfa,omitempty"`  // calls need it
	// MFASignIn: only the sign-in had MFA.
	MFASignIn bool `json:"mfa_sign_in,omitempty"`
}

// Approval is the number of approvers and their groups. Need 0: policy alone decides.
type Approval struct {
	Need int      `json:"need"`
	Of   []string `json:"of"`
	// MFAWithin is how old an approver's sign-in with MFA may be; 0: none is needed.
	MFAWithin int64 `json:"mfa_within_seconds,omitempty"`
	// Seen: an approval must give the hash of the difference that was shown.
	Seen bool `json:"seen,omitempty"`
	// Then may decide later as well.
	Then []ApprovalStep `json:"then,omitempty"`
}

// ApprovalStep adds groups to those who may decide, After seconds after the request.
type ApprovalStep struct {
	After int64    `json:"after_seconds"`
	Of    []string `json:"of"`
}

// Elevation is the present state. An unknown instant is zero.
type Elevation struct {
	ID             string    `json:"id"`
	State          string    `json:"state"`
	Cause          string    `json:"cause,omitempty"`
	Why            string    `json:"why,omitempty"` // one line: the refusal or failure
	Entitlement    string    `json:"entitlement"`
	Principal      string    `json:"principal"` // ARN; empty: refused before it was read
	PrincipalID    string    `json:"principal_id"`
	Account        string    `json:"account"`
	Requester      Caller    `json:"requester"`
	Task           Task      `json:"task"`
	Reason         string    `json:"reason"`
	Renews         string    `json:"renews,omitempty"`  // id of the elevation before it
	Session        *Session  `json:"session,omitempty"` // nil: refused before it was known
	Duration       int64     `json:"duration_seconds"`
	Heartbeat      int64     `json:"heartbeat_seconds,omitempty"` // 0: none
	RequestedAt    time.Time `json:"requested_at"`
	StartAt        time.Time `json:"start_at,omitzero"`
	LatestEnd      time.Time `json:"latest_end,omitzero"`
	DecideBy       time.Time `json:"decide_by,omitzero"`
	Approval       Approval  `json:"approval"`
	Digest         string    `json:"digest"` // of the terms
	GrantedAt      time.Time `json:"granted_at,omitzero"`
	Deadline       time.Time `json:"deadline,omitzero"`     // no access after it; never moved
	ReadyAt        time.Time `json:"ready_at,omitzero"`     // usable from here (IAM propagation)
	EndDue         time.Time `json:"end_due,omitzero"`      // deadline or earlier order to end
	EndedAt        time.Time `json:"ended_at,omitzero"`     // proven over
	ContainedAt    time.Time `json:"contained_at,omitzero"` // removal had failed
	Overstay       *int64    `json:"overstay_seconds,omitempty"`
	AcknowledgedBy string    `json:"acknowledged_by,omitempty"`
	Tasks          []string  `json:"tasks"` // kind/id
	BreakGlass     bool      `json:"break_glass,omitempty"`
	Withdrew       int       `json:"withdrew_requests,omitempty"` // in this hour: approvers are told at ToldAt
	ToldAt         time.Time `json:"told_at,omitzero"`
}

// Terminal reports whether the state is final.
func (e Elevation) Terminal() bool {
	switch e.State {
	case "ended", "denied", "withdrawn", "lapsed":
		return true
	}
	return false
}

// Ready reports whether the grant is usable.
func (e Elevation) Ready(now time.Time) bool { return e.State == "active" && !now.Before(e.ReadyAt) }

// Page is one page of a list. A short or empty page may have a next. To callers who are no operators, a list also ends where
// hundreds in a row are hidden: a cursor there would reveal them. Older ones may exist, and a narrower filter finds them.
type Page struct {
	Elevations []Elevation `json:"elevations"`
	Unreadable []string    `json:"unreadable,omitempty"`  // ids of elevations that may be of it, to operators: their records are damaged
	NextCursor string      `json:"next_cursor,omitempty"` // empty: done
}

// mostTasks limits the tasks shown: thousands may share an elevation.
const mostTasks = 100

func elevationOf(l access.Life) Elevation {
	t, e := l.Terms, l.Elevation
	v := Elevation{
		ID: e.ID, State: string(e.State), Cause: string(e.Cause), Why: e.Why, Entitlement: t.Entitlement,
		Principal: t.Principal.ARN, PrincipalID: t.Principal.ID, Account: t.Principal.Account,
		Requester: callerOf(t.Requester), Task: t.Task, Reason: t.Reason, Renews: t.Renews, Duration: t.Duration, Heartbeat: t.Heartbeat,
		RequestedAt: t.RequestedAt, StartAt: t.StartAt, LatestEnd: t.LatestEnd, DecideBy: t.DecideBy,
		Session: sessionOf(t), Approval: approvalOf(t), Digest: t.Digest(),
		GrantedAt: e.GrantedAt, Deadline: e.Deadline, ReadyAt: e.ReadyAt, EndDue: e.EndDue, EndedAt: e.EndedAt, ContainedAt: e.ContainedAt,
		AcknowledgedBy: e.AcknowledgedBy, Tasks: list(e.Tasks[:min(len(e.Tasks), mostTasks)]), BreakGlass: t.BreakGlass,
	}
	if e.State == access.Requested && !e.TellAt.IsZero() {
		v.Withdrew, v.ToldAt = e.Withdrew, e.TellAt
	}
	if e.State == access.Ended { // 0 is shown too
		v.Overstay = &e.Overstay
	}
	return v
}

func sessionOf(t access.Terms) *Session {
	if t.Session.Bind == "" {
		return nil
	}
	return &Session{string(t.Session.Bind), t.Session.Value, t.Session.Weak, t.Session.MFA, t.Session.MFASignIn}
}

func approvalOf(t access.Terms) Approval {
	return Approval{t.Approval.Need, list(t.Approval.Of), t.Approval.MFAWithin, t.Approval.Seen, stepsOf(t.Approval.Then)}
}

func stepsOf(then []access.ApprovalStep) (steps []ApprovalStep) {
	for _, s := range then {
		steps = append(steps, ApprovalStep{s.After, list(s.Of)})
	}
	return steps
}

// samePlan compares who may decide, and from when on.
func (a Approval) samePlan(b Approval) bool {
	return a.Need == b.Need && a.MFAWithin == b.MFAWithin && a.Seen == b.Seen && slices.Equal(a.Of, b.Of) &&
		slices.EqualFunc(a.Then, b.Then, func(a, b ApprovalStep) bool { return a.After == b.After && slices.Equal(a.Of, b.Of) })
}
