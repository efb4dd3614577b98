package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// ReasonBudget: no minutes are left.
const ReasonBudget = "curfew.budget"

// budgetsKept is longer than the longest window and its bucket.
const budgetsKept = BudgetMonth + 2*24*time.Hour

// BudgetKey is the key of a counter. A principal that was recreated keeps it: see [askerOf].
func BudgetKey(t Terms, per BudgetPer) record.Key {
	of := ""
	switch per {
	case PerRequester:
		of = "#" + humanOf(t.Requester)
	case PerPrincipal:
		of = "#" + t.Principal.ARN
	}
	return record.AccessKey(budgetPartition+t.Entitlement, string(per)+of)
}

const budgetPartition = "budget#"

// budgeting: a request only asks. Grant charges, in the transaction that begins access, so no other function need write a counter.
type budgeting struct{ *Service }

type counters map[BudgetPer]record.Stored[spent]

// read settles what ended, and stores nothing.
func (s budgeting) read(ctx context.Context, ent Entitlement, t Terms, now time.Time) (counters, error) {
	all := counters{}
	if len(ent.Budgets) == 0 {
		return all, nil
	}
	var keys []record.Key
	for _, per := range kinds(ent.Budgets) {
		keys = append(keys, BudgetKey(t, per))
	}
	rows, err := s.Store.Read(ctx, keys...)
	if err != nil {
		return nil, fault.Wrap(err, "reading the budgets of %s", ent.Name)
	}
	for _, per := range kinds(ent.Budgets) {
		was, err := record.FindRow[spent](rows, BudgetKey(t, per))
		if err != nil {
			return nil, err // unreadable: nothing is given
		}
		was.Value = was.Value.pruned(now)
		all[per] = was
	}
	ended, err := s.endsOf(ctx, all)
	if err != nil {
		return nil, err
	}
	for per, was := range all {
		for _, c := range was.Value.Open {
			if at, proven := ended[c.Elevation]; proven {
				was.Value = was.Value.settled(c.Elevation, at)
			}
		}
		was.Value = was.Value.pruned(now)
		all[per] = was
	}
	return all, nil
}

