package eventbus

import (
	"context"
	"slices"

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
		o.Elevation, o.Begun, err = t.Domain.Begin(ctx, r)
	}
	t.add(ctx, o, err)
}

// request is what a trigger asks for by this event, but for its task. The error is a suspicion.
func (t *taking) request(tr trigger.Trigger) (trigger.Request, error) {
	s := t.signal
	switch {
	case !slices.Contains(tr.Accounts, s.Account):
		return trigger.Request{}, suspect("account", "account %s is not one of its accounts", s.Account)
	case !s.Confirmed && !tr.Unconfirmed:
		return trigger.Request{}, suspect("shape", "its shape was not read in AWS's own text, and the trigger does not say unconfirmed")
	}
	return t.fill(tr)
}

// fill takes from the event what a trigger lets it say: which of its principals, and its parameters, which the domain
// types.
func (t *taking) fill(tr trigger.Trigger) (trigger.Request, error) {
	r := trigger.Request{
		Trigger: tr.Name, Entitlement: tr.Entitlement, Session: tr.Session, Reason: tr.Reason, Duration: tr.Max, Parameters: map[string]string{},
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
