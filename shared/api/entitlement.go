package api

import (
	"encoding/json"
	"time"

	"curfew/shared/access"
)

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

// EntitlementShown is an entitlement with the catalog's policy, whose placeholders are not filled in.
type EntitlementShown struct {
	Entitlement
	Policy json.RawMessage `json:"policy"`
}

// ByName is the input of an operation on one entitlement.
type ByName struct {
	Name string `json:"name"`
}

// EntitlementList is what the caller may ask for, in order of name.
type EntitlementList struct {
	Entitlements []Entitlement `json:"entitlements"`
}

func entitlementOf(e access.Entitlement) Entitlement {
	v := Entitlement{
		Name: e.Name, About: e.About, Principals: list(e.Principals), Max: seconds(e.Max), Tasks: []TaskRule{},
		Session: string(e.Session), Weak: e.Weak, MFA: e.MFA, Parameters: map[string]string{},
		Heartbeat: seconds(e.Heartbeat), BreakGlass: e.BreakGlass,
	}
	for name, kind := range e.Parameters {
		v.Parameters[name] = string(kind)
	}
	for _, t := range e.Tasks {
		v.Tasks = append(v.Tasks, TaskRule{t.Kind, t.Known})
	}
	if a := e.Approval; a != nil {
		v.Approval = &ApprovalRule{a.Need, list(a.Of), seconds(a.Within)}
	}
	return v
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }
