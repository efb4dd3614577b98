package access

import (
	"encoding/json"
	"time"

	"curfew/shared/record"
)

// Order is the order to end one elevation's access: all that [Service.Revoke] needs. Every caller has it in hand: the
// state machine in its input, the TTL record in its body, the sweep from IAM itself.
type Order struct {
	ID          string `json:"id"`
	Account     string `json:"account"`
	Principal   string `json:"principal"`    // ARN
	PrincipalID string `json:"principal_id"` // may be empty: then the name alone says whose the policy is
	// By is who or what gave it: "workflow", "ttl", "sweep", "execution", or a caller's id.
	By string `json:"by"`
	// OrderedAt is when, and does not change when the order is repeated.
	OrderedAt time.Time `json:"ordered_at"`
	// Stray: the policy is on a principal that is not the elevation's. It is taken away there, and the elevation goes on.
	Stray bool `json:"stray,omitempty"`
	// Contained: there is a containment of it, whatever the record says.
	Contained bool `json:"contained,omitempty"`
}

func (o Order) principal() Principal {
	return Principal{ARN: o.Principal, ID: o.PrincipalID, Account: o.Account}
}

// Order to end this elevation.
func (e Elevation) Order(by string, at time.Time) Order {
	return Order{
		ID: e.ID, Account: e.Principal.Account, Principal: e.Principal.ARN, PrincipalID: e.Principal.ID,
		By: by, OrderedAt: record.Instant(at),
	}
}

// Input is what an execution starts with. It is made once, at Submit.
type Input struct {
	ID            string    `json:"id"`
	Route         string    `json:"route"`             // "ask" or "start", with "-ahead" if it begins later than it was asked for
	Account       string    `json:"account,omitempty"` // empty for a canary that another net than the state machine is to end
	Principal     string    `json:"principal"`
	PrincipalID   string    `json:"principal_id"`
	StartAt       time.Time `json:"start_at"`
	DecideSeconds int64     `json:"decide_seconds"`
}

func (i Input) String() string {
	b, err := json.Marshal(i)
	if err != nil { // a struct of strings, times and numbers: there is nothing that could fail
		return ""
	}
	return string(b)
}

// input is what the execution starts with.
func (t Terms) input() string {
	in := Input{
		ID: t.ID, Route: "ask", Account: t.Principal.Account, Principal: t.Principal.ARN, PrincipalID: t.Principal.ID,
		StartAt: t.StartAt, DecideSeconds: max(1, secondsUntil(t.DecideBy, t.RequestedAt)),
	}
	if t.Approval.Need == 0 {
		in.Route = "start"
	}
	if t.StartAt.After(t.RequestedAt) {
		in.Route += "-ahead"
	}
	if n := t.CanaryNet(); n != "" && n != NetWorkflow {
		in.Account = "" // Revoke's state reads it: without it the execution dies there, as if it had failed by itself
	}
	return in.String()
}
