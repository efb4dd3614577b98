package suspension

import (
	"context"
	"errors"

	"curfew/shared/directory"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
)

// Lift is for operators who are people and not suspended. It is idempotent.
func (s Suspensions) Lift(ctx context.Context, c identity.Caller, sc Scope, reason string) (out Suspension, err error) {
	defer s.Logged(ctx, "lift", "", c.ID, &err, "scope", sc.String())
	if err := errors.Join(sc.Check(), fault.CheckText("reason", reason, 1, fault.MaxReason)); err != nil {
		return out, err
	}
	s.Call = directory.NewCall(c)
	err = s.mayLift(ctx, c)
	s.callers().Record(ctx, s.Call, err)
	if err != nil {
		return out, s.Refused(ctx, c, "lift", "", err)
	}
	t, err := s.resolveSuspended(ctx, sc)
	if err != nil {
		return out, err
	}
	return s.change(ctx, t, func(was Suspension, held bool) (Suspension, evidence.Entry, error) {
		if !held {
			return was, evidence.Entry{}, nil
		}
		was.LiftedBy, was.LiftedAt = c.ID, s.Instant()
		return was, was.entry("suspension.lifted", c.ID, was.LiftedAt, reason), nil
	})
}

func (s Suspensions) mayLift(ctx context.Context, c identity.Caller) error {
	if c.Kind != identity.Person || !c.In(s.Operators) {
		return fault.Deny("curfew.operator", "only operators who are people may lift a suspension")
	}
	return s.Free(ctx, c, "another operator must lift it")
}

// resolveSuspended needs no catalog or IAM for suspended ids.
func (s Suspensions) resolveSuspended(ctx context.Context, sc Scope) (Target, error) {
	if sc.Exact() {
		rows, err := s.Store.Read(ctx, suspendedKey(sc))
		if err != nil || len(rows) > 0 {
			return Target{Scope: sc}, fault.Wrap(err, "reading the suspension of %s", sc)
		}
	}
	return resolving{s}.resolve(ctx, sc, false)
}
