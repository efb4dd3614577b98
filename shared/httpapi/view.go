package httpapi

import (
	"encoding/json"
	"time"

	"curfew/shared/access"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/iampolicy"
	"curfew/shared/identity"
	"curfew/shared/review"
	"curfew/shared/task"
)

// The types of this file are the answers as openapi.json describes them. None of them is taken in.

type caller struct {
	ID   string              `json:"id"`
	Kind identity.CallerKind `json:"kind"`
	Name string              `json:"name"`
}

type me struct {
	caller
	Groups []string `json:"groups"`
	MFA    bool     `json:"mfa"`
}

type approval struct {
	Need int      `json:"need"`
	Of   []string `json:"of"`
}

type elevation struct {
	ID             string          `json:"id"`
	State          access.State    `json:"state"`
	Cause          access.Cause    `json:"cause,omitempty"`
	Why            string          `json:"why,omitempty"`
	Entitlement    string          `json:"entitlement"`
	Principal      string          `json:"principal"`
	PrincipalID    string          `json:"principal_id"`
	Account        string          `json:"account"`
	Requester      caller          `json:"requester"`
	Task           task.Task       `json:"task"`
	Reason         string          `json:"reason"`
	Session        *access.Session `json:"session,omitempty"`
	Duration       int64           `json:"duration_seconds"`
	Heartbeat      int64           `json:"heartbeat_seconds,omitempty"`
	RequestedAt    time.Time       `json:"requested_at"`
	StartAt        time.Time       `json:"start_at,omitzero"`
	LatestEnd      time.Time       `json:"latest_end,omitzero"`
	DecideBy       time.Time       `json:"decide_by,omitzero"`
	Approval       approval        `json:"approval"`
	Digest         string          `json:"digest"`
	GrantedAt      time.Time       `json:"granted_at,omitzero"`
	Deadline       time.Time       `json:"deadline,omitzero"`
	ReadyAt        time.Time       `json:"ready_at,omitzero"`
	EndDue         time.Time       `json:"end_due,omitzero"`
	EndedAt        time.Time       `json:"ended_at,omitzero"`
	ContainedAt    time.Time       `json:"contained_at,omitzero"`
	Overstay       *int64          `json:"overstay_seconds,omitempty"` // 0 is worth telling once it ended
	AcknowledgedBy string          `json:"acknowledged_by,omitempty"`
	Tasks          []string        `json:"tasks"`
	BreakGlass     bool            `json:"break_glass,omitempty"`
}

type page struct {
	Elevations []elevation `json:"elevations"`
	Next       string      `json:"next_cursor,omitempty"`
}

type shown struct {
	elevation
	Terms     terms             `json:"terms"`
	Decisions []decision        `json:"decisions"`
	Timeline  []evidence.Record `json:"timeline"`
	Receipt   json.RawMessage   `json:"receipt,omitempty"`
	Review    *reviewBody       `json:"review,omitempty"`
	Evidence  proof             `json:"evidence"`
}

type terms struct {
	Catalog    string            `json:"catalog"`
	Owners     []string          `json:"owners"`
	Parameters map[string]string `json:"parameters"`
	Form       access.Form       `json:"form,omitempty"`
	Contain    bool              `json:"contain,omitempty"`
	Policies   []json.RawMessage `json:"policies"`
	Says       []string          `json:"says"`
	// Document is what was hashed: the digest is of these very bytes.
	Document string `json:"document"`
}

type decision struct {
	Decision string    `json:"decision"`
	By       caller    `json:"by"`
	Digest   string    `json:"digest"`
	Reason   string    `json:"reason,omitempty"`
	At       time.Time `json:"at"`
}

type reviewBody struct {
	Elevation string    `json:"elevation"`
	Requester caller    `json:"requester"`
	Reviewers []string  `json:"reviewers"`
	OpenedAt  time.Time `json:"opened_at"`
	SignedBy  string    `json:"signed_by,omitempty"`
	SignedAt  time.Time `json:"signed_at,omitzero"`
	Note      string    `json:"note,omitempty"`
}

type entitlementList struct {
	Entitlements []entitlement `json:"entitlements"`
}

type entitlement struct {
	Name       string                             `json:"name"`
	About      string                             `json:"about"`
	Principals []string                           `json:"principals"`
	Max        int64                              `json:"max_seconds"`
	Tasks      []taskRule                         `json:"tasks"`
	Approval   *approvalRule                      `json:"approval,omitempty"`
	Session    access.Bind                        `json:"session"`
	Weak       bool                               `json:"weak,omitempty"`
	MFA        bool                               `json:"mfa,omitempty"`
	Parameters map[string]iampolicy.ParameterType `json:"parameters"`
	Heartbeat  int64                              `json:"heartbeat_seconds,omitempty"`
	BreakGlass bool                               `json:"break_glass,omitempty"`
}

