package suspension

import (
	"context"
	"errors"
	"slices"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// One partition: decisions read by key, the sweep reads it all.
const suspendedPartition = "suspended"

func suspendedKey(sc Scope) record.Key { return record.AccessKey(suspendedPartition, sc.String()) }

// readAll has also those no longer in effect. Nil: the read failed. Unreadable rows are an error and skipped.
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

// ListInEffect returns those in effect. An unreadable one does not hide the others.
func (s Suspensions) ListInEffect(ctx context.Context) ([]Suspension, error) {
	all, err := s.readAll(ctx)
	if all == nil {
		return nil, err
	}
	return s.inEffect(all), err
}

// List is for operators, in order of scope.
func (s Suspensions) List(ctx context.Context, c identity.Caller) (all []Suspension, err error) {
	defer s.Logged(ctx, "suspensions", "", c.ID, &err)
	if !c.In(s.Operators) {
		return nil, s.Refused(ctx, c, "suspensions", "", fault.Deny("curfew.operator", "only operators may list suspensions"))
	}
	return s.ListInEffect(ctx)
}

// Suspended returns the first scope that blocks c, or "".
func (s Suspensions) Suspended(ctx context.Context, c identity.Caller, principal, requester, entitlement string) (string, error) {
	return s.Held(ctx, Scope{Requester: c.ID}, Scope{Requester: requester}, Scope{Principal: principal},
		Scope{Entitlement: entitlement}, Scope{Everything: true})
}

// Held returns the first suspended scope, or "".
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
	if s.Ahead != nil {
		all = append(slices.Clip(all), s.Ahead.Keys...)
	}
	rows, err := s.Store.Read(ctx, all...)
	if err != nil {
		return "", fault.Wrap(err, "reading who is suspended")
	}
	if s.Ahead != nil {
		s.Ahead.Rows = rows
	}
	if s.Call != nil {
		s.Call.SetRows(rows)
	}
	for _, k := range keys {
		row, ok := rows[k]
		if !ok {
			continue
		}
		if sus, err := record.Decode[Suspension](row); err != nil || sus.InEffect(s.Now()) { // unreadable counts as in effect
			return k.Sort, nil
		}
	}
	return "", nil
}

// Free refuses suspended callers. A suspension of everything does not count: operators must act.
func (s Suspensions) Free(ctx context.Context, c identity.Caller, then string) error {
	own, err := s.Held(ctx, Scope{Requester: c.ID})
	if err == nil && own != "" {
		err = fault.Deny("curfew.self", "you are suspended: %s", then)
	}
	return err
}

// EndsOthers refuses suspended callers the ends of others. If the read fails the end proceeds: access must not stay,
// and can be requested again.
func (s Suspensions) EndsOthers(ctx context.Context, c identity.Caller) error {
	err := s.Free(ctx, c, "you can end only your own elevations")
	if err != nil && fault.KindOf(err) != fault.Denied {
		s.Log.WarnContext(ctx, "ending without knowing whether the caller is suspended", "actor", c.ID, "error", err)
		return nil
	}
	return err
}
