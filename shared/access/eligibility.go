package access

import (
	"slices"
	"time"
)

// eligibleAt is Denied once the eligibility has ended, for a request and for an approval. Reading goes on.
func (e Entitlement) eligibleAt(act PolicyAction, at time.Time) error {
	asks := []PolicyAction{ActRequest, ActApprove, ActBreakGlass}
	if e.Until.IsZero() || at.Before(e.Until) || !slices.Contains(asks, act) {
		return nil
	}
	return deny("curfew.until", "%s could be asked for until %s: ask its owners for a new end in the catalog", e.Name, e.Until.Format(time.RFC3339))
}

// endBy moves the latest end to the end of the eligibility: then the fence ends it too.
func (t *Terms) endBy(ent Entitlement) {
	if !ent.Until.IsZero() {
		t.LatestEnd = earliest(t.LatestEnd, ent.Until)
	}
}
