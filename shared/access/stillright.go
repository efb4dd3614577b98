package access

import (
	"context"
	"fmt"
	"slices"
	"time"

	"curfew/shared/fault"
	"curfew/shared/iampolicy"
	"curfew/shared/identity"
	"curfew/shared/record"
)

type granter struct{ *Service }

// stillRight repeats all checks with the newest policy and current IAM, and returns the documents to attach.
func (s granter) stillRight(ctx context.Context, l Life) ([]string, error) {
	t := l.Terms
	s.Service = comparing(s.Service)
	if err := l.asked.of(t); err != nil {
		return nil, err
	}
	if err := t.ofItsTime(s.Now()); err != nil {
		return nil, err
	}
	if err := Accounts(s.Service).Admit(ctx, t.Principal.Account); err != nil {
		return nil, err
	}
	if s.Catalogs != nil {
		if err := s.Catalogs.Accept(ctx, t); err != nil {
			return nil, err
		}
	}
	newest, err := s.Decider.Entitlement(ctx, "", t.Entitlement)
	if fault.KindOf(err) == fault.NotFound {
		return nil, deny("curfew.entitlement", "entitlement %s is not in the catalog any more", t.Entitlement)
	}
	if err != nil {
		return nil, fault.Wrap(err, "reading entitlement %s", t.Entitlement)
	}
	if err := renewing(s).stillRenews(ctx, t); err != nil {
		return nil, err
	}
	if err := s.stillApproved(ctx, t, newest); err != nil {
		return nil, err
	}
	if err := s.stillAllowed(ctx, t, newest); err != nil {
		return nil, err
	}
	if t.BreakGlass {
		if err := breakGlass(s).checkGrant(ctx, t); err != nil {
			return nil, err
		}
	}
	if err := s.stillFits(ctx, t); err != nil {
		return nil, err
	}
	return s.renderAnew(ctx, t)
}

// stillAllowed asks the newest policy about the requester.
func (s granter) stillAllowed(ctx context.Context, t Terms, newest Entitlement) error {
	reducedBy := ""
	if t.Reduced && t.Requester.Kind == identity.Person {
		reducedBy = t.Catalog
	}
	if ok, err := deciding(s).isJudgeable(ctx, reducedBy, newest); err != nil {
		return err
	} else if !ok {
		return deny("curfew.catalog", "the catalog names groups that it did not when %s was asked for: ask again", t.ID)
	}
	if t.Requester.Kind == identity.Person {
		s.Service = noting(s.Service, t.Requester) // reads their row with the suspensions
	}
	if err := Policy(s).checkSuspended(ctx, t, t.Requester); err != nil {
		return err
	}
	return Policy(s).StillAllowed(ctx, newest, t, s.noted.Was())
}

// grantWithin is the most between a request and its grant.
const grantWithin = maxAhead + startGrace + 24*time.Hour

// ofItsTime refuses instants that Submit does not make: functions that were taken over may have written the terms. An old id
// would let TTL remove all rows and evidence at once (see [record.Retention]); one of the future would hide the elevation from
// lists, which go by id, and from questions about today.
func (t Terms) ofItsTime(now time.Time) error {
	made, asked := record.Instant(record.TimeIn(t.ID)), t.RequestedAt.Format(time.RFC3339)
	switch {
	case t.RequestedAt.Sub(made).Abs() > idSlack:
		return deny("curfew.id", "the id %s is not of the time of its request, %s", t.ID, asked)
	case Latest(made, t.RequestedAt).After(now.Add(ClockSkew)):
		return deny("curfew.id", "the request of %s is of the future: %s", t.ID, asked)
	case now.After(t.RequestedAt.Add(grantWithin)):
		return deny("curfew.id", "the request of %s is too old to be granted: it is of %s", t.ID, asked)
	case t.StartAt.Before(t.RequestedAt), t.StartAt.After(t.RequestedAt.Add(maxAhead)):
		return deny("curfew.id", "the start of %s, %s, does not fit its request, %s", t.ID, t.StartAt.Format(time.RFC3339), asked)
	case t.Approval.Need == 0 && !t.DecideBy.Equal(t.StartAt): // else the entitlement says it: see differ
		return deny("curfew.id", "the time to decide of %s, %s, is not its start", t.ID, t.DecideBy.Format(time.RFC3339))
	}
	return nil
}

