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
	// atOnce and atOncePercent bound how much one sweep may find denied: above both it ends nothing, and pages. A person counts
	// once, however much he holds: who left is not to stay because he had a lot.
	atOnce        = 3
	atOncePercent = 10
)

// sweepActive looks at all that is active: whether its holder is still heard, whether its grant is there, and what the
// newest policy says of it. seen are the grants that IAM was seen to have.
func (s *Service) sweepActive(ctx context.Context, seen map[onPrincipal]bool, sw *Swept) error {
	keys, err := s.activeKeys(ctx)
	if err != nil {
		return err
	}
	suspended, err := s.suspensions(ctx) // if they cannot be read the elevations are looked at all the same
	failed := []error{err}
	var denied, unasked []life
	var unaskable error // the last one
	active := 0
	// From another place on each pass: whatever there is no time for in this one is first in a later one.
	if n := len(keys); n > 0 {
		from := int(s.Now().Unix()/60) * readsPerPass % n
		keys = slices.Concat(keys[from:], keys[:from])
	}
	for i, k := range keys {
		if outOfTime(ctx) {
			failed = append(failed, Errorf(Transient, "%d of %d active elevations were not looked at: the pass had no time left", len(keys)-i, len(keys)))
			break
		}
		l, err := s.load(ctx, idOf(k))
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if l.elevation.State != Active {
			continue
		}
		active++
		ended, err := s.sweepLife(ctx, l, suspended, sw)
		failed = append(failed, err)
		if !ended && s.turn(i, len(keys)) {
			ended, err = s.sweepGrant(ctx, l, seen, sw)
			failed = append(failed, err)
		}
		if ended {
			continue
		}
		no, unasking, err := s.deniedNow(ctx, l)
		failed = append(failed, err)
		if no {
			denied = append(denied, l)
		}
		if unasking != nil {
			unasked, unaskable = append(unasked, l), unasking
		}
	}
	failed = append(failed, s.policyFailed(ctx, unasked, active, unaskable, sw))
	if mistakable(denied) > atOnce && len(denied)*100 > active*atOncePercent {
		sw.Findings++
		return errors.Join(append(failed, s.raise(ctx, PolicyError, "many denied",
			fmt.Sprintf("policy denies %d of %d active elevations at once: none of them is ended, look at the catalog", len(denied), active), nil))...)
	}
	for _, l := range denied {
		failed = append(failed, s.deniedTwice(ctx, l, sw))
	}
	return errors.Join(failed...)
}

// mistakable counts what may be denied by a mistake in a policy: people, and elevations of machines.
func mistakable(denied []life) int {
	who := map[string]bool{}
	for _, l := range denied {
		if l.terms.Requester.Kind == Person {
			who[l.terms.Requester.ID] = true
		} else {
			who[l.terms.ID] = true
		}
	}
	return len(who)
}

// activeKeys are all that the index says is active.
func (s *Service) activeKeys(ctx context.Context) (keys []Key, err error) {
	q := Query{Index: ByState, Partition: string(Active), Limit: 200}
	for {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return nil, wrap(err, "listing what is active")
		}
		keys = append(keys, page.Keys...)
		if q.After = page.Next; q.After == "" {
			return keys, nil
		}
	}
}

// readsPerPass is for how many active elevations one pass reads IAM. Where there are more they take turns, minute by minute.
const readsPerPass = 200

// turn reports whether the i-th of what a pass goes through, from a place that moves on by readsPerPass, is among those.
func (s *Service) turn(i, n int) bool { return i < readsPerPass || n <= readsPerPass }

// passKeeps is what a pass keeps of its time for what comes after the long lists.
const passKeeps = 40 * time.Second

// outOfTime reports whether a pass has to come to its end.
func outOfTime(ctx context.Context) bool {
	end, ok := ctx.Deadline()
	return ok && time.Until(end) < passKeeps
}

// sweepLife ends what nobody needs to be asked about: a holder who fell silent and whose workflow did not notice, and
// whatever is suspended.
func (s *Service) sweepLife(ctx context.Context, l life, suspended []Suspension, sw *Swept) (ended bool, err error) {
	if l.elevation.heartbeatLost(l.terms, s.Now()) {
		return s.sweepEnds(ctx, l, HeartbeatLost, "nothing was heard of its holder since "+l.elevation.LastBeat.Format(time.RFC3339), sw)
	}
	for _, sus := range suspended {
		if sus.Scope.holds(l.elevation) {
			return s.sweepEnds(ctx, l, Revoked, sus.Scope.String()+" is suspended", sw)
		}
	}
	return false, nil
}

