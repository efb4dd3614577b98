package eventbus

import (
	"context"
	"time"

	"curfew/events"
	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/task"
)

// confirm asks the service whether what the event tells is so: once for all triggers that pick the same role.
func (d *delivery) confirm(ctx context.Context, s events.Signal) error {
	fact, asked := d.facts[s.Role]
	if !asked {
		var err error
		if fact, err = d.Facts.Confirm(ctx, s); err != nil {
			return fault.Errorf(fault.Transient, "confirming %s: %w", s.Task, err)
		}
		d.facts[s.Role] = fact
	}
	truth, since := fact.Truth, d.Tasks.When(fact.Since)
	if since == task.InFuture && (truth == So || truth == Again) {
		truth = NotSo
	}
	switch {
	case truth == So && since == task.LongAgo:
		// An event that is told again, as of a container of the task, does not take back the start that was told in time.
		if err := d.takeBack(ctx); err != nil {
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
	if err := d.Domain.TaskEnded(ctx, s.Task, d.teller(), s.At); err != nil {
		return err
	}
	if truth == Over {
		return errOver
	}
	return suspect("not so", "%s says that it is not so", s.Source)
}

// takeBack takes back the start that this event told, as if the task had ended then. A task that was told to have started at
// another instant stays as it is.
func (d *delivery) takeBack(ctx context.Context) error {
	s := d.signal
	k, err := d.Tasks.Told(ctx, s.Task)
	if err != nil || !k.StartedAt.Equal(record.Instant(s.At)) {
		return err
	}
	return d.Domain.TaskEnded(ctx, s.Task, d.teller(), s.At)
}
