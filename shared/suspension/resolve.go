package suspension

import (
	"context"
	"slices"
	"strings"

	"curfew/shared/fault"
	"curfew/shared/identity"
)

// Resolve returns ids. Invalid, with [fault.Nearest]: no match, or several.
func (s Suspensions) Resolve(ctx context.Context, sc Scope) (Target, error) {
	return resolving{s}.resolve(ctx, sc, false)
}

// resolve accepts, with unseen, an id of a person or machine that was never seen, but no trigger.
func (s resolving) resolve(ctx context.Context, sc Scope, unseen bool) (Target, error) {
	var all []fault.Known
	var hint string
	var err error
	t := Target{Scope: sc}
	switch {
	case sc.Everything:
		return t, nil
	case sc.Entitlement != "":
		all, hint, err = s.entitlementsKnown(ctx, sc.Entitlement)
		t.Scope = Scope{Entitlement: sc.Entitlement}
		if err != nil || slices.ContainsFunc(all, func(k fault.Known) bool { return k.ID == sc.Entitlement }) {
			return t, err
		}
		return t, unmatched(sc.Entitlement, nil, all, hint)
	case sc.Principal != "":
		return s.resolvePrincipal(ctx, sc.Principal)
	}
	return s.resolveRequester(ctx, sc.Requester, unseen)
}

// resolveRequester takes an id, name, subject, or machine's role. For a known id it works while the catalog or IAM
// fails.
func (s resolving) resolveRequester(ctx context.Context, given string, unseen bool) (Target, error) {
	exact := Scope{Requester: given}.Exact()
	if exact {
		who, known, err := s.callerByKey(ctx, given)
		unseen = unseen && !strings.HasPrefix(given, identity.TriggerID(""))
		if err != nil || known || unseen {
			t := who.target()
			t.unseen = !known
			return t, err
		}
	}
	all, err := s.callersKnown(ctx, given)
	if err != nil {
		return Target{}, err
	}
	matches, hint := matching(given, all), ""
	if len(matches) == 0 && !exact {
		more, cut, err := s.requestersKnown(ctx)
		if err != nil {
			return Target{}, err
		}
		all, hint = append(all, more...), cut
		matches = matching(given, all)
	}
	if len(matches) == 1 {
		return matches[0].target(), nil
	}
	switch {
	case exact && !strings.HasPrefix(given, identity.TriggerID("")):
		hint = "; to suspend this id though it was never seen, set unseen (curfew suspend --unseen)"
	case len(matches) == 0 && !exact && hint == "":
		hint = "; a caller who was never seen can be suspended by their exact id, as person:ISSUER|SUBJECT"
	}
	return Target{}, unmatched(given, knownOf(matches), knownOf(all), hint)
}
