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
	t := &taking{Reader: r, raw: raw, facts: map[string]Fact{}}
	s, err := events.Read(raw)
	shape, misshapen := errors.AsType[*events.ShapeError](err)
	t.signal = s
	switch {
	case misshapen:
		t.misshapen(ctx, shape)
	case s.Source == "aws.states" && r.ownMachine(s):
		t.nothing("it tells of Curfew's own state machine")
	case err == nil && !slices.Contains(r.Accounts, s.Account):
		t.add(ctx, Outcome{}, suspect("account", "account %s is none of this installation", s.Account))
	case err == nil:
		t.task(ctx)
	case s.Source == r.Source:
		t.announcement(ctx)
	case s.Source == scheduleSource:
		t.schedule(ctx)
	default: // events.ErrNotATask
		t.ends(ctx)
	}
	for _, o := range t.outcomes {
		r.Tasks.Log.InfoContext(ctx, "event", "source", s.Source, "event", s.ID, "trigger", o.Trigger, "elevation", o.Elevation,
			"begun", string(o.Begun), "why", o.Why)
	}
	return t.outcomes, t.again()
}

// ownMachine reports whether s is about Curfew's own state machine or one of its executions.
func (r *Reader) ownMachine(s events.Signal) bool {
	executions := strings.Replace(r.StateMachine, ":stateMachine:", ":execution:", 1) + ":"
	return r.StateMachine != "" && (s.Resource == r.StateMachine || strings.HasPrefix(s.Task.ID, executions))
}

// task makes the event's task known, or over, and then does what triggers say. The task comes first, and does not depend on
// the catalog: it is what ends access.
func (t *taking) task(ctx context.Context) {
	s := t.signal
	var err error
	switch s.State {
	case events.Started:
		err = t.Tasks.Start(ctx, s.Task, t.teller(), s.At)
	case events.Ended:
		err = t.Domain.TaskEnded(ctx, s.Task, t.teller(), s.At)
	}
	if err != nil {
		t.add(ctx, Outcome{}, err)
	}
	t.ends(ctx) // whatever became of the task itself
	if err == nil && s.State == events.Started {
		t.starts(ctx)
	}
}
