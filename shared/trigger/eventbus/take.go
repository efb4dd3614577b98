package eventbus

import (
	"context"
	"errors"
	"strings"

	"curfew/events"
	"curfew/shared/fault"
)

// Take handles one event. It is idempotent: EventBridge and SQS deliver at least once, in any order.
//
// It returns an outcome per trigger, or one that says why none started, or none if the event is irrelevant. The only
// error is Transient: retry. A permanent failure must not block the queue: it is an outcome, a log line and a finding,
// or the domain's evidence of a denial.
func (r *Reader) Take(ctx context.Context, raw []byte) ([]Outcome, error) {
	d := &delivery{Reader: r, raw: raw, facts: map[string]Fact{}}
	s, err := events.Read(raw)
	shape, misshapen := errors.AsType[*events.ShapeError](err)
	d.signal = s
	governed := false
	if err == nil {
		var unread error
		if governed, unread = r.Governs(ctx, s.Account); unread != nil {
			return nil, fault.Errorf(fault.Transient, "%w", unread)
		}
	}
	switch {
	case misshapen:
		d.handleMalformed(ctx, shape)
	case s.Source == "aws.states" && r.ownMachine(s):
		d.addIgnored("it is about Curfew's own state machine")
	case err == nil && !governed:
		d.add(ctx, Outcome{}, suspectErrorf("account", "account %s does not belong to this installation", s.Account))
	case err == nil:
		d.task(ctx)
	case s.Source == r.Source:
		d.announcement(ctx)
	case s.Source == scheduleSource:
		d.schedule(ctx)
	default: // events.ErrNotATask
		d.ends(ctx)
	}
	for _, o := range d.outcomes {
		r.Tasks.Log.InfoContext(ctx, "event", "source", s.Source, "event", s.ID, "trigger", o.Trigger, "elevation", o.Elevation,
			"begun", string(o.Started), "why", o.Why)
	}
	return d.outcomes, d.retryError()
}

// ownMachine reports whether s is of Curfew's state machine or its executions.
func (r *Reader) ownMachine(s events.Signal) bool {
	executions := strings.Replace(r.StateMachine, ":stateMachine:", ":execution:", 1) + ":"
	return r.StateMachine != "" && (s.Resource == r.StateMachine || strings.HasPrefix(s.Task.ID, executions))
}

// task comes before triggers: ends must not depend on the catalog.
func (d *delivery) task(ctx context.Context) {
	s := d.signal
	var err error
	switch s.State {
	case events.Started:
		err = d.Tasks.Start(ctx, s.Task, d.eventSource(), s.At)
	case events.Ended:
		err = d.Domain.TaskEnded(ctx, s.Task, d.eventSource(), s.At)
	}
	if err != nil {
		d.add(ctx, Outcome{}, err)
	}
	d.ends(ctx) // also after an error
	if err == nil && s.State == events.Started {
		d.starts(ctx)
	}
}
