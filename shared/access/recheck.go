package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Newer policy ends what is active, but only if it says no clearly, and twice: a mistake in a policy must not end all work
// at once.
const (
	// deniedAgainAfter is how long after the first denial the second must be.
	deniedAgainAfter = 30 * time.Second
	// atOnce and atOncePercent bound how much one sweep may find denied: above both it ends nothing, and pages.
	atOnce        = 3
	atOncePercent = 10
)

// recheck asks the newest policy about all that is active.
func (s *Service) recheck(ctx context.Context, sw *Swept) error {
	var denied []life
	var failed []error
	active := 0
	q := Query{Index: ByState, Partition: string(Active), Limit: 200}
	for {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return wrap(err, "listing what is active")
		}
		for _, k := range page.Keys {
			l, err := s.load(ctx, idOf(k))
			if err != nil {
				failed = append(failed, err)
				continue
			}
			if l.elevation.State != Active {
				continue
			}
			active++
			no, err := s.deniedNow(ctx, l)
			failed = append(failed, err)
			if no {
				denied = append(denied, l)
			}
		}
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	if len(denied) > atOnce && len(denied)*100 > active*atOncePercent {
		sw.Findings++
		return errors.Join(append(failed, s.raise(ctx, PolicyError, "many denied "+s.now().Format(time.DateOnly),
			fmt.Sprintf("policy denies %d of %d active elevations at once: none of them is ended, look at the catalog", len(denied), active)))...)
	}
	for _, l := range denied {
		failed = append(failed, s.deniedTwice(ctx, l, sw))
	}
	return errors.Join(failed...)
}

// deniedNow reports a clean no of the newest policy. An error is none: it is a finding. A yes takes back an earlier no.
func (s *Service) deniedNow(ctx context.Context, l life) (bool, error) {
	ent, err := s.Decider.Entitlement(ctx, "", l.terms.Entitlement)
	if err == nil {
		err = s.decide(ctx, ent, l.terms, l.terms.Requester, ActRequest)
	}
	switch {
	case err == nil && l.elevation.PolicyDeniedAt.IsZero():
		return false, nil
	case err == nil:
		return false, s.markDenied(ctx, l, time.Time{})
	case KindOf(err) == NotFound, KindOf(err) == Denied && !slices.Contains(Reasons(err), reasonError):
		return true, nil
	}
	return false, s.raise(ctx, PolicyError, l.terms.ID, "policy could not be asked about it: "+err.Error())
}

// deniedTwice ends what was denied before, and remembers the first denial of anything else.
func (s *Service) deniedTwice(ctx context.Context, l life, sw *Swept) error {
	first := l.elevation.PolicyDeniedAt
	if first.IsZero() {
		return s.markDenied(ctx, l, s.now())
	}
	if s.Now().Before(first.Add(deniedAgainAfter)) {
		return nil
	}
	sw.Ordered = append(sw.Ordered, l.terms.ID)
	_, err := s.endNow(ctx, l, PolicyDenied, "sweep")
	return err
}

func (s *Service) markDenied(ctx context.Context, l life, at time.Time) error {
	_, err := s.amend(ctx, l.terms.ID, func(l life) (amendment, error) {
		next := l.elevation
		next.PolicyDeniedAt = at
		return amendment{next: next, none: next.State != Active}, nil
	})
	return err
}
