package access

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"curfew/shared/evidence"
)

// End is the order to end what is being granted or active. The end is due now, or at the deadline if that was before.
func (e Elevation) End(cause Cause, by string, now time.Time) (Elevation, error) {
	if e.State == Requested || e.State == Approved {
		return e, Errorf(Conflict, "elevation %s is %s and was not granted yet: withdraw it", e.ID, e.State)
	}
	next, err := e.to(Revoking, now)
	if err != nil {
		return e, err
	}
	now = Instant(now)
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

// End ends an elevation before its deadline: its holder releases it, an owner or operator revokes it. Policy is not
// asked. An elevation that is ending or ended is success.
//
// NotFound: there is none, or the caller may not see it. Conflict: it was not granted yet; [Service.Withdraw] takes it
// back.
func (s *Service) End(ctx context.Context, c Caller, id string) (e Elevation, err error) {
	defer s.logged(ctx, "end", id, c.ID, &err)
	l, err := s.load(ctx, id)
	if err != nil {
		return Elevation{}, s.refused(ctx, c, "end", id, err)
	}
	var cause Cause
	switch {
	case l.terms.holder(c):
		cause = Released
	case s.mayEnd(l.terms, c):
		cause = Revoked
	default:
		return Elevation{}, s.refused(ctx, c, "end", id, s.hidden(ctx, l, c, "end"))
	}
	e, err = s.endNow(ctx, l, cause, "", c.ID)
	return e, s.refused(ctx, c, "end", id, err)
}

// endNow stores the order, invokes Revoke, and completes the task that holds. Each step alone is enough; none waits for
// the others, and the order is only lost if all of them fail.
func (s *Service) endNow(ctx context.Context, l life, cause Cause, why, by string) (Elevation, error) {
	id := l.elevation.ID
	order := l.elevation.order(by, s.Now())
	after, stored := s.amendFrom(ctx, l, func(l life) (amendment, error) { return ending(l, cause, why, by, s.now()) })
	if KindOf(stored) == Conflict { // it was never granted: there is nothing to end
		return l.elevation, stored
	}
	if stored == nil && after.elevation.State.Terminal() {
		return after.elevation, nil
	}
	invoked := s.Workflow.Revoke(ctx, order)
	if stored == nil {
		l = after
	} else { // the task is to be completed all the same: Hold leads to Revoke
		l.elevation.State = Revoking
	}
	answered := s.answer(ctx, l)
	if stored != nil && invoked != nil && answered != nil {
		return l.elevation, wrap(errors.Join(stored, invoked, answered), "ending elevation %s", id)
	}
	for _, err := range []error{stored, invoked, answered} {
		if err != nil {
			s.Log.WarnContext(ctx, "one way to the end failed, the others go on", "elevation", id, "error", err)
		}
	}
	return l.elevation, nil
}

// ending is the change that orders an end; none if it was ordered before.
func ending(l life, cause Cause, why, by string, now time.Time) (amendment, error) {
	e := l.elevation
	if e.State == Revoking || e.State == Stuck || e.State.Terminal() {
		return amendment{none: true}, nil
	}
	next, err := e.End(cause, by, now)
	next.Why = why
	return amendment{next: next, entry: evidence.Entry{
		At: now, Kind: "elevation.revoking", Actor: by, Detail: map[string]any{"cause": cause, "why": why, "due": next.EndDue},
	}}, err
}

// endServing ends what is under way for one task only, and takes the task off what serves others too. Grant stores that
// it serves the task before it asks once more whether the task is over; here the order is the reverse: whichever is
// second sees the other.
func (s *Service) endServing(ctx context.Context, t Task, by string) error {
	rows, err := s.Store.Partition(ctx, AccessTable, taskKey(t).Partition, "serves#")
	if err != nil {
		return wrap(err, "reading what serves %s", t)
	}
	var failed []error
	for _, r := range rows {
		failed = append(failed, s.taskOver(ctx, strings.TrimPrefix(r.Key.Sort, "serves#"), t, by))
	}
	return errors.Join(failed...)
}

func (s *Service) taskOver(ctx context.Context, id string, t Task, by string) error {
	l, err := s.load(ctx, id)
	if err != nil {
		return err
	}
	if e := l.elevation; e.State != Granting && e.State != Active || !slices.Contains(e.Tasks, t.String()) {
		return nil
	}
	if len(l.elevation.Tasks) == 1 {
		_, err := s.endNow(ctx, l, Completed, t.String()+" ended", by)
		return err
	}
	_, err = s.amend(ctx, id, func(l life) (amendment, error) {
		next := l.elevation
		next.Tasks = slices.DeleteFunc(slices.Clone(next.Tasks), func(n string) bool { return n == t.String() })
		return amendment{next: next, none: len(next.Tasks) == len(l.elevation.Tasks)}, nil
	})
	return err
}
