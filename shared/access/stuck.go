package access

import (
	"context"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Acknowledge stops the paging of a stuck elevation. The caller is a person, owner or operator, not suspended.
// Conflict: not stuck.
func (s *Service) Acknowledge(ctx context.Context, c identity.Caller, id string) (l Life, err error) {
	defer s.Logged(ctx, "acknowledge", id, c.ID, &err)
	s = noting(s, c)
	l, err = s.Amend(ctx, id, func(l Life) (Amendment, error) {
		if c.Kind != identity.Person || !(reading{s}).mayEnd(l.Terms, c) {
			return Amendment{}, reading{s}.hidden(ctx, l, c, "acknowledge")
		}
		if err := s.Suspensions().Free(ctx, c, "you may not acknowledge elevations"); err != nil {
			return Amendment{}, err
		}
		next := l.Elevation
		if next.State != Stuck {
			return Amendment{}, next.conflict("is %s and not stuck", next.State)
		}
		next.AcknowledgedBy = c.ID
		return Amendment{
			Next: next, None: l.Elevation.AcknowledgedBy != "",
			entry: evidence.Entry{At: s.Instant(), Kind: "elevation.acknowledged", Actor: c.ID},
		}, nil
	})
	noteCaller(ctx, s, err)
	return l, refusals{s}.refused(ctx, c, "acknowledge", id, err)
}

// RemovedLate corrects GoneAt and the overstay of an ended elevation after a removal that could not be stored in time.
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

// AppendLate stores postponed evidence, marked late, and corrects the overstay. NotFound: none, as after a restore; the
// entry is only logged.
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
