package access

import (
	"context"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
)

// Beat stores a heartbeat. Conflict: not active, or too late.
func (e Elevation) Beat(t Terms, now time.Time) (Elevation, error) {
	switch {
	case e.State != Active:
		return e, e.conflict("is %s", e.State)
	case t.Heartbeat == 0:
		return e, e.conflict("needs no heartbeat")
	case e.HeartbeatLost(t, now):
		return e, e.conflict("has lost its heartbeat: the last one came at %s", e.LastBeat.Format(time.RFC3339))
	}
	e.LastBeat = after(now)
	return e, nil
}

// Heartbeat records that the holder is alive. No evidence. Conflict: not active, no heartbeat needed, or too late.
func (s *Service) Heartbeat(ctx context.Context, c identity.Caller, id string) (l Life, err error) {
	defer s.Logged(ctx, "heartbeat", id, c.ID, &err)
	s = noting(s, c)
	l, err = s.Amend(ctx, id, func(l Life) (Amendment, error) {
		if !l.Terms.holder(c) {
			return Amendment{}, reading{s}.hidden(ctx, l, c, "heartbeat")
		}
		next, err := l.Elevation.Beat(l.Terms, s.Now())
		// At most one write a second: continuous heartbeats would make others conflict.
		return Amendment{Next: next, None: err == nil && next.LastBeat.Equal(l.Elevation.LastBeat)}, err
	})
	noteCaller(ctx, s, err)
	if err != nil {
		return Life{}, refusals{s}.refused(ctx, c, "heartbeat", id, err)
	}
	for _, t := range l.Tokens {
		if t.For != "hold" {
			continue
		}
		if err := s.Workflow.Beat(ctx, t.Token); err != nil && fault.KindOf(err) != fault.Over {
			return l, fault.Wrap(err, "passing on a heartbeat of %s", id)
		}
	}
	return l, nil
}
