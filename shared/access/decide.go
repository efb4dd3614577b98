package access

import (
	"context"
	"errors"
	"slices"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Approve returns the elevation approved. Conflict: decide_by has passed.
func (e Elevation) Approve(now time.Time) (Elevation, error) {
	if e.State == Requested && !now.Before(e.DecideBy) {
		return e, e.conflict("was to be decided before %s", e.DecideBy.Format(time.RFC3339))
	}
	return e.to(Approved, now)
}

// Deny returns the elevation denied. One denial is final.
func (e Elevation) Deny(why string, now time.Time) (Elevation, error) {
	next, err := e.to(DeniedState, now)
	next.Why = why
	return next, err
}

// Decide stores a person's decision on the digest they saw. It is idempotent. A person may change their decision until the
// elevation is decided.
//
// Denied: the caller may not decide, or the digest differs. Conflict: decided, over or late.
func (s *Service) Decide(ctx context.Context, c identity.Caller, id, digest string, approve bool, reason string) (Life, error) {
	verb := "deny"
	if approve {
		verb = "approve"
	}
	return deciding{s}.decide(ctx, verb, Decision{Elevation: id, By: c, Approve: approve, Digest: digest, Reason: reason})
}

// ApproveShown is [Service.Decide] of an approval by a person to whom the difference with this hash was shown; empty: none was.
//
// Conflict: what the grant adds is another now.
func ApproveShown(ctx context.Context, s *Service, c identity.Caller, id, digest, shown, reason string) (Life, error) {
	return deciding{s}.decide(ctx, "approve", Decision{Elevation: id, By: c, Approve: true, Digest: digest, Reason: reason, shown: shown})
}

// WithdrawApproval makes the caller's approval no longer count. It is idempotent. Policy is not asked.
//
// Conflict: they did not approve, or the elevation is decided.
func WithdrawApproval(ctx context.Context, s *Service, c identity.Caller, id, reason string) (Life, error) {
	return deciding{s}.decide(ctx, "withdraw-approval", Decision{Elevation: id, By: c, Reason: reason, Withdrawn: true})
}

func (s deciding) decide(ctx context.Context, verb string, d Decision) (l Life, err error) {
	id, c := d.Elevation, d.By
	defer s.Logged(ctx, verb, id, c.ID, &err)
	if err := fault.CheckText("reason", d.Reason, 0, maxReason); err != nil {
		return Life{}, err
	}
	s.Service = noting(s.Service, c)
	l, err = s.Amend(ctx, id, func(l Life) (Amendment, error) {
		d := d
		d.At = s.Instant()
		return s.decided(ctx, l, d)
	})
	if errors.Is(err, errDecided) { // may be older than the decision
		l, err = s.Load(ctx, id)
	}
	noteCaller(ctx, s.Service, err)
	if err != nil {
		return Life{}, refusals(s).refused(ctx, c, verb, id, err)
	}
	Waiting(s).tryAnswer(ctx, l)
	return l, nil
}

var errDecided = errors.New("decided before")

type deciding struct{ *Service }

func (s deciding) decided(ctx context.Context, l Life, d Decision) (Amendment, error) {
	var err error
	s.Service = comparing(s.Service)
	if !d.Withdrawn {
		if d, err = s.mayDecide(ctx, l, d); err != nil {
			return Amendment{}, err
		}
	}
	before, err := lives(s).decisions(ctx, l.Terms.ID)
	if err != nil {
		return Amendment{}, err
	}
	for _, was := range before {
		d.At = Latest(d.At, was.At) // clocks differ
		if was.isBy(d.By) {
			d.Turn++
		}
	}
	standing := Standing(before)
	own := slices.IndexFunc(standing, func(was Decision) bool { return was.isBy(d.By) })
	switch {
	case own < 0 && d.Withdrawn && d.Turn == 0:
		if reading(s).mayRead(ctx, l, d.By) != nil {
			return Amendment{}, reading(s).hidden(ctx, l, d.By, "decide")
		}
		return Amendment{}, l.Elevation.conflict("has no approval of yours")
	case own < 0 && d.Withdrawn, own >= 0 && standing[own].says(d) && (l.Elevation.State != Requested || s.stands(ctx, l.Terms, standing[own], d.At)):
		return Amendment{}, errDecided
	case own >= 0 && l.Elevation.State != Requested:
		return Amendment{}, isDecided(l.Elevation)
	case d.Withdrawn:
		d.By, d.Catalog, d.Digest = standing[own].By, standing[own].Catalog, standing[own].Digest
	case d.Approve && d.Turn >= maxTurns:
		return Amendment{}, l.Elevation.conflict("has %d decisions of yours: deny it, or let others decide", d.Turn)
	}
	if d, err = Differences(s).decidedOn(ctx, l.Terms, d); err != nil {
		return Amendment{}, err
	}
	return s.apply(l, d, append(before, d))
}

// stands: an approval may be from before the newest rule, which asks for more.
func (s deciding) stands(ctx context.Context, t Terms, was Decision, at time.Time) bool {
	ent, err := s.Decider.Entitlement(ctx, "", t.Entitlement)
	return s.Settings.standsFor(t, was, at) && (err != nil || ent.approval().allows(was) == nil)
}

// isDecided says what can be done instead of another decision.
func isDecided(e Elevation) error {
	switch {
	case e.State == Approved:
		return e.conflict("is approved, and decisions are final: its requester, an owner or an operator may withdraw it")
	case e.State.Open():
		return e.conflict("is %s, and decisions are final: its holder, an owner or an operator may end it", e.State)
	}
	return e.conflict("is %s, and decisions are final: it can be asked for again", e.State)
}

// mayDecide returns the decision as it is to be stored.
func (s deciding) mayDecide(ctx context.Context, l Life, d Decision) (Decision, error) {
	if err := l.Terms.MayDecide(d.By, d.At); err != nil {
		if reading(s).mayRead(ctx, l, d.By) != nil {
			return d, reading(s).hidden(ctx, l, d.By, "decide")
		}
		return d, err
	}
	if d.Digest != l.Terms.Digest() {
		return d, deny("curfew.digest", "the digest does not match the terms of %s: read them again", l.Terms.ID)
	}
	ent, err := s.Decider.Entitlement(ctx, "", l.Terms.Entitlement)
	if err != nil {
		return d, deny("curfew.entitlement", "entitlement %s is not in the catalog any more", l.Terms.Entitlement)
	}
	for _, rule := range []Approval{l.Terms.Approval, ent.approval()} {
		if err := rule.allows(d); err != nil {
			return d, err
		}
	}
	if err := Policy(s).decide(ctx, ent, l.Terms, d.By, ActApprove); err != nil {
		return d, err
	}
	if err := s.Settings.mayCover(l.Terms, d); err != nil {
		return d, err
	}
	named, err := s.Decider.NamedGroups(ctx, ent.Catalog)
	return d.reduced(l.Terms, ent.Catalog, named), fault.Wrap(err, "reading the groups of the catalog")
}

// reduced keeps the groups that can matter: those that the terms or the newest catalog name.
func (d Decision) reduced(t Terms, catalog string, named []string) Decision {
	all := len(d.By.Groups)
	if d.By = d.By.Reduced(named, t.Approval.All(), t.Owners); len(d.By.Groups) < all {
		d.Catalog = catalog
	}
	return d
}

// isJudgeable reports whether a caller, reduced to the groups that a catalog names, has all that the newest names. A catalog
// that names more may forbid what a reduced caller does not show. catalog is empty if the caller is not reduced.
func (s deciding) isJudgeable(ctx context.Context, catalog string, newest Entitlement) (bool, error) {
	if catalog == "" || catalog == newest.Catalog {
		return true, nil
	}
	was, err := s.Decider.NamedGroups(ctx, catalog)
	if fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	if err != nil {
		return false, fault.Wrap(err, "reading the groups of catalog %.12s", catalog)
	}
	now, err := s.Decider.NamedGroups(ctx, newest.Catalog)
	return !slices.ContainsFunc(now, func(ref string) bool { return !slices.Contains(was, ref) }), fault.Wrap(err, "reading the groups of the catalog")
}

func (s deciding) apply(l Life, d Decision, all []Decision) (Amendment, error) {
	a := Amendment{Next: l.Elevation, entry: evidence.Entry{At: d.At, Kind: "elevation.approval", Actor: d.By.ID, Detail: d}}
	var err error
	switch {
	case d.Withdrawn:
		a.entry.Kind = "elevation.approval-withdrawn"
	case !d.Approve:
		a.Next, err = l.Elevation.Deny(d.Reason, d.At)
		a.entry.Kind = "elevation.denied"
	case l.Elevation.State != Requested || !d.At.Before(l.Elevation.DecideBy) || l.Terms.Enough(s.Settings.counted(l.Terms, all, d.At)):
		a.Next, err = l.Elevation.Approve(d.At)
		a.entry.Kind = "elevation.approved"
	}
	if err != nil {
		return a, err
	}
	if a.Next.State != l.Elevation.State {
		a.Next.DecidedBy = d.By.ID
	}
	row, err := record.Encode(d.key(), 1, d)
	if d.Turn == 0 { // one place a person
		row.Index = map[record.Index]record.Place{record.ByRequester: {Partition: DecidedBy(d.By.ID), Sort: d.Elevation}}
	}
	a.extra = append(a.extra, record.Change{If: record.Absent, Row: row})
	return a, err
}

func (s lives) decisions(ctx context.Context, id string) ([]Decision, error) {
	rows, err := s.Store.Partition(ctx, record.AccessTable, decisionPartition(id), "")
	if err != nil {
		return nil, fault.Wrap(err, "reading the decisions on %s", id)
	}
	return Decisions(rows)
}

// Decisions decodes decision rows, the oldest first.
func Decisions(rows []record.Row) ([]Decision, error) {
	var out []Decision
	for _, r := range rows {
		d, err := record.Decode[Decision](r)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	slices.SortStableFunc(out, func(a, b Decision) int { return newerFirst(b, a) })
	return out, nil
}

// ReadStanding returns the decisions on an elevation that count.
func ReadStanding(ctx context.Context, s *Service, id string) ([]Decision, error) {
	all, err := lives{s}.decisions(ctx, id)
	return Standing(all), err
}
