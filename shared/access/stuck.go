package access

import (
	"context"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Acknowledge stops the paging of a stuck elevation: a person, an owner or operator who is not suspended, has taken it on.
// Revoking goes on.
// NotFound: there is none, or the caller may not see it. Conflict: it is not stuck.
func (s *Service) Acknowledge(ctx context.Context, c identity.Caller, id string) (e Elevation, err error) {
	defer s.Logged(ctx, "acknowledge", id, c.ID, &err)
	s = noting(s, c)
	l, err := s.Amend(ctx, id, func(l Life) (Amendment, error) {
		if c.Kind != identity.Person || !(reading{s}).mayEnd(l.Terms, c) {
			return Amendment{}, reading{s}.hidden(ctx, l, c, "acknowledge")
		}
		if err := s.Suspensions().Free(ctx, c, "you acknowledge nothing"); err != nil {
			return Amendment{}, err
		}
		next := l.Elevation
		if next.State != Stuck {
			return Amendment{}, fault.Errorf(fault.Conflict, "elevation %s is %s and not stuck", id, next.State)
		}
		next.AcknowledgedBy = c.ID
		return Amendment{
			Next: next, None: l.Elevation.AcknowledgedBy != "",
			entry: evidence.Entry{At: s.Instant(), Kind: "elevation.acknowledged", Actor: c.ID},
		}, nil
	})
	noteCaller(ctx, s, err)
	return l.Elevation, refusals{s}.refused(ctx, c, "acknowledge", id, err)
}

// RemovedLate is the elevation after it was told that its grant was taken away, once more, at an instant after the one since
// which it was thought gone. Whoever did it could not store it, and somebody else concluded meanwhile by what was stored. It
// is the one thing of an elevation that is over which changes: what was measured is put right.
func (e Elevation) RemovedLate(at time.Time) Elevation {
	if e.GoneAt.IsZero() || !at.After(e.GoneAt) {
		return e
	}
	e.GoneAt = record.Instant(at)
	if e.State == Ended {
		e.Overstay = max(0, int64(e.GoneAt.Sub(e.EndDue)/time.Second))
	}
	return e
}

// AppendLate stores evidence that was queued because it could not be stored when it happened, marked late. A late removal also
// corrects GoneAt and the overstay. NotFound: there is no such elevation, as after a restore; the entry is then only in the log.
func (s *Service) AppendLate(ctx context.Context, late Late) error {
	_, err := s.Amend(ctx, late.Elevation, func(l Life) (Amendment, error) {
		late.Entry.Late = true
		next := l.Elevation
		if late.Entry.Kind == removedEntry {
			next = next.RemovedLate(late.Entry.At)
		}
		return Amendment{Next: next, entry: late.Entry}, nil
	})
	if fault.KindOf(err) == fault.NotFound {
		s.Log.ErrorContext(ctx, "evidence without an elevation", "elevation", late.Elevation, "entry", late.Entry)
	}
	return err
}
