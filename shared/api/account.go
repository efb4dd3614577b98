package api

import (
	"context"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/registry"
)

// AccountChange is the input of [AddAccount] and [RemoveAccount].
type AccountChange struct {
	Account string `json:"account"` // id
	Reason  string `json:"reason"`
}

func (a AccountChange) check(time.Time) fault.Mistakes {
	var m fault.Mistakes
	m.AddError("account", registry.CheckID(a.Account))
	m.AddError("reason", fault.CheckText("reason", a.Reason, 1, fault.MaxReason))
	return m
}

// Account is a row of the registry.
type Account struct {
	ID     string    `json:"id"`
	State  string    `json:"state"` // member, leaving or removed
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	ByName string    `json:"by_name,omitempty"`
	At     time.Time `json:"at"`
	Open   []string  `json:"open,omitempty"` // elevations that have not ended, of an account that leaves
}

// AccountList is sorted by id.
type AccountList struct {
	Accounts []Account `json:"accounts"`
}

func accountOf(a registry.Account, open []string) Account {
	return Account{a.ID, string(a.State), a.Reason, a.By, a.ByName, a.At, open}
}

// ListAccounts returns the governed accounts.
func ListAccounts(ctx context.Context, s *access.Service, c identity.Caller, _ Nothing) (AccountList, error) {
	all, err := access.Accounts(s).List(ctx, c)
	l := AccountList{Accounts: []Account{}}
	for _, a := range all {
		l.Accounts = append(l.Accounts, accountOf(a, nil))
	}
	return l, err
}

// AddAccount makes an account a member.
func AddAccount(ctx context.Context, s *access.Service, c identity.Caller, in AccountChange) (Account, error) {
	a, err := access.Accounts(s).Add(ctx, c, in.Account, in.Reason)
	return accountOf(a, nil), err
}

// RemoveAccount lets an account leave, and removes it once its elevations have ended.
func RemoveAccount(ctx context.Context, s *access.Service, c identity.Caller, in AccountChange) (Account, error) {
	a, open, err := access.Accounts(s).Remove(ctx, c, in.Account, in.Reason)
	return accountOf(a, open), err
}
