package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"curfew/shared/directory"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// ReadSeen reads the directory's rows of the people who asked, by id. An unreadable row is as none.
func ReadSeen(ctx context.Context, s *Service, terms ...Terms) (map[string]directory.Entry, error) {
	var keys []record.Key
	for _, t := range terms {
		if k := directory.Key(t.Requester.ID); t.Requester.Kind == identity.Person && !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	if keys == nil {
		return nil, nil
	}
	rows, err := s.Store.Read(ctx, keys...)
	if _, damaged := errors.AsType[*record.DamagedError](err); err != nil && !damaged {
		return nil, fault.Wrap(err, "reading who asked in the directory")
	}
	seen := map[string]directory.Entry{}
	for _, row := range rows {
		if e, err := record.Decode[directory.Entry](row); err == nil {
			seen[e.ID] = e
		}
	}
	return seen, nil
}

// StillAllowed asks the newest policy about the requester as they are now: a machine in the groups of the newest catalog; a
// person in those of the request and, if seen is later, in those too. Both must be allowed: fewer groups may lift what forbids.
func (s Policy) StillAllowed(ctx context.Context, newest Entitlement, t Terms, seen directory.Entry) (err error) {
	c := t.Requester
	if c.ARN != "" { // triggers and canaries have no ARN
		if c.Groups, err = s.Decider.Groups(ctx, c.ARN); err != nil {
			return policyUnavailable(err)
		}
	}
	err = s.AskPolicy(ctx, newest, t, c, ActRequest)
	if err == nil && c.Kind == identity.Person && seen.At.After(t.RequestedAt) {
		c.Groups = seen.Groups
		err = s.AskPolicy(ctx, newest, t, c, ActRequest)
	}
	return err
}

// counts reports whether the groups of a decision count at an instant: later their token would have ended.
func (s Settings) counts(d Decision, at time.Time) bool {
	return !at.After(d.At.Add(s.GroupsFor))
}

// standsFor reports whether the groups of a decision count at the start, or at if that is later. Those of a denial always do.
func (s Settings) standsFor(t Terms, d Decision, at time.Time) bool {
	return !d.Approve || s.counts(d, Latest(t.StartAt, at))
}

// counted are the decisions that stand for the start, or for at if that is later.
func (s Settings) counted(t Terms, all []Decision, at time.Time) []Decision {
	return slices.DeleteFunc(slices.Clone(all), func(d Decision) bool { return !s.standsFor(t, d, at) })
}

// mayCover refuses an approval that would not count at the start.
func (s Settings) mayCover(t Terms, d Decision) error {
	if d.Approve && !s.counts(d, t.StartAt) {
		return fault.Errorf(fault.Conflict, "approvals count for %s, and %s starts at %s: approve it from %s on",
			hours(s.GroupsFor), t.ID, t.StartAt.Format(time.RFC3339), t.StartAt.Add(-s.GroupsFor).Format(time.RFC3339))
	}
	return nil
}

// coverable refuses a start at which no approval could count.
func (s Settings) coverable(t Terms) error {
	last := Decision{At: t.DecideBy}
	if t.Approval.Need == 0 || s.counts(last, t.StartAt) {
		return nil
	}
	latest := t.DecideBy.Add(s.GroupsFor)
	return deny("curfew.start", "approvals of %s count for %s, and approvers have until %s: start by %s, or ask again from %s on to start at %s",
		t.Entitlement, hours(s.GroupsFor), t.DecideBy.Format(time.RFC3339), latest.Format(time.RFC3339),
		t.RequestedAt.Add(t.StartAt.Sub(latest)).Format(time.RFC3339), t.StartAt.Format(time.RFC3339))
}

func hours(d time.Duration) string { return fmt.Sprintf("%d h", d/time.Hour) }
