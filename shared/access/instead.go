package access

import (
	"context"
	"slices"
	"time"

	"curfew/shared/delegation"
	"curfew/shared/directory"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// ways returns the decision as its maker may store it: as themselves, or else once for each absent approver in whose stead they
// may decide. Denied: there is no way. Conflict: each absent approver has decided, or another in their stead.
func (s stead) ways(ctx context.Context, t Terms, d Decision) ([]Decision, error) {
	refused := t.MayDecide(d.By, d.At)
	if refused == nil {
		return []Decision{d}, nil
	}
	if mayJudge(t, d.By) != nil {
		return nil, refused
	}
	all, err := delegation.To(ctx, s.Store, d.By.ID)
	if err != nil {
		return nil, err
	}
	var ways []Decision
	var before []Decision
	for _, one := range all {
		way := d
		way.For = &Absent{Delegation: one.ID, Of: one.Of}
		if !one.InForce(d.At) || !names(one, d.By) {
			continue
		}
		if err := way.mayCount(t, t.Approval); err != nil {
			continue
		}
		if before == nil {
			if before, err = lives(s).decisions(ctx, t.ID); err != nil {
				return nil, err
			}
		}
		if hasDecided(before, one.Of) || slices.ContainsFunc(Standing(before), func(was Decision) bool { return was.inStead(way) && !was.isBy(d.By) }) {
			refused = fault.Errorf(fault.Conflict, "%s, in whose stead you may decide, or another in their stead has decided on %s", one.Of.Name, t.ID)
			continue
		}
		ways = append(ways, way)
	}
	if len(ways) == 0 {
		return nil, refused
	}
	return ways, nil
}

// names reports whether the approver named this person: by id, and with the name that they were shown. Function api could have put
// another's id beside a name in the directory.
func names(one delegation.Delegation, c identity.Caller) bool {
	return one.To.ID == c.ID && identity.SameName(one.To.Name, c.Name)
}

// chosen are the delegates whom the requester named at some time from the request to an instant.
type chosen struct {
	of delegation.Of
	t  Terms
}

func (s stead) chosenBy(ctx context.Context, t Terms) (chosen, error) {
	if t.Requester.Kind != identity.Person {
		return chosen{t: t}, nil
	}
	of, err := delegation.Read(ctx, s.Store, t.Requester.ID)
	return chosen{of, t}, err
}

// refuses returns Denied for an approval by a delegate of the requester, or in the stead of one.
func (c chosen) refuses(d Decision) error {
	people := []identity.Caller{d.By}
	if d.For != nil {
		people = append(people, d.For.Of)
	}
	for _, who := range people {
		if d.Approve && slices.ContainsFunc(c.of.All, func(one delegation.Delegation) bool {
			return one.To.Is(who) && one.Overlaps(c.t.RequestedAt, d.At)
		}) {
			return deny("curfew.delegate", "%s is a delegate of the requester of %s: others must approve it", who.Name, c.t.ID)
		}
	}
	return nil
}

// mayDecide asks policy, and the rules of the newest catalog, about a decision: about its maker and about the absent person.
func (s stead) mayDecide(ctx context.Context, ent Entitlement, t Terms, d Decision) error {
	if d.For == nil {
		return Policy(s).decide(ctx, ent, t, d.By, ActApprove)
	}
	absent, err := s.absentNow(ctx, t, ent, d)
	if err != nil {
		return err
	}
	lent := ent.approval().All() // only groups that the rule asks, and that the absent person still has
	for _, who := range absent {
		if err := Policy(s).decide(ctx, ent, t, who, ActApprove); err != nil {
			return fault.Wrap(err, "in the stead of %s", who.Name)
		}
		lent = slices.DeleteFunc(slices.Clone(lent), func(ref string) bool { return !who.In([]string{ref}) })
	}
	by := d.By
	by.Groups = slices.Concat(by.Groups, absent[0].Reduced(lent).Groups)
	return Policy(s).decide(ctx, ent, t, by, ActApprove)
}

// absentNow returns the absent person as they were when they delegated, and as they last called if that is later: they may have
// left the group. Policy is told the delegate's sign-in; a rule asks for one of both.
func (s stead) absentNow(ctx context.Context, t Terms, ent Entitlement, d Decision) ([]identity.Caller, error) {
	of, err := delegation.Read(ctx, s.Store, d.For.Of.ID)
	if err != nil {
		return nil, err
	}
	one, found := of.Find(d.For.Delegation)
	if !found || !names(one, d.By) || !one.InForce(d.At) || !sameCaller(one.Of, d.For.Of) {
		return nil, deny("curfew.delegation", "the delegation %s of %s to %s is not in force", d.For.Delegation, d.For.Of.Name, d.By.Name)
	}
	if ok, err := s.knew(ctx, one, ent); err != nil {
		return nil, err
	} else if !ok {
		return nil, deny("curfew.catalog", "the catalog names groups that it did not when %s delegated: they must delegate again", d.For.Of.Name)
	}
	for _, rule := range []Approval{t.Approval, ent.approval()} {
		// Else a sign-in too old to approve could name somebody who signs in again.
		if d.Approve && rule.steppedUp(Decision{By: one.Of, Approve: true, At: one.At}) != nil {
			return nil, deny("curfew.step-up", "to approve %s in the stead of %s, they must have delegated within %s of a sign-in with MFA: they must delegate again",
				t.ID, one.Of.Name, time.Duration(rule.MFAWithin)*time.Second)
		}
	}
	absent := d.For.Of
	absent.MFA, absent.MFAAt = d.By.MFA, d.By.MFAAt
	all := []identity.Caller{absent}
	seen, err := record.Get[directory.Entry](ctx, s.Store, directory.Key(absent.ID))
	if err != nil {
		return nil, err
	}
	if seen.Value.At.After(one.At) {
		absent.Groups = seen.Value.Groups
		if err := t.mayDecideOf(absent, t.Approval, d.At); err != nil {
			return nil, fault.Wrap(err, "in the stead of %s, as they are now", absent.Name)
		}
		all = append(all, absent)
	}
	return all, nil
}

// knew reports whether the groups of the absent person are all that the catalog of ent names. As in isJudgeable.
func (s stead) knew(ctx context.Context, one delegation.Delegation, ent Entitlement) (bool, error) {
	if one.Named == nil {
		return true, nil
	}
	now, err := s.Decider.NamedGroups(ctx, ent.Catalog)
	return !slices.ContainsFunc(now, func(ref string) bool { return !slices.Contains(one.Named, ref) }), fault.Wrap(err, "reading the groups of the catalog")
}

func sameCaller(a, b identity.Caller) bool {
	return a.ID == b.ID && a.Kind == b.Kind && a.Name == b.Name && slices.Equal(a.Groups, b.Groups)
}
