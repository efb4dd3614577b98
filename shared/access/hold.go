package access

import (
	"context"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
)

// Beat is the holder heard. Conflict: the elevation is not active, or it was silent for too long already.
func (e Elevation) Beat(t Terms, now time.Time) (Elevation, error) {
	switch {
	case e.State != Active:
		return e, fault.Errorf(fault.Conflict, "elevation %s is %s", e.ID, e.State)
	case t.Heartbeat == 0:
		return e, fault.Errorf(fault.Conflict, "elevation %s needs no heartbeat", e.ID)
	case e.HeartbeatLost(t, now):
		return e, fault.Errorf(fault.Conflict, "elevation %s was silent since %s", e.ID, e.LastBeat.Format(time.RFC3339))
	}
	e.LastBeat = after(now)
	return e, nil
}

// Heartbeat tells that the holder lives. It makes no evidence: what counts is that one was missing. NotFound: there is no
// such elevation for the caller. Conflict: it is not active, needs none, or was silent for too long.
func (s *Service) Heartbeat(ctx context.Context, c identity.Caller, id string) (e Elevation, err error) {
	defer s.Logged(ctx, "heartbeat", id, c.ID, &err)
	l, err := s.Amend(ctx, id, func(l Life) (Amendment, error) {
		if !l.Terms.holder(c) {
			return Amendment{}, reading{s}.hidden(ctx, l, c, "heartbeat")
		}
		next, err := l.Elevation.Beat(l.Terms, s.Now())
		// One write a second at most: a holder who beats without a pause would have everybody else lose his swap.
		return Amendment{Next: next, None: err == nil && next.LastBeat.Equal(l.Elevation.LastBeat)}, err
	})
	if err != nil {
		return Elevation{}, refusals{s}.refused(ctx, c, "heartbeat", id, err)
	}
	for _, t := range l.Tokens {
		if t.For != "hold" {
			continue
		}
		if err := s.Workflow.Beat(ctx, t.Token); err != nil && fault.KindOf(err) != fault.Over {
			return l.Elevation, fault.Wrap(err, "passing on a heartbeat of %s", id)
		}
	}
	return l.Elevation, nil
}
