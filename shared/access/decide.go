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

// Decision is one person's. Only the function decide can write it.
type Decision struct {
	Elevation string          `json:"elevation"`
	By        identity.Caller `json:"by"`
	Approve   bool            `json:"approve"`
	Digest    string          `json:"digest"`
	Reason    string          `json:"reason,omitempty"`
	At        time.Time       `json:"at"`
}

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

// MayDecide returns Denied for machines, the requester, the session's holder, and people who are no approvers.
// SECURITY.md says what it cannot detect.
func (t Terms) MayDecide(c identity.Caller) error { return t.mayDecideOf(c, t.Approval.Of) }

func (t Terms) mayDecideOf(c identity.Caller, approvers []string) error {
	switch {
	case c.Kind != identity.Person:
		return deny("curfew.person", "only people decide")
	case c.Name == "": // could be the requester
		return deny("curfew.person", "your sign-in has no session name: ask an operator to map one in the catalog")
	case c.ID == t.Requester.ID:
		return deny("curfew.self", "you cannot decide on your own elevation")
	case identity.SameName(c.Name, t.Requester.Name), identity.SameName(c.Name, t.Session.Value):
		return deny("curfew.self", "%s is also the name of the requester or of the session", c.Name)
	case !c.In(approvers):
		return deny("curfew.approvers", "%s is not among the approvers", c.Name)
	}
	return nil
}

// Enough reports whether enough distinct, qualified people approved. Owners alone cannot approve a machine's request.
func (t Terms) Enough(decisions []Decision) bool { return t.enough(t.Approval, decisions) }

func (t Terms) enough(rule Approval, decisions []Decision) bool {
	var names, ids []string
	others := t.Requester.Kind == identity.Person
	var digest string
	if len(decisions) > 0 {
		digest = t.Digest()
	}
	for _, d := range decisions {
		if !d.Approve || d.Digest != digest || t.mayDecideOf(d.By, rule.Of) != nil {
			continue
		}
		if slices.Contains(ids, d.By.ID) || slices.ContainsFunc(names, func(n string) bool { return identity.SameName(n, d.By.Name) }) {
			continue
		}
		names, ids = append(names, d.By.Name), append(ids, d.By.ID)
		others = others || !d.By.In(t.Owners)
	}
	return len(ids) >= rule.Need && others
}

// Decide stores a person's decision on the digest they saw. It is idempotent.
//
// Denied: the caller may not decide, or the digest differs. Conflict: decided, over or late.
func (s *Service) Decide(ctx context.Context, c identity.Caller, id, digest string, approve bool, reason string) (l Life, err error) {
	verb := "deny"
	if approve {
		verb = "approve"
	}
	defer s.Logged(ctx, verb, id, c.ID, &err)
	if err := fault.CheckText("reason", reason, 0, maxReason); err != nil {
		return Life{}, err
	}
	s = noting(s, c)
	l, err = s.Amend(ctx, id, func(l Life) (Amendment, error) {
		d := Decision{Elevation: id, By: c, Approve: approve, Digest: digest, Reason: reason, At: s.Instant()}
		return deciding{s}.decided(ctx, l, d)
	})
	if errors.Is(err, errDecided) { // may be older than the decision
		l, err = s.Load(ctx, id)
	}
	noteCaller(ctx, s, err)
	if err != nil {
		return Life{}, refusals{s}.refused(ctx, c, verb, id, err)
	}
	Waiting{s}.tryAnswer(ctx, l)
	return l, nil
}

var errDecided = errors.New("decided before")

type deciding struct{ *Service }

func (s deciding) decided(ctx context.Context, l Life, d Decision) (Amendment, error) {
	if err := s.mayDecide(ctx, l, d); err != nil {
		return Amendment{}, err
	}
	before, err := lives(s).decisions(ctx, l.Terms.ID)
	if err != nil {
		return Amendment{}, err
	}
	for _, was := range before {
		if was.By.ID != d.By.ID {
			continue
		}
		if was.Approve == d.Approve && was.Digest == d.Digest {
			return Amendment{}, errDecided
		}
		return Amendment{}, l.Elevation.conflict("has another decision of yours")
	}
	return s.apply(l, d, append(before, d))
}

func (s deciding) mayDecide(ctx context.Context, l Life, d Decision) error {
	if err := l.Terms.MayDecide(d.By); err != nil {
		if reading(s).mayRead(ctx, l, d.By) != nil {
			return reading(s).hidden(ctx, l, d.By, "decide")
		}
		return err
	}
	if d.Digest != l.Terms.Digest() {
		return deny("curfew.digest", "the digest does not match the terms of %s: read them again", l.Terms.ID)
	}
	ent, err := s.Decider.Entitlement(ctx, "", l.Terms.Entitlement)
	if err != nil {
		return deny("curfew.entitlement", "entitlement %s is not in the catalog any more", l.Terms.Entitlement)
	}
	return Policy(s).decide(ctx, ent, l.Terms, d.By, ActApprove)
}

func (s deciding) apply(l Life, d Decision, all []Decision) (Amendment, error) {
	a := Amendment{Next: l.Elevation, entry: evidence.Entry{At: d.At, Kind: "elevation.approval", Actor: d.By.ID, Detail: d}}
	var err error
	switch {
	case !d.Approve:
		a.Next, err = l.Elevation.Deny(d.Reason, d.At)
		a.entry.Kind = "elevation.denied"
	case l.Elevation.State != Requested || !d.At.Before(l.Elevation.DecideBy) || l.Terms.Enough(all):
		a.Next, err = l.Elevation.Approve(d.At)
		a.entry.Kind = "elevation.approved"
	}
	if err != nil {
		return a, err
	}
	row, err := record.Encode(decisionKey(d.Elevation, d.By.ID), 1, d)
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

// Decisions decodes decision rows.
func Decisions(rows []record.Row) ([]Decision, error) {
	var out []Decision
	for _, r := range rows {
		d, err := record.Decode[Decision](r)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// ReadDecisions returns the decisions on an elevation.
func ReadDecisions(ctx context.Context, s *Service, id string) ([]Decision, error) {
	return lives{s}.decisions(ctx, id)
}
