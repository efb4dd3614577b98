package eventbus

import (
	"context"
	"time"

	"curfew/events"
	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/task"
)

// confirm asks the service, once per role.
func (d *delivery) confirm(ctx context.Context, s events.Signal) error {
	fact, asked := d.facts[s.Role]
	if !asked {
		var err error
		if fact, err = d.Facts.Confirm(ctx, s); err != nil {
			return fault.Errorf(fault.Transient, "confirming %s: %w", s.Task, err)
		}
		d.facts[s.Role] = fact
	}
	truth, since := fact.Confirmation, d.Tasks.When(fact.Since)
	if since == task.InFuture && (truth == Confirmed || truth == Restarted) {
		truth = Refuted
	}
	switch {
	case truth == Confirmed && since == task.LongAgo:
		// A later event, as of a container of the task, must not undo the recorded start.
		if err := d.takeBack(ctx); err != nil {
			return err
		}
		return suspectErrorf("long ago", "%s says that it started at %s, too long ago to begin anything", s.Source, fact.Since.UTC().Format(time.RFC3339))
	case truth == Confirmed:
		return nil
	case truth == Restarted: // a later run: it has its own event
		return errOver
	case truth == Unconfirmable:
		return suspectErrorf("cannot be asked", "%s has no way to confirm it", s.Source)
	}
	// Undo this start, and no other start of the id: requests must not use it either. The end event may be lost.
	if err := d.Domain.TaskEnded(ctx, s.Task, d.eventSource(), s.At); err != nil {
		return err
	}
	if truth == Finished {
		return errOver
	}
	return suspectErrorf("not so", "%s denies it", s.Source)
}

// takeBack records an end of this start only.
func (d *delivery) takeBack(ctx context.Context) error {
	s := d.signal
	k, err := d.Tasks.Get(ctx, s.Task)
	if err != nil || !k.StartedAt.Equal(record.Instant(s.At)) {
		return err
	}
	return d.Domain.TaskEnded(ctx, s.Task, d.eventSource(), s.At)
}
