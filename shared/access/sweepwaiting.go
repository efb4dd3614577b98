package access

import (
	"context"
	"errors"
	"time"

	"curfew/shared/fault"
	"curfew/shared/record"
)

// answerWithin is how long a request may be without an execution, or a decided task without its answer, before the sweep
// acts.
const answerWithin = 60 * time.Second

// startAgainAfter is how long after a repeated start of an approved request, whose start has passed, the next one is.
const startAgainAfter = 5 * time.Minute

// sweepWaiting goes through the requests that are due, oldest first, until its share of the pass is over. Each one that was
// looked at is due later (Elevation.LookAt), so that a pass never finds the same ones again.
func (s sweeper) sweepWaiting(ctx context.Context, sw *Swept) error {
	within := s.within(sw, waitingBy)
	var failed []error
	q := record.Query{Index: record.ByDue, Partition: dueWaiting, UpTo: s.Instant().Format(time.RFC3339) + "#~", Limit: 100}
	for {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return errors.Join(append(failed, fault.Wrap(err, "listing requests that are due"))...)
		}
		for _, k := range page.Keys {
			if !within() {
				sw.outOfTime(1, 1, "or more requests that are due")
				return errors.Join(failed...)
			}
			sw.Looked++
			failed = append(failed, s.sweepRequest(ctx, idOf(k), sw))
		}
		if q.After = page.Next; q.After == "" {
			return errors.Join(failed...)
		}
	}
}

// sweepRequest does for one request what its execution failed to do: it answers a decided task that still waits, starts an
// execution that was never started, and lapses what cannot be granted any more.
func (s sweeper) sweepRequest(ctx context.Context, id string, sw *Swept) error {
	l, err := s.load(ctx, id)
	if err != nil {
		return err
	}
	e, now := l.elevation, s.Instant()
	if !e.State.waits() || now.Before(e.due()) {
		return nil // the index lags
	}
	if e.State == Requested && !now.Before(e.DecideBy.Add(answerWithin)) || !now.Before(l.terms.LatestEnd) {
		return s.lapseWaiting(ctx, l)
	}
	if l.mayNotRun(now) {
		switch err := s.Workflow.Start(ctx, id, e.Input); {
		case fault.KindOf(err) == fault.Over:
			return s.lapseWaiting(ctx, l)
		case err != nil:
			return errors.Join(err, s.lookAgain(ctx, l, now.Add(answerWithin), l.elevation.RunsAt))
		}
		l.elevation.RunsAt = now
		sw.Started = append(sw.Started, id)
	}
	// Stored before the answer: the answer lets Grant begin, and its write would meet this one.
	looked := s.lookAgain(ctx, l, l.nextLook(now), l.elevation.RunsAt)
	return errors.Join(looked, waiting{s.Service}.answer(ctx, l))
}

// waits reports whether an elevation in this state is a request that was not granted yet.
func (s State) waits() bool { return s == Requested || s == Approved }

// mayNotRun reports whether a start has to be repeated to learn whether the execution runs. An execution was seen running
// if its AskApprovers stored a token, or if a repeated start was answered with success before (RunsAt). It need not be asked
// again before the request should have been granted.
func (l life) mayNotRun(now time.Time) bool {
	seen := len(l.tokens) > 0 || !l.elevation.RunsAt.IsZero()
	return !seen || l.elevation.State == Approved && !now.Before(l.grantedBy())
}

// grantedBy is when an approved request should have been granted.
func (l life) grantedBy() time.Time {
	return latest(l.terms.StartAt, l.elevation.ChangedAt).Add(answerWithin)
}

// nextLook is when the sweep looks at a request again whose execution runs.
func (l life) nextLook(now time.Time) time.Time {
	next := l.elevation.DecideBy.Add(answerWithin)
	if l.elevation.State == Approved {
		next = l.grantedBy()
	}
	if next.After(now) {
		return next
	}
	return now.Add(startAgainAfter)
}

// lookAgain stores when the sweep looks at a request again, and when its execution was seen running. It leaves no evidence:
// nothing about the request changes.
func (s sweeper) lookAgain(ctx context.Context, l life, at, runs time.Time) error {
	_, err := s.amendFrom(ctx, l, func(l life) (amendment, error) {
		next := l.elevation
		next.LookAt, next.RunsAt = at, runs
		return amendment{next: next, none: !next.State.waits()}, nil
	})
	return err
}

// lapseWaiting ends a request whose execution is closed, or whose time is over.
func (s sweeper) lapseWaiting(ctx context.Context, l life) error {
	l, err := s.amendFrom(ctx, l, func(l life) (amendment, error) {
		if !l.elevation.State.waits() {
			return amendment{none: true}, nil
		}
		return lapsed(l, "its execution ended, or its time was over, before it was granted", "sweep", s.Instant())
	})
	if err != nil {
		return err
	}
	return waiting{s.Service}.answer(ctx, l)
}
