package client

import (
	"encoding/json"
	"net/url"
	"strconv"
	"time"
)

// Me is who the API takes the caller for.
type Me struct {
	ID     string   `json:"id"`
	Kind   string   `json:"kind"` // person or machine
	Name   string   `json:"name"` // in sessions
	Groups []string `json:"groups"`
	MFA    bool     `json:"mfa"` // known for people only
}

// Entitlement is something that the caller may ask for.
type Entitlement struct {
	Name       string            `json:"name"`
	About      string            `json:"about"`
	Principals []string          `json:"principals"` // ARNs; * and ? match within one part
	Max        int64             `json:"max_seconds"`
	Tasks      []TaskRule        `json:"tasks"`
	Approval   *ApprovalRule     `json:"approval,omitempty"` // nil: policy alone decides
	Session    string            `json:"session"`            // what of a session the grant is bound to
	Weak       bool              `json:"weak,omitempty"`     // a session whose name nothing pins is accepted
	MFA        bool              `json:"mfa,omitempty"`      // needs a sign-in with MFA
	Parameters map[string]string `json:"parameters"`         // type by name; all must be given
	Heartbeat  int64             `json:"heartbeat_seconds,omitempty"`
	BreakGlass bool              `json:"break_glass,omitempty"`
}

// EntitlementShown is an entitlement with the catalog's policy, whose placeholders are not filled in.
type EntitlementShown struct {
	Entitlement
	Policy json.RawMessage `json:"policy"`
}

// Trial is what a request would meet now.
type Trial struct {
	Allowed  bool              `json:"allowed"`
	Why      string            `json:"why,omitempty"`
	Reasons  []string          `json:"reasons"` // policies that allow it, or rules that refuse it
	Approval Approval          `json:"approval"`
	DecideBy time.Time         `json:"decide_by,omitzero"`
	Session  *Session          `json:"session,omitempty"`
	Form     string            `json:"form,omitempty"`
	Policies []json.RawMessage `json:"policies"`
	Size     int               `json:"size"`           // characters of the policies
	Room     *Room             `json:"room,omitempty"` // nil: the principal was not looked at
	Says     []string          `json:"says"`           // what an approver would be told
}

// Room is what is free on a principal.
type Room struct {
	Inline   int `json:"inline"`   // characters
	Attached int `json:"attached"` // managed policies
}

// TaskRule is a kind of task that an entitlement serves; known: only tasks whose start was seen.
type TaskRule struct {
	Kind  string `json:"kind"`
	Known bool   `json:"known"`
}

// ApprovalRule says how many people of which groups must agree, and within how many seconds.
type ApprovalRule struct {
	Need   int      `json:"need"`
	Of     []string `json:"of"`
	Within int64    `json:"within_seconds"`
}

// Request is what is asked for. Who asks is not part of it.
type Request struct {
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
	// Empty: none, and the request is sent once.
	IdempotencyKey string `json:"-"`
}

// TaskRef names a task.
type TaskRef struct {
	Kind string `json:"kind"` // change, backup, workflow, incident or rotation
	ID   string `json:"id"`
}

// Task is why an elevation was asked for.
type Task struct {
	Kind  string `json:"kind"`
	ID    string `json:"id"`
	Known bool   `json:"known"` // its start was seen and its end was not; otherwise it is unverified
}

// Caller is who asked or decided.
type Caller struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	Name string `json:"name"` // a machine's is only text
}

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

// Filter says which elevations to list: by one of State, Principal and Requester; by none: the caller's own.
type Filter struct {
	State     string
	Principal string
	Requester string
	Limit     int    // 1 to 200; 0: 50
	Cursor    string // the NextCursor of the page before, with the same filter
}

func (f Filter) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{
		"state": f.State, "principal": f.Principal, "requester": f.Requester, "cursor": f.Cursor,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.Limit != 0 {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	return q
}

// Page is one page of a list. It may be short, or empty, and still have a next.
type Page struct {
	Elevations []Elevation `json:"elevations"`
	NextCursor string      `json:"next_cursor,omitempty"` // empty: there is no more
}
