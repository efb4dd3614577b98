package suspension

import (
	"context"
	"slices"
	"strings"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

func (s resolving) resolvePrincipal(ctx context.Context, given string) (Target, error) {
	t := Target{Scope: Scope{Principal: given}}
	if t.Scope.Exact() {
		if known, err := s.principalKnown(ctx, given); err != nil || known {
			return t, err
		}
	}
	all, hint, err := s.principalsKnown(ctx)
	if err != nil {
		return t, err
	}
	var matches []fault.Known
	for _, k := range all {
		if strings.EqualFold(k.ID, given) || strings.EqualFold(identity.PrincipalName(k.ID), given) {
			matches = append(matches, k)
		}
	}
	if len(matches) != 1 {
		return t, unmatched(given, matches, all, hint)
	}
	t.Scope.Principal = matches[0].ID
	return t, nil
}

// principalKnown: it had an elevation, or the newest catalog has it and IAM does not deny it. IAM ignores case.
func (s resolving) principalKnown(ctx context.Context, arn string) (bool, error) {
	page, err := s.Store.List(ctx, record.Query{Index: record.ByPrincipal, Partition: arn, Limit: 1})
	if err != nil || len(page.Keys) > 0 {
		return err == nil, fault.Wrap(err, "listing by principal")
	}
	ents, err := s.Domain.Entitlements(ctx)
	if err != nil {
		return false, fault.Wrap(err, "reading the catalog")
	}
	for _, e := range ents {
		for _, pattern := range e.Principals {
			if identity.MatchARN(strings.ToLower(pattern), strings.ToLower(arn)) {
				_, err := s.Domain.Look(ctx, arn)
				k := fault.KindOf(err) // works while IAM fails
				return k != fault.NotFound && k != fault.Denied && k != fault.Invalid, nil
			}
		}
	}
	return false, nil
}

// principalsKnown has those of recent elevations, and those in the newest catalog without wildcards.
func (s resolving) principalsKnown(ctx context.Context) (all []fault.Known, hint string, err error) {
	add := func(arn string) {
		k := fault.Known{ID: arn}
		if identity.IsPrincipal(arn) && !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	ents, err := s.Domain.Entitlements(ctx)
	if err != nil {
		return nil, "", fault.Wrap(err, "reading the catalog")
	}
	for _, e := range ents {
		for _, arn := range e.Principals {
			add(arn)
		}
	}
	es, hint, err := s.recent(ctx)
	for _, e := range es {
		add(e.Principal)
	}
	return all, hint, err
}
