package access

import (
	"context"
	"errors"
	"slices"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// End is the order to end what is being granted or active. The end is due now, or at the deadline if that was before.
func (e Elevation) End(cause Cause, by string, now time.Time) (Elevation, error) {
	if e.State == Requested || e.State == Approved {
		return e, fault.Errorf(fault.Conflict, "elevation %s is %s and was not granted yet: withdraw it", e.ID, e.State)
	}
	next, err := e.to(Revoking, now)
	if err != nil {
		return e, err
	}
	now = record.Instant(now)
	next.Cause, next.OrderedBy = cause, by
	next.EndDue = now
	if !e.Deadline.IsZero() {
		next.EndDue = earliest(now, e.Deadline)
	}
	if cause == Deadline { // by a clock that may be a little ahead of the one that computed it
		next.EndDue = e.Deadline
	}
	return next, nil
}

// ending is the change that orders an end; none if it was ordered before.
func ending(l Life, cause Cause, why, by string, now time.Time) (Amendment, error) {
	e := l.Elevation
	if e.State == Revoking || e.State == Stuck || e.State.Terminal() {
		return Amendment{None: true}, nil
	}
	next, err := e.End(cause, by, now)
	next.Why = why
	return Amendment{Next: next, entry: evidence.Entry{
		At: now, Kind: "elevation.revoking", Actor: by, Detail: map[string]any{"cause": cause, "why": why, "due": next.EndDue},
	}}, err
}

// Ender gives the order to end.
type Ender struct{ *Service }

// EndNow stores the order, invokes Revoke, and completes the task that holds. Each step alone is enough; none waits for
// the others, and the order is only lost if all of them fail.
func (s Ender) EndNow(ctx context.Context, l Life, cause Cause, why, by string) (Elevation, error) {
	after, stored := s.AmendFrom(ctx, l, func(l Life) (Amendment, error) { return ending(l, cause, why, by, s.Instant()) })
	switch {
	case fault.KindOf(stored) == fault.Conflict: // it was never granted: there is nothing to end
		return l.Elevation, stored
	case stored != nil: // the task is to be completed all the same: Hold leads to Revoke
		l.Elevation.State = Revoking
		return s.carryOut(ctx, l, by, stored)
	case after.Elevation.State.Terminal():
		return after.Elevation, nil
	}
	return s.carryOut(ctx, after, by, nil)
}

// endIf is [Ender.EndNow], but only if order, asked of the life as it is now, orders an end. If that cannot be stored nothing is ended: it may
// have had a reason to go on.
func (s Ender) endIf(ctx context.Context, l Life, by string, order func(Life) (Amendment, error)) error {
	l, err := s.AmendFrom(ctx, l, order)
	if err != nil || l.Elevation.State != Revoking {
		return err
	}
	_, err = s.carryOut(ctx, l, by, nil)
	return err
}

func (s Ender) carryOut(ctx context.Context, l Life, by string, stored error) (Elevation, error) {
	id := l.Elevation.ID
	invoked := s.Workflow.Revoke(ctx, l.Elevation.Order(by, s.Now()))
	answered := Waiting(s).Answer(ctx, l)
	waits := slices.ContainsFunc(l.Tokens, func(t Token) bool { return t.For == "hold" }) // else nothing was answered
	if stored != nil && invoked != nil && (answered != nil || !waits) {
		return l.Elevation, fault.Wrap(errors.Join(stored, invoked, answered), "ending elevation %s", id)
	}
	for _, err := range []error{stored, invoked, answered} {
		if err != nil {
			s.Log.WarnContext(ctx, "one way to the end failed, the others go on", "elevation", id, "error", err)
		}
	}
	return l.Elevation, nil
}

// whole is Transient unless all tasks that joined were read. A Query may see one part of a transaction and not the other: without this
// the end of one task could miss that another has just joined.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-isolation
func (e Elevation) whole() error {
	read := len(e.Tasks)
	if !e.TaskOver {
		read--
	}
	if read != e.Joined {
		return fault.Errorf(fault.Transient, "elevation %s: %d of the %d tasks that joined it were read: try again", e.ID, read, e.Joined)
	}
	return nil
}

// drops makes next serve a task no more, in what is stored.
func (l Life) drops(next Elevation, task string, extra []record.Change) (Elevation, []record.Change) {
	next.Tasks = slices.DeleteFunc(slices.Clone(next.Tasks), func(n string) bool { return n == task })
	if task == l.Terms.Task.String() {
		next.TaskOver = true
		return next, extra
	}
	next.Joined--
	return next, append(extra, record.Change{If: record.Always, Do: record.Delete, Row: record.Row{Key: joinedKey(l.Terms.ID, task)}})
}

// serves makes next serve a task too, in what is stored.
func (l Life) serves(next Elevation, task string, extra []record.Change) (Elevation, []record.Change, error) {
	served := slices.Contains(next.Tasks, task)
	if !served {
		next.Tasks = append(slices.Clone(next.Tasks), task)
	}
	if task == l.Terms.Task.String() {
		next.TaskOver = false
		return next, extra, nil
	}
	if !served {
		next.Joined++
	}
	row, err := record.Encode(joinedKey(l.Terms.ID, task), 1, struct{}{})
	return next, append(extra, record.Change{If: record.Always, Row: row}), err
}