func (s *Service) sweepEnds(ctx context.Context, l life, cause Cause, why string, sw *Swept) (bool, error) {
	sw.Ordered = append(sw.Ordered, l.terms.ID)
	_, err := s.endNow(ctx, l, cause, why, "sweep")
	return true, err
}

// sweepGrant asks whether the principal is still one that may be granted anything, and whether the grant is there and is
// what was granted. One whose principal is gone, made anew, unmarked or unbounded, or that was edited, ends. One that is
// gone from a principal that is there is a finding: it is less access than was promised, not more.
func (s *Service) sweepGrant(ctx context.Context, l life, seen map[onPrincipal]bool, sw *Swept) (ended bool, err error) {
	sight, err := s.Cloud.Look(ctx, l.terms.Principal.ARN)
	if KindOf(err) == NotFound || err == nil && sight.Principal != l.terms.Principal {
		return s.sweepEnds(ctx, l, Drift, "its principal is gone, or was made anew", sw)
	}
	if err != nil {
		return false, wrap(err, "looking at %s", l.terms.Principal.ARN)
	}
	if why := s.accepted(sight); why != nil {
		sw.Findings++
		ended, err := s.sweepEnds(ctx, l, Drift, why.Error(), sw)
		return ended, errors.Join(err, s.raise(ctx, Unmarked, l.terms.ID, "while it was active: "+why.Error(), nil))
	}
	name := GrantName(s.Settings.Name, l.terms.ID)
	if seen[onPrincipal{l.terms.Principal.ARN, name}] {
		return false, nil // sweepPolicy looked at it
	}
	found, err := s.Cloud.Read(ctx, l.terms.Principal, name)
	switch {
	case KindOf(err) == NotFound:
		return s.sweepEnds(ctx, l, Drift, "its principal is gone, or was made anew", sw)
	case err != nil:
		return false, wrap(err, "looking for %s", name)
	case len(found) == 0:
		sw.Findings++
		return false, s.raise(ctx, Missing, l.terms.ID, name+" is not on "+l.terms.Principal.ARN+" though it is active: who removed it?", nil)
	}
	f := Found{Principal: l.terms.Principal, Grant: name, Documents: found}
	return l.odd(f), s.endOdd(ctx, l, f, sw)
}

// deniedNow reports a clean no of the newest policy. An error is none: it is unasked. A yes takes back an earlier no.
func (s *Service) deniedNow(ctx context.Context, l life) (no bool, unasked, err error) {
	ent, err := s.Decider.Entitlement(ctx, "", l.terms.Entitlement)
	if err == nil {
		err = s.askPolicy(ctx, ent, l.terms, l.terms.Requester, ActRequest) // sweepLife saw whether it is suspended
	}
	switch {
	case err == nil && l.elevation.PolicyDeniedAt.IsZero():
		return false, nil, nil
	case err == nil:
		return false, nil, s.markDenied(ctx, l, time.Time{})
	case KindOf(err) == NotFound, KindOf(err) == Denied && !slices.Contains(Reasons(err), reasonError):
		return true, nil, nil
	}
	return false, err, nil
}

// policyFailed raises that policy could not be asked: of each elevation, or once if it is so of many.
func (s *Service) policyFailed(ctx context.Context, unasked []life, active int, why error, sw *Swept) error {
	if len(unasked) > atOnce && len(unasked)*100 > active*atOncePercent {
		sw.Findings++
		return s.raise(ctx, PolicyError, "many",
			fmt.Sprintf("policy could not be asked about %d of %d active elevations: %s", len(unasked), active, causes(why)), nil)
	}
	var failed []error
	for _, l := range unasked {
		sw.Findings++
		failed = append(failed, s.raise(ctx, PolicyError, l.terms.ID, "policy could not be asked about it: "+causes(why), nil))
	}
	return errors.Join(failed...)
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
	_, err := s.endNow(ctx, l, PolicyDenied, "newer policy denies it", "sweep")
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