type taskRule struct {
	Kind  string `json:"kind"`
	Known bool   `json:"known"`
}

// proof is what was found of the evidence, and the head that a reader checks it against anew.
type proof struct {
	evidence.Verdict
	Head evidence.Head `json:"head"`
}

type approvalRule struct {
	approval
	Within int64 `json:"within_seconds"`
}

func viewCaller(c identity.Caller) caller { return caller{c.ID, c.Kind, c.Name} }

// mostTasks bounds how many tasks of an elevation are shown: thousands may share one.
const mostTasks = 100

func viewElevation(t access.Terms, e access.Elevation) elevation {
	v := elevation{
		ID: e.ID, State: e.State, Cause: e.Cause, Why: e.Why, Entitlement: t.Entitlement,
		Principal: t.Principal.ARN, PrincipalID: t.Principal.ID, Account: t.Principal.Account,
		Requester: viewCaller(t.Requester), Task: t.Task, Reason: t.Reason, Duration: t.Duration, Heartbeat: t.Heartbeat,
		RequestedAt: t.RequestedAt, StartAt: t.StartAt, LatestEnd: t.LatestEnd, DecideBy: t.DecideBy,
		Approval: approval{t.Approval.Need, list(t.Approval.Of)}, Digest: t.Digest(),
		GrantedAt: e.GrantedAt, Deadline: e.Deadline, ReadyAt: e.ReadyAt, EndDue: e.EndDue, EndedAt: e.EndedAt, ContainedAt: e.ContainedAt,
		AcknowledgedBy: e.AcknowledgedBy, Tasks: list(e.Tasks[:min(len(e.Tasks), mostTasks)]), BreakGlass: t.BreakGlass,
	}
	if t.Session.Bind != "" {
		v.Session = &t.Session
	}
	if e.State == access.Ended {
		v.Overstay = &e.Overstay
	}
	return v
}

// viewShown fails on a policy that is no JSON: no terms are made with one, so the store has lost something.
func viewShown(v access.View) (shown, error) {
	out := shown{
		elevation: viewElevation(v.Terms, v.Elevation),
		Decisions: []decision{}, Timeline: list(v.Timeline), Evidence: proof{v.Proof, v.Elevation.Evidence},
		Terms: terms{
			Catalog: v.Terms.Catalog, Owners: list(v.Terms.Owners), Parameters: members(v.Terms.Parameters),
			Form: v.Terms.Form, Contain: v.Terms.Contain, Policies: []json.RawMessage{}, Says: list(says(v.Terms)),
			Document: string(v.Terms.Document()),
		},
	}
	for _, p := range v.Terms.Policies {
		if !json.Valid([]byte(p)) {
			return shown{}, fault.Errorf(fault.Internal, "a policy of elevation %s is no JSON", v.Terms.ID)
		}
		out.Terms.Policies = append(out.Terms.Policies, json.RawMessage(p))
	}
	for _, d := range v.Decisions {
		out.Decisions = append(out.Decisions, viewDecision(d))
	}
	for _, r := range v.Timeline {
		if r.Kind == "elevation.ended" {
			out.Receipt = r.Detail
		}
	}
	if v.Review != nil {
		r := viewReview(*v.Review)
		out.Review = &r
	}
	return out, nil
}

func viewDecision(d access.Decision) decision {
	v := decision{Decision: "deny", By: viewCaller(d.By), Digest: d.Digest, Reason: d.Reason, At: d.At}
	if d.Approve {
		v.Decision = "approve"
	}
	return v
}

func viewReview(r review.Review) reviewBody {
	return reviewBody{r.Elevation, viewCaller(r.Requester), list(r.Reviewers), r.OpenedAt, r.SignedBy, r.SignedAt, r.Note}
}

func viewEntitlement(e access.Entitlement) entitlement {
	v := entitlement{
		Name: e.Name, About: e.About, Principals: list(e.Principals), Max: int64(e.Max / time.Second), Tasks: []taskRule{},
		Session: e.Session, Weak: e.Weak, MFA: e.MFA, Parameters: members(e.Parameters),
		Heartbeat: int64(e.Heartbeat / time.Second), BreakGlass: e.BreakGlass,
	}
	for _, t := range e.Tasks {
		v.Tasks = append(v.Tasks, taskRule{t.Kind, t.Known})
	}
	if a := e.Approval; a != nil {
		v.Approval = &approvalRule{approval{a.Need, list(a.Of)}, int64(a.Within / time.Second)}
	}
	return v
}

// list and members make what is empty [] and {} on the wire, and never null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func members[T any](m map[string]T) map[string]T {
	if m == nil {
		return map[string]T{}
	}
	return m
}