// stillApproved counts the decisions by the newest policy and rule.
func (s granter) stillApproved(ctx context.Context, t Terms, newest Entitlement) error {
	rules := []Approval{t.Approval, newest.approval()}
	if rules[0].Need == 0 && rules[1].Need == 0 {
		return nil
	}
	all, err := lives(s).decisions(ctx, t.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(d Decision) bool { return !d.Approve && !d.Withdrawn }) {
		return deny("curfew.denied", "an approver has denied %s", t.ID)
	}
	var good []Decision
	again := ""
	for _, d := range Standing(all) {
		if !s.Settings.standsFor(t, d, s.Now().Add(-startGrace)) {
			again = fmt.Sprintf(": the approval of %s at %s is older than %s at the start: ask again", d.By.Name, d.At.Format(time.RFC3339), hours(s.Settings.GroupsFor))
			continue
		}
		if ok, err := deciding(s).isJudgeable(ctx, d.Catalog, newest); err != nil {
			return err
		} else if !ok {
			again = ": the catalog names groups that it did not when an approver decided: ask again"
			continue
		}
		if err := Policy(s).decide(ctx, newest, t, d.By, ActApprove); fault.KindOf(err) == fault.Denied {
			continue
		} else if err != nil {
			return err
		}
		good = append(good, d)
	}
	for _, rule := range rules {
		if rule.Need > 0 && !t.enough(rule, good) {
			return deny("curfew.approval", "%s does not have the approvals that it needs%s", t.ID, again)
		}
	}
	return nil
}

func (s granter) stillFits(ctx context.Context, t Terms) error {
	sight, err := s.Cloud.Look(ctx, t.Principal.ARN)
	if fault.KindOf(err) == fault.NotFound {
		return deny("curfew.principal", "principal %s is gone", t.Principal.ARN)
	}
	if err != nil {
		return fault.Wrap(err, "looking at %s", t.Principal.ARN)
	}
	if sight.Principal != t.Principal {
		return deny("curfew.principal", "principal %s was recreated: its unique id is %s and was %s", t.Principal.ARN, sight.Principal.ID, t.Principal.ID)
	}
	if err := Policy(s).Accepted(sight); err != nil {
		return err
	}
	if !t.Session.Weak && !pinned(t.Session.Bind, sight.Trust) {
		return deny("curfew.binding", "the trust policy of %s does not pin the session's %s any more", t.Principal.ARN, t.Session.Bind)
	}
	if (t.Session.MFA || t.Session.MFASignIn) && t.Session.MFA != mayShowMFA(t.Principal, sight.Trust) {
		return deny("curfew.mfa", "the trust policy of %s changed, and with it whether its sessions can have MFA: ask again", t.Principal.ARN)
	}
	switch {
	case t.Form == Inline && iampolicy.Size([]byte(t.Policies[0])) > sight.Room.Inline,
		t.Form == Managed && len(t.Policies) > sight.Room.Attached:
		return fault.Errorf(fault.Quota, "%s does not fit on %s any more", t.Entitlement, t.Principal.ARN)
	}
	return nil
}

// renderAnew compiles from the terms' catalog and requires the approved bytes: the stored policy is not trusted.
func (s granter) renderAnew(ctx context.Context, t Terms) ([]string, error) {
	ent, err := s.Decider.Entitlement(ctx, t.Catalog, t.Entitlement)
	if fault.KindOf(err) == fault.NotFound {
		return nil, deny("curfew.catalog", "catalog %s is not packed with this version any more: ask again", t.Catalog)
	}
	if err != nil {
		return nil, fault.Wrap(err, "reading entitlement %s", t.Entitlement)
	}
	if why := t.differ(ent); why != "" {
		return nil, deny("curfew.digest", "the terms of %s differ from their entitlement in its %s", t.ID, why)
	}
	docs, err := ent.Render(t)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(docs, t.Policies) {
		return nil, deny("curfew.digest", "the policy of %s is not the one that was approved", t.ID)
	}
	return docs, nil
}
