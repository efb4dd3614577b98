package access

import (
	"context"
	"time"
)

// overdueBy is how long after it was due an end may be unproven before it counts as overdue.
const overdueBy = time.Minute

// Overdue reports whether access should be over and is not proven gone, more than a minute after that was due. A canary that
// is left to one net is not overdue as long as the other nets leave it to that one: see leftToAnother. True with an error: it
// cannot be read whether it is such a canary.
func (s *Service) Overdue(ctx context.Context, e Elevation) (bool, error) {
	due := e.lateFrom()
	if !e.State.Open() || due.IsZero() || !s.Now().After(due.Add(overdueBy)) {
		return false, nil
	}
	if e.State != Active || !e.isCanary() {
		return true, nil
	}
	l, err := s.load(ctx, e.ID) // the net is in the terms
	switch {
	case err != nil:
		return true, err
	case l.elevation.State != Active: // its net was at it meanwhile
		return s.Overdue(ctx, l.elevation)
	}
	return !canaries{s}.leftToAnother(l, ""), nil
}

// lateFrom is the instant from which the end of an elevation is late; zero if no end is due. A canary counts from the order to
// end it: its deadline may be hours ago, because it was left to one net.
func (e Elevation) lateFrom() time.Time {
	switch {
	case e.State == Active:
		return e.Deadline
	case e.State == Revoking && e.isCanary():
		return e.ChangedAt
	}
	return e.EndDue
}

// isCanary reports whether it is a canary, by what the record says of entitlement and requester. No caller can choose both:
// the requester of canaries has no credentials.
func (e Elevation) isCanary() bool {
	return e.Entitlement == CanaryEntitlement && e.Requester == canaryCaller().ID
}
