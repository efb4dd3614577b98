package access

import (
	"context"
	"errors"
	"slices"
	"time"

	"curfew/shared/evidence"
)

// Suspension denies at once whatever is in its scope, and what is open of it is ended by the sweep, if nobody is faster.
// It stays until somebody lifts it.
type Suspension struct {
	Scope    Scope         `json:"scope"`
	Reason   string        `json:"reason"`
	By       string        `json:"by"` // the caller's id
	At       time.Time     `json:"at"`
	LiftedBy string        `json:"lifted_by,omitempty"`
	LiftedAt time.Time     `json:"lifted_at,omitzero"` // zero: it holds
	Evidence evidence.Head `json:"evidence"`
}

// Suspend suspends a scope. Only an operator may, a machine too. What is suspended already stays as it is: success.
// Nothing is ended by it alone; see [Service.EndAll].
func (s *Service) Suspend(ctx context.Context, c Caller, sc Scope, reason string) (out Suspension, err error) {
	defer s.logged(ctx, "suspend", "", c.ID, &err, "scope", sc.String())
	if err := errors.Join(sc.check(), checkText("reason", reason, 1, maxReason)); err != nil {
		return out, err
	}
	if err := s.maySuspend(ctx, c); err != nil {
		return out, s.refused(ctx, c, "suspend", "", err)
	}
	return s.changeSuspension(ctx, sc, func(was Suspension, held bool) (Suspension, evidence.Entry, bool) {
		next := Suspension{Scope: sc, Reason: reason, By: c.ID, At: s.now(), Evidence: was.Evidence}
		return next, evidence.Entry{At: next.At, Kind: "suspension.made", Actor: c.ID, Detail: map[string]any{"scope": sc, "reason": reason}}, !held
	})
}

// Lift takes a suspension back. Only a person may who is an operator, and nobody takes back one of himself. One that does
// not hold is success.
func (s *Service) Lift(ctx context.Context, c Caller, sc Scope, reason string) (out Suspension, err error) {
	defer s.logged(ctx, "lift", "", c.ID, &err, "scope", sc.String())
	if err := errors.Join(sc.check(), checkText("reason", reason, 1, maxReason)); err != nil {
		return out, err
	}
	if err := s.mayLift(ctx, c); err != nil {
		return out, s.refused(ctx, c, "lift", "", err)
	}
	return s.changeSuspension(ctx, sc, func(was Suspension, held bool) (Suspension, evidence.Entry, bool) {
		was.LiftedBy, was.LiftedAt = c.ID, s.now()
		return was, evidence.Entry{At: was.LiftedAt, Kind: "suspension.lifted", Actor: c.ID, Detail: map[string]any{"scope": sc, "reason": reason}}, held
	})
}

// maySuspend lets no operator suspend who is suspended himself: he could keep all others out.
func (s *Service) maySuspend(ctx context.Context, c Caller) error {
	if !c.In(s.Settings.Operators) {
		return deny("curfew.operator", "only operators suspend")
	}
	own, err := s.held(ctx, Scope{Requester: c.ID})
	if err == nil && own != "" {
		err = deny("curfew.self", "you are suspended, and suspend nobody")
	}
	return err
}

func (s *Service) mayLift(ctx context.Context, c Caller) error {
	if c.Kind != Person || !c.In(s.Settings.Operators) {
		return deny("curfew.operator", "only operators who are people lift a suspension")
	}
	own, err := s.held(ctx, Scope{Requester: c.ID})
	if err == nil && own != "" {
		err = deny("curfew.self", "you are suspended: another operator lifts it")
	}
	return err
}

// Suspensions are those that hold, in order of scope, for an operator.
func (s *Service) Suspensions(ctx context.Context, c Caller) (all []Suspension, err error) {
	defer s.logged(ctx, "suspensions", "", c.ID, &err)
	if !c.In(s.Settings.Operators) {
		return nil, s.refused(ctx, c, "suspensions", "", deny("curfew.operator", "only operators see who is suspended"))
	}
	return s.suspensions(ctx)
}

// suspensions are those that hold. One that cannot be read keeps no other from being told.
func (s *Service) suspensions(ctx context.Context) ([]Suspension, error) {
	rows, err := s.Store.Partition(ctx, AccessTable, suspendedPartition, "")
	if err != nil {
		return nil, wrap(err, "reading what is suspended")
	}
	all := []Suspension{}
	var failed []error
	for _, row := range rows {
		sus, err := decode[Suspension](row)
		failed = append(failed, err)
		if err == nil && sus.LiftedAt.IsZero() {
			all = append(all, sus)
		}
	}
	return all, errors.Join(failed...)
}

// changeSuspension swaps the row of a scope, with evidence of it in the scope's own chain.
func (s *Service) changeSuspension(ctx context.Context, sc Scope, f func(was Suspension, held bool) (Suspension, evidence.Entry, bool)) (Suspension, error) {
	key := suspendedKey(sc)
	for range amendTries {
		rows, err := s.Store.Read(ctx, key)
		if err != nil {
			return Suspension{}, wrap(err, "reading the suspension of %s", sc)
		}
		var was Suspension
		put := Change{If: Absent}
		row, there := rows[key]
		if there {
			if was, err = decode[Suspension](row); err != nil {
				return was, err
			}
			put = Change{If: Unchanged, Version: row.Version}
		}
		next, entry, change := f(was, there && was.LiftedAt.IsZero())
		if !change {
			return was, nil
		}
		record, head, err := evidence.Append("suspension#"+sc.String(), next.Evidence, entry)
		if err != nil {
			return was, Errorf(Internal, "%w", err)
		}
		next.Evidence = head
		er, err := evidenceRow(record)
		if err != nil {
			return was, err
		}
		if put.Row, err = encode(key, put.Version+1, next); err != nil {
			return was, err
		}
		if err = s.Store.Write(ctx, put, Change{If: Absent, Row: er}); err == nil {
			return next, nil
		}
		if KindOf(err) != Conflict {
			return was, wrap(err, "storing the suspension of %s", sc)
		}
	}
	return Suspension{}, Errorf(Transient, "the suspension of %s changes too fast: try again", sc)
}

// suspended gives the first scope that is suspended and holds what the caller wants to do; empty if none is.
func (s *Service) suspended(ctx context.Context, c Caller, t Terms) (string, error) {
	return s.held(ctx, Scope{Requester: c.ID}, Scope{Requester: t.Requester.ID}, Scope{Principal: t.Principal.ARN},
		Scope{Entitlement: t.Entitlement}, Scope{Everything: true})
}

// held gives the first of these scopes that is suspended; empty if none is.
func (s *Service) held(ctx context.Context, scopes ...Scope) (string, error) {
	var keys []Key
	for _, sc := range scopes {
		if k := suspendedKey(sc); k.Sort != "" && !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	rows, err := s.Store.Read(ctx, keys...)
	if err != nil {
		return "", wrap(err, "reading who is suspended")
	}
	for _, k := range keys {
		row, ok := rows[k]
		if !ok {
			continue
		}
		if sus, err := decode[Suspension](row); err != nil || sus.LiftedAt.IsZero() { // one that cannot be read holds
			return k.Sort, nil
		}
	}
	return "", nil
}