func (s budgeting) endsOf(ctx context.Context, all counters) (map[string]time.Time, error) {
	var keys []record.Key
	for _, was := range all {
		for _, c := range was.Value.Open {
			if k := ElevationKey(c.Elevation); !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	ended := map[string]time.Time{}
	for some := range slices.Chunk(keys, record.ReadAtOnce) {
		rows, err := s.Store.Read(ctx, some...)
		if _, damaged := errors.AsType[*record.DamagedError](err); err != nil && !damaged { // what is damaged counts in full
			return nil, fault.Wrap(err, "reading what budgets count")
		}
		for key, row := range rows {
			e, err := DecodeElevation(row)
			if at, ok := provenEnd(e, s.Now()); err == nil && ok {
				ended[IDOf(key)] = at
			}
		}
	}
	return ended, nil
}

// provenEnd is the first read of IAM without the grant.
func provenEnd(e Elevation, now time.Time) (time.Time, bool) {
	if e.State != Ended || e.EndedAt.IsZero() || e.EndedAt.After(now.Add(ClockSkew)) {
		return time.Time{}, false
	}
	if !e.GoneAt.IsZero() && e.GoneAt.Before(e.EndedAt) {
		return e.GoneAt, true
	}
	return e.EndedAt, true
}

func (c counters) check(ent Entitlement, minutes int64, at time.Time) error {
	for _, b := range ent.Budgets {
		p := c[b.Per].Value
		if len(p.Open) >= maxCharges {
			return deny(ReasonBudget, "%d elevations of %s count as open in its budget per %s, and the limit is %d: wait until some end", len(p.Open), ent.Name, b.Per, maxCharges)
		}
		left := max(0, b.Minutes-p.within(b.In, at))
		if left >= minutes {
			continue
		}
		when := "ask for a shorter time"
		if free := p.freeAt(b, minutes, at); !free.IsZero() {
			when = fmt.Sprintf("%d are free from %s on, or when an open one ends early", minutes, free.Format(time.RFC3339))
		}
		return deny(ReasonBudget, "%s has %d minutes in %s per %s: %d remain, and this takes %d; %s", ent.Name, b.Minutes, b.window(), b.Per, left, minutes, when)
	}
	return nil
}

func (b Budget) window() string {
	if b.In == BudgetDay {
		return "24 h"
	}
	return fmt.Sprintf("%d days", b.In/BudgetDay)
}

// askBudget asks for the start: others may take the minutes until the grant.
func (s budgeting) askBudget(ctx context.Context, ent Entitlement, t Terms) error {
	if len(ent.Budgets) == 0 {
		return nil
	}
	all, err := s.read(ctx, ent, t, s.Instant())
	if err != nil {
		return err
	}
	return all.check(ent, minutesOf(time.Duration(t.Duration)*time.Second), Latest(t.StartAt, s.Instant()))
}

// charge is on condition that the counters are unchanged. Denied: too little is left.
func (s budgeting) charge(ctx context.Context, t Terms, next Elevation) (changes []record.Change, once granted, err error) {
	once = granted{Execution: next.Execution, At: next.GrantedAt}
	if t.CanaryNet() != "" {
		return nil, once, nil
	}
	ent, err := s.Decider.Entitlement(ctx, "", t.Entitlement)
	if err != nil {
		return nil, once, fault.Wrap(err, "reading entitlement %s", t.Entitlement)
	}
	all, err := s.read(ctx, ent, t, next.GrantedAt)
	if err != nil || len(all) == 0 {
		return nil, once, err
	}
	once.Charged, once.Per = minutesOf(next.Deadline.Sub(next.GrantedAt)), kinds(ent.Budgets)
	if err := all.check(ent, once.Charged, next.GrantedAt); err != nil {
		return nil, once, err
	}
	for _, per := range once.Per {
		now := all[per].Value.charged(charge{next.ID, next.GrantedAt, once.Charged})
		put, err := all[per].Put(now, now.last().Add(budgetsKept))
		if err != nil {
			return nil, once, err
		}
		changes = append(changes, put)
	}
	return changes, once, nil
}

// Left is what a budget has left.
type Left struct {
	Budget
	Left   int64 // minutes
	Unread bool  // the counter cannot be read
}

// Left returns what a caller has left of an entitlement's budgets now, without those per principal, which a request names.
func (s Submission) Left(ctx context.Context, ent Entitlement, c identity.Caller) ([]Left, error) {
	ent.Budgets = slices.DeleteFunc(slices.Clone(ent.Budgets), func(b Budget) bool { return b.Per == PerPrincipal })
	return budgeting(s).left(ctx, ent, Terms{Requester: c, Entitlement: ent.Name})
}

func (s budgeting) left(ctx context.Context, ent Entitlement, t Terms) (left []Left, err error) {
	now := s.Instant()
	all, err := s.read(ctx, ent, t, now)
	if err != nil {
		return nil, err
	}
	for _, b := range ent.Budgets {
		left = append(left, Left{Budget: b, Left: max(0, b.Minutes-all[b.Per].Value.within(b.In, now))})
	}
	return left, nil
}

// shown is what is left of the budgets that the newest catalog sets for these terms. It grants nothing: what cannot be read is marked.
func (s budgeting) shown(ctx context.Context, t Terms) []Left {
	if t.CanaryNet() != "" {
		return nil
	}
	ent, err := s.Decider.Entitlement(ctx, "", t.Entitlement)
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	left, readErr := s.left(ctx, ent, t)
	if err = errors.Join(err, readErr); err != nil {
		s.Logged(ctx, "budgets", t.ID, t.Requester.ID, &err)
		for _, b := range ent.Budgets {
			left = append(left, Left{Budget: b, Unread: true})
		}
	}
	return left
}
