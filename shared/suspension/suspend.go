package suspension

import (
	"context"
	"errors"

	"curfew/shared/directory"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
)

// Meant is what a caller says to mean where a suspension could be a mistake.
type Meant struct {
	Unseen bool // the requester's exact id, though no caller of this id was ever seen
	Self   bool // the caller themselves
}

// Suspend suspends a scope. Only an operator may, a machine too unless it is an operator who is suspended. What is suspended
// already stays as it is: success; except that a second person confirms one that would lapse. Nothing is ended by it alone;
// see [curfew/shared/access.Service.EndAll].
//
// Invalid: nothing that is known matches the scope ([fault.Nearest]), or it is the caller themselves and they do not say so. Denied:
// they may not, not again yet, or too many are in effect.
func (s Suspensions) Suspend(ctx context.Context, c identity.Caller, sc Scope, reason string, meant Meant) (out Suspension, err error) {
	defer s.Logged(ctx, "suspend", "", c.ID, &err, "scope", sc.String())
	if err := errors.Join(sc.Check(), fault.CheckText("reason", reason, 1, fault.MaxReason)); err != nil {
		return out, err
	}
	s.Call = directory.NewCall(c)
	err = s.maySuspend(ctx, c)
	s.callers().Note(ctx, s.Call, err)
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

// maySuspend lets no operator suspend who is suspended: they could keep all others out.
func (s Suspensions) maySuspend(ctx context.Context, c identity.Caller) error {
	if !c.In(s.Operators) {
		return fault.Deny("curfew.operator", "only operators suspend")
	}
	return s.Free(ctx, c, "you suspend nothing and confirm nothing")
}

func (s Suspensions) makeSuspension(ctx context.Context, c identity.Caller, t Target, reason string) (Suspension, error) {
	operator := ""
	if t.Scope.Requester != "" {
		operator = resolving{s}.operates(ctx, t)
	}
	if operator != "" && c.Kind != identity.Person {
		return Suspension{}, fault.Deny("curfew.person", "only a person suspends an operator: %s counts as one: %s", t, operator)
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
			// They became known as an operator since: a machine's word about one is none, and there is one person's yet.
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

// Limits of how many suspensions are in effect: each is a row that the sweep reads on every pass. What all machines together
// make leaves half of them to people.
const (
	mostInEffect   = 500
	mostByMachines = 250
	mostByMachine  = 50
	// mostUnseen bounds the rows of callers who were never seen that one person made, in effect or not: what is known bounds
	// the others, and there is no end of ids.
	mostUnseen = 100
)

// mayHoldMore refuses one more suspension where too many are in effect. A person may always suspend everything, and who made
// any of them: no caller fills up the limit to be out of reach. Calls at the same moment can pass it by their number.
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
	for _, sus := range all { // one that cannot be read is not counted
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
	const then = "a person lifts those that are not needed (curfew suspensions, curfew lift)"
	switch {
	case t.unseen && unseen >= mostUnseen:
		return fault.Deny("curfew.full", "you suspended %d callers who were never seen within 30 days, the most of one person: another operator may", unseen)
	case c.Kind != identity.Person && own >= mostByMachine:
		return fault.Deny("curfew.full", "%d suspensions that you made are in effect, the most of one machine: %s", own, then)
	case c.Kind != identity.Person && byMachines >= mostByMachines:
		return fault.Deny("curfew.full", "%d suspensions that machines made are in effect, the most of all machines: %s", byMachines, then)
	case len(all) >= mostInEffect:
		return fault.Deny("curfew.full", "%d suspensions are in effect, the most that there may be: %s", len(all), then)
	}
	return nil
}
