package access

import (
	"time"
)

// LateFrom is the instant from which the end of an elevation is late; zero if no end is due. A canary counts from the order to
// end it: its deadline may be hours ago, because it was left to one net.
func (e Elevation) LateFrom() time.Time {
	switch {
	case e.State == Active:
		return e.Deadline
	case e.State == Revoking && e.IsCanary():
		return e.ChangedAt
	}
	return e.EndDue
}

// IsCanary reports whether it is a canary, by what the record says of entitlement and requester. No caller can choose both:
// the requester of canaries has no credentials.
func (e Elevation) IsCanary() bool {
	return e.Entitlement == CanaryEntitlement && e.Requester == CanaryCaller().ID
}
