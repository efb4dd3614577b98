package access

import (
	"context"
	"slices"

	"curfew/shared/fault"
	"curfew/shared/iampolicy"
)

type granter struct{ *Service }

// stillRight repeats all checks with the newest policy and current IAM, and returns the documents to attach.
func (s granter) stillRight(ctx context.Context, l Life) ([]string, error) {
	t := l.Terms
	if err := l.asked.of(t); err != nil {
		return nil, err
	}
	if err := Accounts(s.Service).Admit(ctx, t.Principal.Account); err != nil {
		return nil, err
	}
	newest, err := s.Decider.Entitlement(ctx, "", t.Entitlement)
	if fault.KindOf(err) == fault.NotFound {
		return nil, deny("curfew.entitlement", "entitlement %s is not in the catalog any more", t.Entitlement)
	}
	if err != nil {
		return nil, fault.Wrap(err, "reading entitlement %s", t.Entitlement)
	}
	if err := s.stillApproved(ctx, t, newest); err != nil {
		return nil, err
	}
	if err := Policy(s).decide(ctx, newest, t, t.Requester, ActRequest); err != nil {
		return nil, err
	}
	if err := s.stillFits(ctx, t); err != nil {
		return nil, err
	}
	return s.renderAnew(ctx, t)
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
	if slices.ContainsFunc(all, func(d Decision) bool { return !d.Approve }) {
		return deny("curfew.denied", "an approver has denied %s", t.ID)
	}
	var good []Decision
	for _, d := range all {
		if err := Policy(s).decide(ctx, newest, t, d.By, ActApprove); fault.KindOf(err) == fault.Denied {
			continue
		} else if err != nil {
			return err
		}
		good = append(good, d)
	}
	for _, rule := range rules {
		if rule.Need > 0 && !t.enough(rule, good) {
			return deny("curfew.approval", "%s does not have the approvals that it needs", t.ID)
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
