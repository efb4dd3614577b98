package eventbus

import (
	"context"
	"slices"

	"curfew/shared/trigger"
)

// starts continues after an error.
func (d *delivery) starts(ctx context.Context) {
	for _, tr := range d.triggers(ctx) {
		if matches, err := d.matches(tr.Start); err != nil {
			d.add(ctx, Outcome{Trigger: tr.Name}, err)
		} else if matches {
			d.start(ctx, tr)
		}
	}
	if len(d.outcomes) == 0 && len(d.failed) == 0 {
		d.addIgnored("it starts no trigger")
	}
}

// start makes free checks before it calls the service.
func (d *delivery) start(ctx context.Context, tr trigger.Trigger) {
	s := d.signal
	o := Outcome{Trigger: tr.Name}
	r, err := d.request(tr)
	if err != nil {
		d.add(ctx, o, err)
		return
	}
	if tr.PrincipalAt != "" {
		s.Role = r.Principal // confirm this role, from any field
	}
	r.Task = s.Task
	if err = d.confirm(ctx, s); err == nil {
		o.Elevation, o.Started, err = d.Domain.Begin(ctx, r)
	}
	d.add(ctx, o, err)
}

// request lacks the task. Its error is a [suspectError].
func (d *delivery) request(tr trigger.Trigger) (trigger.Request, error) {
	s := d.signal
	switch {
	case !slices.Contains(tr.Accounts, s.Account):
		return trigger.Request{}, suspectErrorf("account", "account %s is not one of its accounts", s.Account)
	case !s.Confirmed && !tr.Unconfirmed:
		return trigger.Request{}, suspectErrorf("shape", "AWS does not document its shape, and the trigger does not say unconfirmed")
	}
	return d.fill(tr)
}

// fill reads principal and parameters. The domain checks types.
func (d *delivery) fill(tr trigger.Trigger) (trigger.Request, error) {
	r := trigger.Request{
		Trigger: tr.Name, Entitlement: tr.Entitlement, Session: tr.Session, Reason: tr.Reason, Duration: tr.Max, Parameters: map[string]string{},
	}
	var err error
	if r.Principal, err = d.principal(tr); err != nil {
		return r, err
	}
	for name, value := range tr.Parameters {
		if path, ok := parsePlaceholder(value); ok {
			if value, err = textAt(d.raw, path); err != nil {
				return r, suspectErrorf("parameter "+name, "parameter %s: %w", name, err)
			}
		}
		r.Parameters[name] = value
	}
	return r, nil
}

// principal must equal one of the trigger's exactly.
func (d *delivery) principal(tr trigger.Trigger) (string, error) {
	if tr.PrincipalAt == "" {
		if len(tr.Principals) != 1 {
			return "", suspectErrorf("principal", "the trigger lists %d principals, and does not say where the event names one", len(tr.Principals))
		}
		return tr.Principals[0], nil
	}
	arn, err := textAt(d.raw, tr.PrincipalAt)
	if err != nil {
		return "", suspectErrorf("principal", "principal: %w", err)
	}
	if !slices.Contains(tr.Principals, arn) {
		return "", suspectErrorf("principal", "the text at %s is not one of its principals", tr.PrincipalAt)
	}
	return arn, nil
}
