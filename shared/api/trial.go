package api

import (
	"context"
	"encoding/json"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/identity"
)

// Trial is the outcome of a request, if it were made now.
type Trial struct {
	Allowed    bool              `json:"allowed"`
	Why        string            `json:"why,omitempty"`
	Reasons    []string          `json:"reasons"` // policies that allow, or rules that refuse
	Approval   Approval          `json:"approval"`
	DecideBy   time.Time         `json:"decide_by,omitzero"`
	Session    *Session          `json:"session,omitempty"`
	Form       string            `json:"form,omitempty"`
	Policies   []json.RawMessage `json:"policies"`
	Size       int               `json:"size"`           // characters of the policies
	Room       *Room             `json:"room,omitempty"` // nil: the principal was not read
	Says       []string          `json:"says"`           // as [Terms.Says]
	Budgets    []Budget          `json:"budgets,omitempty"`
	Difference *Difference       `json:"difference,omitempty"` // nil: refused, or not for this caller
}

// Room is a principal's remaining quota.
type Room struct {
	Inline   int `json:"inline"`   // characters
	Attached int `json:"attached"` // managed policies
}

// TryElevation answers whether a request would be taken, and stores nothing. A refusal is no error.
func TryElevation(ctx context.Context, s *access.Service, c identity.Caller, in NewElevation) (Trial, error) {
	found, err := access.Submission{Service: s}.Try(ctx, c, in.request())
	if err != nil {
		return Trial{}, err
	}
	t := found.Terms
	v := Trial{
		Allowed: found.Refusal == nil, Reasons: list(found.By), Approval: approvalOf(t), Session: sessionOf(t), Form: string(t.Form),
		Size: found.Size, Room: (*Room)(found.Room), Says: []string{}, Budgets: budgetsLeft(found.Budgets),
		Difference: differenceOf(found.Difference),
	}
	if found.Refusal != nil {
		v.Why, v.Reasons = found.Refusal.Error(), list(fault.Reasons(found.Refusal))
	}
	if v.Approval.Need > 0 {
		v.DecideBy = t.DecideBy
	}
	if len(t.Policies) > 0 { // else task and principal may be unread
		v.Says = list(says(t))
	}
	v.Policies, err = policiesOf(t)
	return v, err
}
