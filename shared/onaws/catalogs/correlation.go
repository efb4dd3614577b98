package catalogs

import (
	"context"
	"errors"
	"slices"
	"time"

	"curfew/shared/access"
	"curfew/shared/baseline"
	"curfew/shared/catalog"
	"curfew/shared/correlate"
	"curfew/shared/detection"
	"curfew/shared/fault"
	"curfew/shared/onaws"
	"curfew/shared/release"
	"curfew/shared/trail"
)

// Governed lists the governed accounts.
func Governed(a *access.Service) func(context.Context) ([]string, error) {
	return access.Accounts(a).Governed
}

// Governs reports whether an account is governed.
func Governs(a *access.Service) func(context.Context, string) (bool, error) {
	return access.Accounts(a).IsGoverned
}

// Silence is [Load], for the sweep, which looks up who deployed. It returns the check of heartbeats that must come back by the routes of CloudTrail, and of what the newest catalog expects.
func Silence(f *onaws.Function, a *access.Service, c onaws.ReconcileConfig, d release.Deployments) (func(context.Context, time.Time) error, error) {
	set, err := load(f, a, c.CatalogConfig, d)
	if err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(slices.Clone(set.Newest().Detections()), func(d detection.Detection) bool { return d.Silence == nil })
	silent, err := detection.Compile(all)
	if err != nil {
		return nil, fault.Errorf(fault.Internal, "the catalog: %w", err)
	}
	return func(ctx context.Context, since time.Time) error {
		governed, err := access.Accounts(a).Governed(ctx)
		if err != nil {
			return err
		}
		x := correlate.Expected{Accounts: append(governed, c.Home), Regions: c.Regions, Files: c.Trail != "", Since: since}
		return errors.Join(correlate.ReportSilence(ctx, a.Base, x), correlate.Silences{Service: a, Set: silent}.Judge(ctx, x))
	}, nil
}

// Correlation returns a service that judges records by the detections of the newest catalog. The store must be set.
func Correlation(a *access.Service, set *catalog.Set, home onaws.HomeConfig, regions onaws.RegionsConfig) (*correlate.Service, error) {
	newest := set.Newest()
	detections, err := detection.Compile(newest.Detections())
	if err != nil {
		return nil, fault.Errorf(fault.Internal, "the catalog: %w", err)
	}
	own := func(ctx context.Context, principalID string, from, to time.Time) ([]trail.Baseline, error) {
		return baseline.Load(ctx, a.Store, principalID, from, to)
	}
	in := correlate.Installation{Name: a.Settings.Name, Home: home.Home, IaC: newest.IaC(), Regions: regions.Regions}
	return correlate.New(a, nil, own, in, detections), nil
}
