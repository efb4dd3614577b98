package eventbus

import (
	"context"
	"errors"
	"slices"
	"strings"

	"curfew/events"
)

// Take takes one event. Everything that it leads to may be repeated: EventBridge and SQS deliver at least once, and in no
// promised order.
//
// The outcomes are one for each trigger that the event starts, or one that says why it starts none; none at all for an
// event that is about nothing here. The error is Transient and nothing else: the event is to be taken again, although some
// of its outcomes may be there already. What will never succeed is no error, so that it blocks no queue: it is an outcome,
// a line in the log and, unless it is a denial, of which the domain keeps evidence, a finding.
func (r *Reader) Take(ctx context.Context, raw []byte) ([]Outcome, error) {
	d := &delivery{Reader: r, raw: raw, facts: map[string]Fact{}}
	s, err := events.Read(raw)
	shape, misshapen := errors.AsType[*events.ShapeError](err)
	d.signal = s
	switch {
	case misshapen:
		d.misshapen(ctx, shape)
	case s.Source == "aws.states" && r.ownMachine(s):
		d.nothing("it tells of Curfew's own state machine")
	case err == nil && !slices.Contains(r.Accounts, s.Account):
		d.add(ctx, Outcome{}, suspect("account", "account %s is none of this installation", s.Account))
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
			"begun", string(o.Begun), "why", o.Why)
	}
	return d.outcomes, d.again()
}

// ownMachine reports whether s is about Curfew's own state machine or one of its executions.
func (r *Reader) ownMachine(s events.Signal) bool {
	executions := strings.Replace(r.StateMachine, ":stateMachine:", ":execution:", 1) + ":"
	return r.StateMachine != "" && (s.Resource == r.StateMachine || strings.HasPrefix(s.Task.ID, executions))
}

// task makes the event's task known, or over, and then does what triggers say. The task comes first, and does not depend on
// the catalog: it is what ends access.
func (d *delivery) task(ctx context.Context) {
	s := d.signal
	var err error
	switch s.State {
	case events.Started:
		err = d.Tasks.Start(ctx, s.Task, d.teller(), s.At)
	case events.Ended:
		err = d.Domain.TaskEnded(ctx, s.Task, d.teller(), s.At)
	}
	if err != nil {
		d.add(ctx, Outcome{}, err)
	}
	d.ends(ctx) // whatever became of the task itself
	if err == nil && s.State == events.Started {
		d.starts(ctx)
	}
}
