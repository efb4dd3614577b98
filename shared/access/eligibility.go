package access

import (
	"slices"
	"time"
)

// eligibleAt is Denied after the eligibility, for requests and approvals.
func (e Entitlement) eligibleAt(act PolicyAction, at time.Time) error {
	asks := []PolicyAction{ActRequest, ActApprove, ActBreakGlass}
	if e.Until.IsZero() || at.Before(e.Until) || !slices.Contains(asks, act) {
		return nil
	}
	return deny("curfew.until", "%s could be asked for until %s: ask its owners for a new end in the catalog", e.Name, e.Until.Format(time.RFC3339))
}

// endsBy is the latest end within the eligibility: the fence ends it too.
func (e Entitlement) endsBy(latest time.Time) time.Time {
	if e.Until.IsZero() {
		return latest
	}
	return earliest(latest, e.Until)
}
