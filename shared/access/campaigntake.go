package access

import (
	"context"
	"errors"
	"slices"
	"time"

	"curfew/shared/campaign"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/iamarn"
	"curfew/shared/record"
)

// Reviewed is what a review found in one account, or a part of it.
type Reviewed struct {
	Account    string
	Campaign   string    // month, as 2026-11, and not a future one
	Began      time.Time // the reading of the account
	Privileged []campaign.Privileged
	// Part: others are privileged too, so no item closes.
	Part bool
	// Stay are unique ids of principals whose items stay: those of other parts, and those that could not be read.
	Stay []string
}

// Taken are unique ids of principals.
type Taken struct {
	Opened    []string // also those of Again
	Again     []string // an owner had said that the privilege was removed
	Refreshed []string // open, and not what was found before
	Gone      []string
	Skipped   []string // not possible, or with a row that cannot be read: only they stay as they are
}

// mostReviewed is above the roles and users of an account.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const mostReviewed = 20_000

type reopening struct {
	campaign.Stored
	found finding.Stored
}

// Take opens and closes the items of an account. It sets empty Owners. It is idempotent: after an error, take the same again.
func (s Campaigns) Take(ctx context.Context, r Reviewed) (t Taken, err error) {
	defer s.Logged(ctx, "take-review", "", "review", &err, "account", r.Account, "campaign", fault.Printable(r.Campaign))
	if !campaign.HasBegun(r.Campaign, s.Now()) || len(r.Privileged) > mostReviewed || r.Began.IsZero() || r.Began.After(s.Now()) {
		return t, fault.Errorf(fault.Invalid, "a review of %d principals for campaign %s, begun at %s, is impossible", len(r.Privileged), fault.Printable(r.Campaign), r.Began.Format(time.RFC3339))
	}
	entitlements, err := s.Decider.Entitlements(ctx)
	if err != nil {
		return t, err
	}
	here := map[string]bool{}
	for _, id := range r.Stay {
		here[id] = true
	}
	var failed []error
	for _, p := range r.Privileged {
		if a, ok := iamarn.Parse(p.Principal); !ok || a.Account != r.Account {
			failed = append(failed, fault.Errorf(fault.Invalid, "%s is not in account %s", fault.Printable(p.Principal), fault.Printable(r.Account)))
			continue
		}
		here[p.PrincipalID] = true
		if len(p.Owners) == 0 {
			p.Owners = s.ownersOf(entitlements, p.Principal)
		}
		if len(p.Owners) == 0 {
			return t, fault.Errorf(fault.Invalid, "%s has no owners, and there are no operators", fault.Printable(p.Principal))
		}
		failed = append(failed, s.skip(ctx, p.PrincipalID, s.open(ctx, r, p, &t), &t))
	}
	if r.Part {
		return t, errors.Join(failed...)
	}
	gone, err := s.notIn(ctx, r.Account, here)
	failed = append(failed, err)
	for _, id := range gone {
		failed = append(failed, s.skip(ctx, id, s.close(ctx, id, r.Began, &t), &t))
	}
	return t, errors.Join(failed...)
}

// skip logs what is wrong with one principal alone: who makes such a principal must not stop the review of the others.
func (s Campaigns) skip(ctx context.Context, id string, err error, t *Taken) error {
	if fault.KindOf(err) != fault.Invalid && !record.Unreadable(err) {
		return err
	}
	s.Log.ErrorContext(ctx, "the item of a principal was not reviewed", "principal", fault.Printable(id), "error", err)
	t.Skipped = append(t.Skipped, id)
	return nil
}

func (s Campaigns) ownersOf(all []Entitlement, principal string) (owners []string) {
	for _, e := range all {
		if e.MayHold(principal) {
			owners = append(owners, e.Owners...)
		}
	}
	if len(owners) == 0 {
		owners = slices.Clone(s.Settings.Operators)
	}
	return owners
}

func (s Campaigns) open(ctx context.Context, r Reviewed, p campaign.Privileged, t *Taken) error {
	var next campaign.Item
	var stored, refreshed bool
	read := func(ctx context.Context) (was reopening, err error) {
		if was.Stored, err = s.readOne(ctx, p.PrincipalID); err == nil && was.State() == campaign.Removed {
			was.found, err = finding.ReadOne(ctx, s.Store, finding.IDOf(finding.Key(campaign.NotRemoved, p.PrincipalID)))
		}
		return was, err
	}
	err := record.Update(ctx, s.Store, "the item of "+p.PrincipalID, read, func(was reopening) (changes []record.Change, err error) {
		changes, next, err = was.Open(r.Account, p, r.Campaign, r.Began, s.Now())
		stored = err == nil && len(changes) > 0
		if refreshed = was.Exists() && was.State() == campaign.Open; !stored || refreshed || !next.Again {
			return changes, err
		}
		more, err := finding.Raise(was.found, campaign.NotRemoved, next.NotRemoved(), s.Now())
		return append(changes, more...), err
	})
	if err == nil && stored && refreshed {
		t.Refreshed = append(t.Refreshed, p.PrincipalID)
	} else if err == nil && stored {
		t.Opened = append(t.Opened, p.PrincipalID)
		if next.Again {
			t.Again = append(t.Again, p.PrincipalID)
		}
	}
	return err
}

func (s Campaigns) readOne(ctx context.Context, principal string) (was campaign.Stored, err error) {
	all, err := campaign.Read(ctx, s.Store, principal)
	if err == nil {
		was = all[0]
	}
	return was, err
}

// notIn lists items of an account. One that the index lacks yet is closed by the next review.
func (s Campaigns) notIn(ctx context.Context, account string, here map[string]bool) (ids []string, err error) {
	q := record.Query{Index: record.ByPrincipal, Partition: campaign.In(account), Limit: record.ReadAtOnce}
	for {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return ids, fault.Wrap(err, "listing the items of account %s", fault.Printable(account))
		}
		for _, k := range page.Keys {
			if id := campaign.PrincipalOf(k); !here[id] {
				ids = append(ids, id)
			}
		}
		if q.After = page.Next; q.After == "" {
			return ids, nil
		}
	}
}

func (s Campaigns) close(ctx context.Context, id string, began time.Time, t *Taken) error {
	closed := false
	err := record.Update(ctx, s.Store, "the item of "+id, func(ctx context.Context) (campaign.Stored, error) { return s.readOne(ctx, id) }, func(was campaign.Stored) ([]record.Change, error) {
		changes, err := was.Close(began, s.Now())
		closed = len(changes) > 0
		return changes, err
	})
	if err == nil && closed {
		t.Gone = append(t.Gone, id)
	}
	return err
}
