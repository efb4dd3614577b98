package suspension

import (
	"context"
	"fmt"
	"slices"

	"curfew/shared/fault"
)

type resolving struct{ Suspensions }

const mostRecent = 500

// recent includes elevations that are over: a retry of end-all must find them. hint: the search was bounded.
func (s resolving) recent(ctx context.Context) (all []Elevation, hint string, err error) {
	all, more, err := s.Domain.Recent(ctx, mostRecent)
	if more {
		hint = fmt.Sprintf("; there are more than %d open elevations, and only the newest were searched: give the ARN or id", mostRecent)
	}
	return all, hint, err
}

// entitlementsKnown adds recent elevations if the newest catalog lacks wanted.
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
