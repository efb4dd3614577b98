package registry

import (
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/iamarn"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// State is what an account is to Curfew.
type State string

const (
	Member  State = "member"
	Leaving State = "leaving" // no grants begin; the sweep and the trail continue
	Removed State = "removed" // the row stays: no function may delete it
)

// Account is a row.
type Account struct {
	ID     string    `json:"id"`
	State  State     `json:"state"`
	Reason string    `json:"reason"` // of the last change
	By     string    `json:"by"`     // id
	ByName string    `json:"by_name,omitempty"`
	At     time.Time `json:"at"`
}

// Governed reports whether the account's principals are watched.
func (a Account) Governed() bool { return a.State == Member || a.State == Leaving }

// CheckID returns Invalid unless id has 12 digits.
func CheckID(id string) error {
	if !iamarn.IsAccount(id) {
		return fault.Errorf(fault.Invalid, "%q is not the id of an account, 12 digits", fault.Printable(id))
	}
	return nil
}

func (a Account) to(s State, c identity.Caller, reason string, now time.Time) Account {
	return Account{ID: a.ID, State: s, Reason: reason, By: c.ID, ByName: c.Name, At: record.Instant(now)}
}

func (a Account) entry() evidence.Entry {
	kind := map[State]string{Member: "account.added", Leaving: "account.leaving", Removed: "account.removed"}[a.State]
	return evidence.Entry{At: a.At, Kind: kind, Actor: a.By, Detail: map[string]any{"account": a.ID, "reason": a.Reason}}
}

// One partition, so that one strongly consistent query reads the registry.
const partition = "account#"

func key(id string) record.Key { return record.AccessKey(partition, id) }

func chainOf(id string) string { return partition + id }
