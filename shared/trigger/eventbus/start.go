package eventbus

import (
	"context"
	"slices"
	"time"

	"curfew/events"
	"curfew/shared/access"
	"curfew/shared/eventpattern"
	"curfew/shared/fault"
	"curfew/shared/task"
	"curfew/shared/trigger"
)

// starts begins what each trigger begins by this event. One that fails keeps no other from beginning.
func (t *taking) starts(ctx context.Context) {
	for _, tr := range t.triggers(ctx) {
		if matches, err := t.matches(tr.Start); err != nil {
			t.add(ctx, Outcome{Trigger: tr.Name}, err)
		} else if matches {
			t.start(ctx, tr)
		}
	}
	if len(t.outcomes) == 0 && len(t.failed) == 0 {
		t.nothing("no trigger starts by it")
	}
}

// start begins one trigger's elevation, or has the task join the one that is open. What costs nothing is looked at first,
// what costs a call to the service last but one.
func (t *taking) start(ctx context.Context, tr trigger.Trigger) {
	s := t.signal
	o := Outcome{Trigger: tr.Name}
	r, err := t.request(tr)
	if err != nil {
		t.add(ctx, o, err)
		return
	}
	if tr.PrincipalAt != "" {
		s.Role = r.Principal // whatever field it stood in: this is what is to be confirmed
	}
	r.Task = s.Task
	if err = t.confirm(ctx, s); err == nil {
		var e access.Elevation
		e, o.Begun, err = t.Service.Begin(ctx, tr.Name, r)
		o.Elevation = e.ID
	}
	t.add(ctx, o, err)
}

// request is what a trigger asks for by this event, but for its task. The error is a suspicion.
func (t *taking) request(tr trigger.Trigger) (access.Request, error) {
	s := t.signal
	switch {
	case !slices.Contains(tr.Accounts, s.Account):
		return access.Request{}, suspect("account", "account %s is not one of its accounts", s.Account)
	case !s.Confirmed && !tr.Unconfirmed:
		return access.Request{}, suspect("shape", "its shape was not read in AWS's own text, and the trigger does not say unconfirmed")
	}
	return t.fill(tr)
}

// fill takes from the event what a trigger lets it say: which of its principals, and its parameters, which the domain
// types.
func (t *taking) fill(tr trigger.Trigger) (access.Request, error) {
	r := access.Request{
		Entitlement: tr.Entitlement, Session: tr.Session, Reason: tr.Reason, Duration: tr.Max, Parameters: map[string]string{},
	}
	var err error
	if r.Principal, err = t.principal(tr); err != nil {
		return r, err
	}
	for name, value := range tr.Parameters {
		if path, ok := placeholder(value); ok {
			if value, err = textAt(t.raw, path); err != nil {
				return r, suspect("parameter "+name, "parameter %s: %w", name, err)
			}
		}
		r.Parameters[name] = value
	}
	return r, nil
}

// principal is the one that the event picks. It is one of the trigger's, letter by letter.
func (t *taking) principal(tr trigger.Trigger) (string, error) {
	if tr.PrincipalAt == "" {
		if len(tr.Principals) != 1 {
			return "", suspect("principal", "the trigger lists %d principals, and does not say where the event names one", len(tr.Principals))
		}
		return tr.Principals[0], nil
	}
	arn, err := textAt(t.raw, tr.PrincipalAt)
	if err != nil {
		return "", suspect("principal", "principal: %w", err)
	}
	if !slices.Contains(tr.Principals, arn) {
		return "", suspect("principal", "what stands in %s is not one of its principals", tr.PrincipalAt)
	}
	return arn, nil
}

// confirm asks the service whether what the event tells is so: once for all triggers that pick the same role.
func (t *taking) confirm(ctx context.Context, s events.Signal) error {
	fact, asked := t.facts[s.Role]
	if !asked {
		var err error
		if fact, err = t.Facts.Confirm(ctx, s); err != nil {
			return fault.Errorf(fault.Transient, "confirming %s: %w", s.Task, err)
		}
		t.facts[s.Role] = fact
	}
	truth, since := fact.Truth, t.Service.Tasks().When(fact.Since)
	if since == task.InFuture && (truth == So || truth == Again) {
		truth = NotSo
	}
	switch {
	case truth == So && since == task.LongAgo:
		// An event that is told again, as of a container of the task, does not take back the start that was told in time.
		if err := t.Service.TaskTakenBack(ctx, s.Task, t.teller(), s.At); err != nil {
			return err
		}
		return suspect("long ago", "%s says that it started at %s, too long ago to begin anything", s.Source, fact.Since.UTC().Format(time.RFC3339))
	case truth == So:
		return nil
	case truth == Again: // the task is at work: its later start says so
		return errOver
	case truth == CannotBeAsked:
		return suspect("cannot be asked", "%s cannot be asked whether it is so", s.Source)
	}
	// No one may ask for what serves it either: this start is taken back, and no other start of the same id. That it is over
	// is an end like any other, and may be the only one: the event of the end may never have come.
	if err := t.Service.TaskEnded(ctx, s.Task, t.teller(), s.At); err != nil {
		return err
	}
	if truth == Over {
		return errOver
	}
	return suspect("not so", "%s says that it is not so", s.Source)
}

// matches holds the event against a pattern of the catalog. The error is a suspicion.
func (t *taking) matches(pattern []byte) (bool, error) {
	p, err := eventpattern.Parse(pattern)
	if err != nil { // the catalog checked it: it was not built by us
		return false, suspect("pattern", "its pattern cannot be read")
	}
	matches, err := p.Match(t.raw)
	if err != nil {
		return false, suspect("lists", "its lists are too long to be held against a pattern")
	}
	return matches, nil
}

// triggers are those of the newest catalog; none, and the event is to come again, if they cannot be read.
func (t *taking) triggers(ctx context.Context) []trigger.Trigger {
	all, err := t.Triggers.Triggers(ctx)
	if err != nil {
		t.failed = append(t.failed, err)
	}
	return all
}
