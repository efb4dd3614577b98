package sweep

import (
	"context"
	"errors"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// sweepWaiting takes oldest requests first. Elevation.LookAt moves each request on, so that no pass finds it twice.
func (s pass) sweepWaiting(ctx context.Context, sw *PassResult) error {
	within := s.timeLeft(sw, waitingBy)
	var failed []error
	q := record.Query{Index: record.ByDue, Partition: access.DueWaiting, UpTo: s.Instant().Format(time.RFC3339) + "#~", Limit: 100}
	for {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return errors.Join(append(failed, fault.Wrap(err, "listing requests that are due"))...)
		}
		for _, k := range page.Keys {
			if !within() {
				sw.addOutOfTime(1, 1, "or more requests that are due")
				return errors.Join(failed...)
			}
			sw.Looked++
			failed = append(failed, s.sweepRequest(ctx, access.IDOf(k), sw))
		}
		if q.After = page.Next; q.After == "" {
			return errors.Join(failed...)
		}
	}
}

// sweepRequest answers the task of a decided request, starts a missing execution, or lapses the request.
func (s pass) sweepRequest(ctx context.Context, id string, sw *PassResult) error {
	l, err := s.Load(ctx, id)
	if err != nil {
		return err
	}
	e, now := l.Elevation, s.Instant()
	if !e.State.Waits() || now.Before(e.Due()) {
		return nil // stale index
	}
	if e.State == access.Requested && !now.Before(e.DecideBy.Add(access.AnswerWithin)) || !now.Before(l.Terms.LatestEnd) {
		return s.lapseWaiting(ctx, l)
	}
	if mayNotRun(l, now) {
		_, input, err := s.Input(ctx, l.Terms)
		if err == nil {
			err = s.Workflow.Start(ctx, id, input)
		}
		switch {
		case fault.KindOf(err) == fault.Over:
			return s.lapseWaiting(ctx, l)
		case err != nil:
			return errors.Join(err, s.lookAgain(ctx, l, now.Add(access.AnswerWithin), l.Elevation.RunsAt))
		}
		l.Elevation.RunsAt = now
		sw.Started = append(sw.Started, id)
	}
	// Store first: after the answer Grant writes the row too.
	looked := s.lookAgain(ctx, l, nextLook(l, now), l.Elevation.RunsAt)
	return errors.Join(looked, access.Waiting{Service: s.Service}.Answer(ctx, l))
}

// lookAgain writes no evidence: the request is unchanged, and its terms say who is asked when.
func (s pass) lookAgain(ctx context.Context, l access.Life, at, runs time.Time) error {
	_, err := s.AmendFrom(ctx, l, func(l access.Life) (access.Amendment, error) {
		next := l.Elevation
		next.LookAt, next.RunsAt = at, runs
		if !s.Instant().Before(next.TellAt) {
			next.Withdrew, next.TellAt = 0, time.Time{}
		}
		next = access.AskNext(next, l.Terms, s.Instant())
		return access.Amendment{Next: next, None: !next.State.Waits()}, nil
	})
	return err
}

func (s pass) lapseWaiting(ctx context.Context, l access.Life) error {
	l, err := s.AmendFrom(ctx, l, func(l access.Life) (access.Amendment, error) {
		if !l.Elevation.State.Waits() {
			return access.Amendment{None: true}, nil
		}
		return access.Lapsed(l, "its execution ended, or its time was over, before it was granted", "sweep", s.Instant())
	})
	if err != nil {
		return err
	}
	return access.Waiting{Service: s.Service}.Answer(ctx, l)
}

// startAgainAfter is for an approved request that should have been granted.
const startAgainAfter = 5 * time.Minute

// mayNotRun reports whether to repeat the start. An execution runs if AskApprovers stored a token or a repeated start
// succeeded (RunsAt). That holds until the grant is due.
func mayNotRun(l access.Life, now time.Time) bool {
	seen := len(l.Tokens) > 0 || !l.Elevation.RunsAt.IsZero()
	return !seen || l.Elevation.State == access.Approved && !now.Before(grantedBy(l))
}

func grantedBy(l access.Life) time.Time {
	return access.Latest(l.Terms.StartAt, l.Elevation.ChangedAt).Add(access.AnswerWithin)
}

// nextLook is for a request whose execution runs.
func nextLook(l access.Life, now time.Time) time.Time {
	next := l.Elevation.DecideBy.Add(access.AnswerWithin)
	if l.Elevation.State == access.Approved {
		next = grantedBy(l)
	}
	if next.After(now) {
		return next
	}
	return now.Add(startAgainAfter)
}
