package api

import (
	"encoding/json"
	"time"

	"curfew/shared/access"
)

// Entitlement may be requested by the caller.
type Entitlement struct {
	Name       string            `json:"name"`
	About      string            `json:"about"`
	Principals []string          `json:"principals"` // ARNs; * and ? match within one part of an ARN
	Max        int64             `json:"max_seconds"`
	Until      time.Time         `json:"until,omitzero"` // the end of the eligibility; absent: none
	Tasks      []TaskRule        `json:"tasks"`
	Approval   *ApprovalRule     `json:"approval,omitempty"` // nil: policy alone
	Budgets    []Budget          `json:"budgets,omitempty"`
	Session    string            `json:"session"`        // as [Session.Bind]
	Weak       bool              `json:"weak,omitempty"` // accepts unpinned names
	MFA        bool              `json:"mfa,omitempty"`
	Parameters map[string]string `json:"parameters"` // type by name; all required
	Heartbeat  int64             `json:"heartbeat_seconds,omitempty"`
	BreakGlass bool              `json:"break_glass,omitempty"`
	CoolDown   int64             `json:"cool_down_seconds,omitempty"` // between a person's break-glass
	Overlap    bool              `json:"overlap,omitempty"`           // several may be open for one session
}

// TaskRule accepts a kind of task; Known: only if its start was seen.
type TaskRule struct {
	Kind  string `json:"kind"`
	Known bool   `json:"known"`
}

// ApprovalRule is [Approval] with a time limit.
type ApprovalRule struct {
	Need   int      `json:"need"`
	Of     []string `json:"of"`
	Within int64    `json:"within_seconds"`
	// MFAWithin is how old an approver's sign-in with MFA may be; 0: none is needed.
	MFAWithin int64 `json:"mfa_within_seconds,omitempty"`
	// Seen: an approval must give the hash of the difference that was shown.
	Seen bool `json:"seen,omitempty"`
	// Then may decide later as well.
	Then []ApprovalStep `json:"then,omitempty"`
}

// Budget limits the minutes of an entitlement in a window.
type Budget struct {
	Per     string `json:"per"` // requester, principal or entitlement
	Minutes int64  `json:"minutes"`
	In      int64  `json:"in_seconds"`
	// Left is what the requester has now; nil: not asked, not readable, or it depends on the principal.
	Left *int64 `json:"left_minutes,omitempty"`
}

// EntitlementShown adds the catalog's policy with its placeholders.
type EntitlementShown struct {
	Entitlement
	Policy json.RawMessage `json:"policy"`
}

// ByName names an entitlement.
type ByName struct {
	Name string `json:"name"`
}

// EntitlementList is sorted by name.
type EntitlementList struct {
	Entitlements []Entitlement `json:"entitlements"`
}

func entitlementOf(e access.Entitlement) Entitlement {
	v := Entitlement{
		Name: e.Name, About: e.About, Principals: list(e.Principals), Max: seconds(e.Max), Until: e.Until, Tasks: []TaskRule{},
		Session: string(e.Session), Weak: e.Weak, MFA: e.MFA, Parameters: map[string]string{},
		Heartbeat: seconds(e.Heartbeat), BreakGlass: e.BreakGlass, CoolDown: seconds(e.CoolDown), Overlap: e.Overlap,
	}
	for name, kind := range e.Parameters {
		v.Parameters[name] = string(kind)
	}
	for _, t := range e.Tasks {
		v.Tasks = append(v.Tasks, TaskRule{t.Kind, t.Known})
	}
	for _, b := range e.Budgets {
		v.Budgets = append(v.Budgets, budgetOf(b))
	}
	if a := e.Approval; a != nil {
		v.Approval = &ApprovalRule{a.Need, list(a.Of), seconds(a.Within), seconds(a.MFAWithin), a.Seen, nil}
		for _, s := range a.Then {
			v.Approval.Then = append(v.Approval.Then, ApprovalStep{seconds(s.After), list(s.Of)})
		}
	}
	return v
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

func budgetOf(b access.Budget) Budget {
	return Budget{Per: string(b.Per), Minutes: b.Minutes, In: seconds(b.In)}
}

func budgetsLeft(all []access.Left) (left []Budget) {
	for _, l := range all {
		b := budgetOf(l.Budget)
		if !l.Unread {
			b.Left = &l.Left
		}
		left = append(left, b)
	}
	return left
}
