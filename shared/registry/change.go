package registry

import (
	"context"
	"errors"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Add makes an account a member. It is for operators who are people, and idempotent.
func (r Registry) Add(ctx context.Context, c identity.Caller, id, reason string) (a Account, err error) {
	defer r.Logged(ctx, "add-account", "", c.ID, &err, "account", id)
	if err := r.may(ctx, c, "add-account", id, reason); err != nil {
		return a, err
	}
	if id == r.Home {
		return a, fault.Errorf(fault.Invalid, "account %s is home, and Curfew never elevates in its own account", id)
	}
	return r.change(ctx, id, func(was Account) (Account, error) {
		if was.State == Member {
			return was, nil
		}
		return was.to(Member, c, reason, r.Now()), nil
	})
}

// settled is how long an account must have been leaving before it is removed. Then each request that was admitted before
// is in the index of open elevations.
const settled = time.Minute

// Remove makes a member leave: nothing is granted in it from now on. It removes an account that has been leaving for a
// minute, if open is empty: the ids of the elevations there that have not ended. Until then the sweep continues to read
// the account. It is for operators who are people, and idempotent. NotFound: the account is not governed.
func (r Registry) Remove(ctx context.Context, c identity.Caller, id, reason string) (a Account, open []string, err error) {
	defer r.Logged(ctx, "remove-account", "", c.ID, &err, "account", id)
	if err := r.may(ctx, c, "remove-account", id, reason); err != nil {
		return a, nil, err
	}
	if a, err = r.change(ctx, id, func(was Account) (Account, error) {
		if !was.Governed() {
			return was, fault.Errorf(fault.NotFound, "account %s is not in the registry", id)
		}
		if was.State == Leaving {
			return was, nil
		}
		return was.to(Leaving, c, reason, r.Now()), nil
	}); err != nil {
		return a, nil, err
	}
	if open, err = r.Open(ctx, id); err != nil || len(open) > 0 || r.Now().Before(a.At.Add(settled)) {
		return a, open, err
	}
	a, err = r.change(ctx, id, func(was Account) (Account, error) {
		if was.State != Leaving || !was.At.Equal(a.At) { // changed meanwhile
			return was, nil
		}
		return was.to(Removed, c, reason, r.Now()), nil
	})
	return a, nil, err
}

func (r Registry) may(ctx context.Context, c identity.Caller, verb, id, reason string) error {
	if err := errors.Join(CheckID(id), fault.CheckText("reason", reason, 1, fault.MaxReason)); err != nil {
		return err
	}
	if c.Kind != identity.Person || !c.In(r.Operators) {
		return r.Refused(ctx, c, verb, "", fault.Deny("curfew.operator", "only operators who are people may change the registry of accounts"))
	}
	return r.Refused(ctx, c, verb, "", r.Free(ctx, c, "you may not change the registry of accounts"))
}

// change writes the row with its evidence. An equal account changes nothing.
func (r Registry) change(ctx context.Context, id string, f func(was Account) (Account, error)) (out Account, err error) {
	err = record.UpdateRow(ctx, r.Store, "account "+id, key(id), func(was record.Stored[Account]) ([]record.Change, error) {
		was.Value.ID = id
		next, err := f(was.Value)
		out = next
		if err != nil || next == was.Value {
			return nil, err
		}
		head, err := record.LastHead(ctx, r.Store, chainOf(id))
		if err != nil {
			return nil, err
		}
		proof, err := record.Append(chainOf(id), &head, next.entry())
		if err != nil {
			return nil, err
		}
		kept, err := record.KeepHead(chainOf(id), head)
		if err != nil {
			return nil, err
		}
		put, err := was.Put(next, time.Time{})
		return []record.Change{put, proof, kept}, err
	})
	return out, err
}

// Rehearsed returns the row of a member without evidence, for a rehearsal, which has no operator at its start.
func Rehearsed(id string, now time.Time) (record.Change, error) {
	row, err := record.Encode(key(id), 1, Account{ID: id, State: Member, Reason: "rehearsal", At: record.Instant(now)})
	return record.Change{If: record.Absent, Row: row}, err
}
