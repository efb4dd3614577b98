package access

import (
	"encoding/json"
	"time"

	"curfew/shared/record"
)

// Order is all that [Service.Revoke] needs. Callers take it from the state machine's input, the TTL record or IAM.
type Order struct {
	ID          string `json:"id"`
	Account     string `json:"account"`
	Principal   string `json:"principal"`    // ARN
	PrincipalID string `json:"principal_id"` // may be empty
	// By is "workflow", "ttl", "sweep", "execution" or a caller id.
	By string `json:"by"`
	// OrderedAt stays when the order is repeated.
	OrderedAt time.Time `json:"ordered_at"`
	// Stray: the policy is on a wrong principal; the elevation continues.
	Stray bool `json:"stray,omitempty"`
	// Contained: a containment was seen.
	Contained bool `json:"contained,omitempty"`
	// Review: access has ended, and only its review may leave the lists: see [Reviews].
	Review bool `json:"review,omitempty"`
	// Foreign is a change that a quarantine may answer, for Contain. Such an order has no ID.
	Foreign *Foreign `json:"foreign,omitempty"`
}

// Foreign is a change of a principal by others that gives access, as CloudTrail recorded it.
type Foreign struct {
	Event  string    `json:"event"`
	At     time.Time `json:"at"`
	Writer string    `json:"writer"` // ARN
	Call   string    `json:"call"`   // as "PutRolePolicy"
	Policy string    `json:"policy"` // name of an inline policy, or ARN of an attached one; empty: the trust policy
	Digest string    `json:"digest"` // [baseline.Digest] of the document; empty: an attached policy
}

func (o Order) principal() Principal {
	return Principal{ARN: o.Principal, ID: o.PrincipalID, Account: o.Account}
}

// Order returns the order to end e.
func (e Elevation) Order(by string, at time.Time) Order {
	return Order{
		ID: e.ID, Account: e.Principal.Account, Principal: e.Principal.ARN, PrincipalID: e.Principal.ID,
		By: by, OrderedAt: record.Instant(at),
	}
}

// Input is an execution's input, made once at Submit.
type Input struct {
	ID            string    `json:"id"`
	Route         string    `json:"route"`             // "ask" or "start"; with "-ahead" if the start is later than the request
	Account       string    `json:"account,omitempty"` // empty for a canary that another net must end
	Principal     string    `json:"principal"`
	PrincipalID   string    `json:"principal_id"`
	StartAt       time.Time `json:"start_at"`
	DecideSeconds int64     `json:"decide_seconds"`
}

func (i Input) String() string {
	b, err := json.Marshal(i)
	if err != nil { // cannot fail
		return ""
	}
	return string(b)
}

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
		in.Account = "" // Revoke's state reads it
	}
	return in.String()
}
