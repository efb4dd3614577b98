package suspension

import (
	"context"
	"errors"
	"slices"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// All suspensions lie in one partition: whoever decides reads those that matter by key, the sweep reads all of them.
const suspendedPartition = "suspended"

func suspendedKey(sc Scope) record.Key { return record.AccessKey(suspendedPartition, sc.String()) }

// readAll gives those that have a row, in effect or not; nil if they cannot be read.
func (s Suspensions) readAll(ctx context.Context) ([]Suspension, error) {
	rows, err := s.Store.Partition(ctx, record.AccessTable, suspendedPartition, "")
	if err != nil {
		return nil, fault.Wrap(err, "reading what is suspended")
	}
	all := []Suspension{}
	var failed []error
	for _, row := range rows {
		sus, err := record.Decode[Suspension](row)
		if failed = append(failed, err); err == nil {
			all = append(all, sus)
		}
	}
	return all, errors.Join(failed...)
}

func (s Suspensions) inEffect(all []Suspension) []Suspension {
	now := s.Now()
	return slices.DeleteFunc(slices.Clone(all), func(sus Suspension) bool { return !sus.InEffect(now) })
}

// readInEffect gives those in effect. One that cannot be read keeps no other from being told.
func (s Suspensions) readInEffect(ctx context.Context) ([]Suspension, error) {
	all, err := s.readAll(ctx)
	if all == nil {
		return nil, err
	}
	return s.inEffect(all), err
}

// List gives those in effect, in order of scope, for an operator.
func (s Suspensions) List(ctx context.Context, c identity.Caller) (all []Suspension, err error) {
	defer s.Logged(ctx, "suspensions", "", c.ID, &err)
	if !c.In(s.Operators) {
		return nil, s.Refused(ctx, c, "suspensions", "", fault.Deny("curfew.operator", "only operators see who is suspended"))
	}
	return s.readInEffect(ctx)
}

// Suspended gives the first scope that is suspended and holds what a caller wants to do to an elevation of this principal, requester
// and entitlement; empty if none is.
func (s Suspensions) Suspended(ctx context.Context, c identity.Caller, principal, requester, entitlement string) (string, error) {
	return s.Held(ctx, Scope{Requester: c.ID}, Scope{Requester: requester}, Scope{Principal: principal},
		Scope{Entitlement: entitlement}, Scope{Everything: true})
}

// Held gives the first of these scopes that is suspended; empty if none is.
func (s Suspensions) Held(ctx context.Context, scopes ...Scope) (string, error) {
	var keys []record.Key
	for _, sc := range scopes {
		if k := suspendedKey(sc); k.Sort != "" && !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	all := keys
	if s.Call != nil {
		all = append(slices.Clip(keys), s.Call.Key())
	}
	rows, err := s.Store.Read(ctx, all...)
	if err != nil {
		return "", fault.Wrap(err, "reading who is suspended")
	}
	if s.Call != nil {
		s.Call.Took(rows)
	}
	for _, k := range keys {
		row, ok := rows[k]
		if !ok {
			continue
		}
		if sus, err := record.Decode[Suspension](row); err != nil || sus.InEffect(s.Now()) { // one that cannot be read is in effect
			return k.Sort, nil
		}
	}
	return "", nil
}

// Free refuses a caller who is suspended, whatever else they are. That everything is suspended does not suspend each caller:
// operators go on to act.
func (s Suspensions) Free(ctx context.Context, c identity.Caller, then string) error {
	own, err := s.Held(ctx, Scope{Requester: c.ID})
	if err == nil && own != "" {
		err = fault.Deny("curfew.self", "you are suspended: %s", then)
	}
	return err
}

// EndsOthers refuses a suspended caller the end of what is not their own. If that cannot be read the end goes on: access
// that should not end can be asked for again, and access that should must not stay because a read failed.
func (s Suspensions) EndsOthers(ctx context.Context, c identity.Caller) error {
	err := s.Free(ctx, c, "you end only what is your own")
	if err != nil && fault.KindOf(err) != fault.Denied {
		s.Log.WarnContext(ctx, "ending without knowing whether the caller is suspended", "actor", c.ID, "error", err)
		return nil
	}
	return err
}
