package access

import (
	"context"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
)

// Lapse is the elevation given up: nobody decided in time, or it failed before Grant. Conflict: it may not lapse any more.
func (e Elevation) Lapse(why string, now time.Time) (Elevation, error) {
	next, err := e.to(LapsedState, now)
	next.Why = why
	return next, err
}

// Lapse gives up waiting for approvers. It returns nil if it finds the elevation approved: an approval and the time-out
// met, and the approval was stored first. Lapsed: it is over, whoever ended it.
func (s Waiting) Lapse(ctx context.Context, id string) (err error) {
	defer s.Logged(ctx, "lapse", id, "workflow", &err)
	l, err := s.Amend(ctx, id, func(l Life) (Amendment, error) {
		if l.Elevation.State != Requested {
			return Amendment{None: true}, nil
		}
		return Lapsed(l, "not decided in time", "workflow", s.Instant())
	})
	if err != nil {
		return err
	}
	if l.Elevation.State == Approved {
		return nil
	}
	return fault.Errorf(fault.Lapsed, "elevation %s is %s", id, l.Elevation.State)
}

func Lapsed(l Life, why, actor string, now time.Time) (Amendment, error) {
	next, err := l.Elevation.Lapse(why, now)
	return Amendment{
		Next:  next,
		entry: evidence.Entry{At: now, Kind: "elevation.lapsed", Actor: actor, Detail: map[string]string{"why": why}},
		extra: unpend(l),
	}, err
}
