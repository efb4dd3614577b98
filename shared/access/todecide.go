package access

import (
	"context"
	"slices"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/suspension"
)

// waitsFor reports whether c may decide on l now, by the rules of [Service.Decide]. It stores no refusal.
func (s deciding) waitsFor(ctx context.Context, l Life, c identity.Caller, suspended []suspension.Suspension) bool {
	t := l.Terms
	if l.Elevation.State != Requested || !s.Now().Before(t.DecideBy) || !s.hasWay(ctx, t, c) {
		return false
	}
	if slices.ContainsFunc(suspended, func(sus suspension.Suspension) bool {
		return sus.Scope.Requester == c.ID || holds(sus.Scope, l.Elevation)
	}) {
		return false
	}
	ent, err := s.Decider.Entitlement(ctx, "", t.Entitlement)
	if t.MayDecide(c, s.Instant()) != nil {
		return err == nil && s.waitsForDelegate(ctx, WithRisk(s.Service, l), ent, t, c)
	}
	return err == nil && Policy{WithRisk(s.Service, l)}.AskPolicy(ctx, ent, t, c, ActApprove) == nil
}

// hasWay reports whether c may decide as themselves, or is the delegate of an approver of the elevation.
func (s deciding) hasWay(ctx context.Context, t Terms, c identity.Caller) bool {
	return t.MayDecide(c, s.Instant()) == nil || mayJudge(t, c) == nil && stead(s).mayStandIn(ctx, t, c)
}

func (s deciding) waitsForDelegate(ctx context.Context, with *Service, ent Entitlement, t Terms, c identity.Caller) bool {
	ways, err := stead(s).ways(ctx, t, Decision{Elevation: t.ID, By: c, Approve: true, At: s.Instant()})
	return err == nil && slices.ContainsFunc(ways, func(d Decision) bool { return stead{with}.mayDecide(ctx, ent, t, d) == nil })
}

// undecided returns those without a decision of c that counts, of at most [LivesPerRead].
func (s deciding) undecided(ctx context.Context, of []Life, c identity.Caller) ([]Life, error) {
	var keys []record.Key
	for _, l := range of {
		keys = append(keys, decisionKey(l.Terms.ID, c.ID, 0))
	}
	if len(keys) == 0 {
		return nil, nil
	}
	rows, err := s.Store.Read(ctx, keys...)
	if err != nil {
		return nil, fault.Wrap(err, "reading the decisions of %s", c.ID)
	}
	return slices.DeleteFunc(of, func(l Life) bool {
		if _, decided := rows[decisionKey(l.Terms.ID, c.ID, 0)]; !decided || err != nil {
			return false
		}
		var standing []Decision // they may have withdrawn, or be out of date
		standing, err = ReadStanding(ctx, s.Service, l.Terms.ID)
		return slices.ContainsFunc(standing, func(d Decision) bool { return d.isBy(c) && s.Settings.standsFor(l.Terms, d, s.Now()) })
	}), err
}
