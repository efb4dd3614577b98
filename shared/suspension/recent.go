package suspension

import (
	"context"
	"fmt"
	"slices"

	"curfew/shared/fault"
)

// resolving finds what a scope means.
type resolving struct{ Suspensions }

// mostRecent bounds how many elevations of one state are looked through for a name.
const mostRecent = 500

// recent are the newest elevations that are not over, and the newest that are: a second round of end-all finds what the first one
// ended in no other state any more. hint, unless empty, says that there are more and what to do.
func (s resolving) recent(ctx context.Context) (all []Elevation, hint string, err error) {
	all, more, err := s.Domain.Recent(ctx, mostRecent)
	if more {
		hint = fmt.Sprintf("; there are more than %d elevations under way, and only the newest were looked through: give it by ARN or id", mostRecent)
	}
	return all, hint, err
}

// entitlementsKnown are those of the newest catalog and, unless the wanted one is among them, those that had elevations
// lately.
func (s resolving) entitlementsKnown(ctx context.Context, wanted string) (all []fault.Known, hint string, err error) {
	ents, err := s.Domain.Entitlements(ctx)
	if err != nil {
		return nil, "", fault.Wrap(err, "reading the catalog")
	}
	for _, e := range ents {
		all = append(all, fault.Known{ID: e.Name})
	}
	if slices.Contains(all, fault.Known{ID: wanted}) {
		return all, "", nil
	}
	es, hint, err := s.recent(ctx)
	for _, e := range es {
		all = append(all, fault.Known{ID: e.Entitlement})
	}
	return all, hint, err
}
