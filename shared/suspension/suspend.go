package suspension

import (
	"context"
	"errors"

	"curfew/shared/directory"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
)

// Meant confirms what could be a mistake.
type Meant struct {
	Unseen bool // an id never seen
	Self   bool // the caller themselves
}

// Suspend suspends a scope, or confirms a suspension that would lapse. Operators may; machines may not suspend
// operators. It is idempotent. It ends nothing: see [curfew/shared/access.Service.EndAll].
//
// Invalid: no match ([fault.Nearest]), or not meant. Denied: not allowed, not yet again, or too many.
func (s Suspensions) Suspend(ctx context.Context, c identity.Caller, sc Scope, reason string, meant Meant) (out Suspension, err error) {
	defer s.Logged(ctx, "suspend", "", c.ID, &err, "scope", sc.String())
	if err := errors.Join(sc.Check(), fault.CheckText("reason", reason, 1, fault.MaxReason)); err != nil {
		return out, err
	}
	s.Call = directory.NewCall(c)
	err = s.maySuspend(ctx, c)
	s.callers().Record(ctx, s.Call, err)
	if err != nil {
		return out, s.Refused(ctx, c, "suspend", "", err)
	}
	t, err := resolving{s}.resolve(ctx, sc, meant.Unseen)
	if err != nil {
		return out, err
	}
	if t.Scope.Requester == c.ID && !meant.Self {
		others, err := resolving{s}.otherOperators(ctx, c)
		if err == nil {
			err = selfSuspended(others)
		}
		return out, err
	}
	out, err = s.makeSuspension(ctx, c, t, reason)
	return out, s.Refused(ctx, c, "suspend", "", err)
}

// maySuspend refuses suspended operators: they could suspend the others.
func (s Suspensions) maySuspend(ctx context.Context, c identity.Caller) error {
	if !c.In(s.Operators) {
		return fault.Deny("curfew.operator", "only operators may suspend")
	}
	return s.Free(ctx, c, "you cannot suspend or confirm")
}

func (s Suspensions) makeSuspension(ctx context.Context, c identity.Caller, t Target, reason string) (Suspension, error) {
	operator := ""
	if t.Scope.Requester != "" {
		operator = resolving{s}.operates(ctx, t)
	}
	if operator != "" && c.Kind != identity.Person {
		return Suspension{}, fault.Deny("curfew.person", "only a person may suspend an operator: %s counts as one: %s", t, operator)
	}
	because := whyLapses(c, t, operator)
	out, err := s.change(ctx, t, func(was Suspension, held bool) (Suspension, evidence.Entry, error) {
		now := s.Instant()
		switch {
		case !held:
			if err := s.mayHoldMore(ctx, c, t); err != nil {
				return was, evidence.Entry{}, err
			}
			next, err := was.Make(t, c, reason, because, now)
			return next, next.entry("suspension.made", c.ID, now, reason), err
		case operator != "" && was.byMachine() && c.Kind == identity.Person && !was.LapsesAt.IsZero():
			// t became known as an operator after a machine suspended them: no person has decided yet.
			next, err := was.Make(t, c, reason, because, now)
			return next, next.entry("suspension.made", c.ID, now, reason), err
		case was.LapsesAt.IsZero(), c.ID == was.By, c.Kind != identity.Person:
			return was, evidence.Entry{}, nil
		}
		next, err := was.Confirm(c, now)
		return next, next.entry("suspension.confirmed", c.ID, now, reason), err
	})
	if err == nil && !out.LapsesAt.IsZero() {
		s.tellWaits(ctx, out)
	}
	return out, err
}

// The sweep reads all suspensions in each pass. Machines may make half of them.
const (
	mostInEffect   = 500
	mostByMachines = 250
	mostByMachine  = 50
	// mostUnseen bounds one person's rows of callers never seen, in effect or not: invented ids have no other bound.
	mostUnseen = 100
)

// mayHoldMore enforces the limits; parallel calls may exceed them. A person may always suspend everything, or a maker
// of suspensions: filling the limit must not protect its author.
func (s Suspensions) mayHoldMore(ctx context.Context, c identity.Caller, t Target) error {
	rows, err := s.readAll(ctx)
	if rows == nil {
		return err
	}
	unseen := 0
	for _, sus := range rows {
		if sus.Unseen && sus.By == c.ID {
			unseen++
		}
	}
	all, own, byMachines := s.inEffect(rows), 0, 0
	for _, sus := range all {
		if c.Kind == identity.Person && (t.Scope.Everything || sus.By == t.Scope.Requester) {
			return nil
		}
		if sus.By == c.ID {
			own++
		}
		if sus.byMachine() {
			byMachines++
		}
	}
	const then = "a person must lift some first (curfew suspensions, curfew lift)"
	switch {
	case t.unseen && unseen >= mostUnseen:
		return fault.Deny("curfew.full", "you suspended %d callers who were never seen within 30 days, the limit for one person: another operator may", unseen)
	case c.Kind != identity.Person && own >= mostByMachine:
		return fault.Deny("curfew.full", "%d of your suspensions are in effect, the limit for one machine: %s", own, then)
	case c.Kind != identity.Person && byMachines >= mostByMachines:
		return fault.Deny("curfew.full", "%d suspensions by machines are in effect, the limit for all machines: %s", byMachines, then)
	case len(all) >= mostInEffect:
		return fault.Deny("curfew.full", "%d suspensions are in effect, the limit: %s", len(all), then)
	}
	return nil
}
