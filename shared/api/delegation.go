package api

import (
	"context"
	"time"

	"curfew/shared/access"
	"curfew/shared/delegation"
	"curfew/shared/fault"
	"curfew/shared/identity"
)

// Delegation lets a person decide in the stead of an approver.
type Delegation struct {
	ID          string    `json:"id"`
	Of          Caller    `json:"of"` // who is away
	To          string    `json:"to"` // id of the delegate
	ToName      string    `json:"to_name"`
	From        time.Time `json:"from"`
	Until       time.Time `json:"until"`
	Reason      string    `json:"reason"`
	At          time.Time `json:"at"`
	InForce     bool      `json:"in_force,omitempty"` // now
	EndedAt     time.Time `json:"ended_at,omitzero"`  // before until
	EndedBy     string    `json:"ended_by,omitempty"` // id
	EndedReason string    `json:"ended_reason,omitempty"`
}

// DelegationList has those that are not over, the newest first.
type DelegationList struct {
	Delegations []Delegation `json:"delegations"`
}

// NewDelegation is the input of [MakeDelegation].
type NewDelegation struct {
	To     string    `json:"to"`            // id, name or subject of a person who was seen
	From   time.Time `json:"from,omitzero"` // zero: now
	Until  time.Time `json:"until"`         // at most 30 days after from
	Reason string    `json:"reason"`
}

func (d NewDelegation) check(time.Time) (m fault.Mistakes) {
	m.AddError("to", fault.CheckText("to", d.To, 1, mostID))
	m.AddError("reason", fault.CheckText("reason", d.Reason, 1, fault.MaxReason))
	if !d.From.IsZero() && !d.Until.After(d.From) {
		m.Add("until", "want an instant after from")
	}
	return m
}

// mostID is in runes: the longest id of a person that a store takes.
const mostID = 1000

// DelegationEnd is the input of [EndDelegation].
type DelegationEnd struct {
	Delegation string `json:"delegation"`       // id
	Of         string `json:"of,omitempty"`     // id of who made it; empty: the caller
	Reason     string `json:"reason,omitempty"` // why
}

func (d DelegationEnd) check(time.Time) (m fault.Mistakes) {
	if !access.ValidID(d.Delegation) {
		m.Add("delegation", "want the id of a delegation")
	}
	if d.Of != "" && !identity.IsID(d.Of) {
		m.Add("of", "want the id of a person, as person:ISSUER|SUBJECT")
	}
	m.AddError("reason", fault.CheckText("reason", d.Reason, 0, fault.MaxReason))
	return m
}

// MakeDelegation names the delegate of the caller.
func MakeDelegation(ctx context.Context, s *access.Service, c identity.Caller, in NewDelegation) (Delegation, error) {
	d, err := access.Delegations{Service: s}.Make(ctx, c, in.To, in.From, in.Until, in.Reason)
	if err != nil {
		return Delegation{}, err
	}
	return delegationOf(d, s.Instant()), nil
}

// ListDelegations returns those of and to the caller; to operators, all.
func ListDelegations(ctx context.Context, s *access.Service, c identity.Caller, _ Nothing) (DelegationList, error) {
	all, err := access.Delegations{Service: s}.List(ctx, c)
	l := DelegationList{Delegations: []Delegation{}}
	for _, d := range all {
		l.Delegations = append(l.Delegations, delegationOf(d, s.Instant()))
	}
	return l, err
}

// EndDelegation ends a delegation at once.
func EndDelegation(ctx context.Context, s *access.Service, c identity.Caller, in DelegationEnd) (Delegation, error) {
	d, err := access.Delegations{Service: s}.End(ctx, c, in.Of, in.Delegation, in.Reason)
	if err != nil {
		return Delegation{}, err
	}
	return delegationOf(d, s.Instant()), nil
}

func delegationOf(d delegation.Delegation, now time.Time) Delegation {
	out := Delegation{ID: d.ID, Of: callerOf(d.Of), To: d.To.ID, ToName: d.To.Name, From: d.From, Until: d.Until, Reason: d.Why, At: d.At, InForce: d.InForce(now)}
	if d.Ended != nil {
		out.EndedAt, out.EndedBy, out.EndedReason = d.Ended.At, d.Ended.By.ID, d.Ended.Why
	}
	return out
}
