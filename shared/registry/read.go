package registry

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Registry reads and changes the accounts.
type Registry struct {
	record.Base
	// Cache serves [Registry.Governed] for a minute; nil: each call reads.
	Cache     *Cache
	Operators []string
	// Home is Curfew's own account, which is never governed.
	Home string
	// Open returns the elevations of an account that have not ended.
	Open func(ctx context.Context, account string) ([]string, error)
	// Refused records a refusal in the caller's chain. Free refuses suspended callers.
	Refused func(ctx context.Context, c identity.Caller, verb, id string, err error) error
	Free    func(ctx context.Context, c identity.Caller, then string) error
}

// Cache keeps the governed accounts.
type Cache struct {
	mu     sync.Mutex // guards the fields below
	all    []string
	readAt time.Time
}

const cachedFor = time.Minute

// ChangedAt is when the state of an account last changed; zero: it is not in the registry.
func (r Registry) ChangedAt(ctx context.Context, account string) (time.Time, error) {
	was, err := record.Get[Account](ctx, r.Store, key(account))
	return was.Value.At, fault.Wrap(err, "reading the registry")
}

// Admit returns Denied unless the account is a member. It reads the row: a removal counts at once.
func (r Registry) Admit(ctx context.Context, account string) error {
	was, err := record.Get[Account](ctx, r.Store, key(account))
	switch {
	case err != nil:
		return fault.Wrap(err, "reading the registry")
	case was.Value.State == Leaving:
		return fault.Deny("curfew.account", "account %s is leaving: nothing is granted in it any more", account)
	case was.Value.State != Member:
		return fault.Deny("curfew.account", "account %s is not in the registry: an operator can add it with curfew accounts add", account)
	}
	return nil
}

// Governed returns the ids of the members, and of the accounts that are leaving, sorted. They may be a minute old.
func (r Registry) Governed(ctx context.Context) ([]string, error) {
	if r.Cache != nil {
		r.Cache.mu.Lock()
		defer r.Cache.mu.Unlock()
		if !r.Cache.readAt.IsZero() && r.Now().Before(r.Cache.readAt.Add(cachedFor)) {
			return slices.Clone(r.Cache.all), nil
		}
	}
	rows, err := r.rows(ctx)
	if rows == nil {
		return nil, err
	}
	all := []string{}
	for _, a := range rows {
		if a.Governed() {
			all = append(all, a.ID)
		}
	}
	if r.Cache != nil && err == nil {
		r.Cache.all, r.Cache.readAt = slices.Clone(all), r.Now()
	}
	return all, err
}

// IsGoverned reports whether [Registry.Governed] has the account. An unreadable row of another account is no error.
func (r Registry) IsGoverned(ctx context.Context, account string) (bool, error) {
	all, err := r.Governed(ctx)
	if _, found := slices.BinarySearch(all, account); found {
		return true, nil
	}
	return false, err
}

// rows has the removed ones too. Unreadable rows are an error and skipped. Nil: the read failed.
func (r Registry) rows(ctx context.Context) ([]Account, error) {
	rows, err := r.Store.Partition(ctx, record.AccessTable, partition, "")
	if err != nil {
		return nil, fault.Wrap(err, "reading the registry")
	}
	all := []Account{}
	var failed []error
	for _, row := range rows {
		a, err := record.Decode[Account](row)
		if failed = append(failed, err); err == nil {
			all = append(all, a)
		}
	}
	return all, errors.Join(failed...)
}

// List is for operators. It has the governed accounts, by id.
func (r Registry) List(ctx context.Context, c identity.Caller) (all []Account, err error) {
	defer r.Logged(ctx, "accounts", "", c.ID, &err)
	if !c.In(r.Operators) {
		return nil, r.Refused(ctx, c, "accounts", "", fault.Deny("curfew.operator", "only operators may list accounts"))
	}
	all, err = r.rows(ctx)
	return slices.DeleteFunc(all, func(a Account) bool { return !a.Governed() }), err
}
