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

// End orders the end, due now or at an earlier deadline.
func (e Elevation) End(cause Cause, by string, now time.Time) (Elevation, error) {
	if e.State == Requested || e.State == Approved {
		return e, e.conflict("is %s and was not granted yet: withdraw it", e.State)
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
	if cause == Deadline { // clocks differ
		next.EndDue = e.Deadline
	}
	return next, nil
}

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

// Ender orders ends.
type Ender struct{ *Service }

// EndNow stores the order, invokes Revoke and completes Hold. Each step alone is enough; a failed step does not stop
// the next.
func (s Ender) EndNow(ctx context.Context, l Life, cause Cause, why, by string) (Elevation, error) {
	after, stored := s.AmendFrom(ctx, l, func(l Life) (Amendment, error) { return ending(l, cause, why, by, s.Instant()) })
	switch {
	case fault.KindOf(stored) == fault.Conflict: // never granted
		return l.Elevation, stored
	case stored != nil: // Hold leads to Revoke
		l.Elevation.State = Revoking
		return s.carryOut(ctx, l, by, stored)
	case after.Elevation.State.Terminal():
		return after.Elevation, nil
	}
	return s.carryOut(ctx, after, by, nil)
}

// endIf is [Ender.EndNow] if order, given the current life, ends it. If storing fails nothing ends: the elevation may
// have had to go on.
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
	waits := slices.ContainsFunc(l.Tokens, func(t Token) bool { return t.For == "hold" }) // else nothing to answer
	if stored != nil && invoked != nil && (answered != nil || !waits) {
		return l.Elevation, fault.Wrap(errors.Join(stored, invoked, answered), "ending elevation %s", id)
	}
	for _, err := range []error{stored, invoked, answered} {
		if err != nil {
			s.Log.WarnContext(ctx, "one step of the end failed, the others continue", "elevation", id, "error", err)
		}
	}
	return l.Elevation, nil
}

// whole returns Transient unless all joined tasks were read. A Query may see part of a transaction and miss a task that
// just joined.
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

// drops removes a task from next.
func (l Life) drops(next Elevation, task string, extra []record.Change) (Elevation, []record.Change) {
	next.Tasks = slices.DeleteFunc(slices.Clone(next.Tasks), func(n string) bool { return n == task })
	if task == l.Terms.Task.String() {
		next.TaskOver = true
		return next, extra
	}
	next.Joined--
	return next, append(extra, record.Change{If: record.Always, Do: record.Delete, Row: record.Row{Key: joinedKey(l.Terms.ID, task)}})
}

// serves adds a task to next.
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
