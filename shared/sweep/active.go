package sweep

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"curfew/shared/access"
	"curfew/shared/directory"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
	"curfew/shared/suspension"
)

// A mistake in a policy must not end all work: only a second clear denial ends an elevation.
const (
	deniedAgainAfter = 30 * time.Second
)

// sweepActive ends what is suspended, lost its heartbeat, or is denied by newer policy. It returns lives for
// sweepGrants, and leaves overdue ones to sweepDue.
func (s onRecords) sweepActive(ctx context.Context, sw *PassResult) (inIAM []access.Life, err error) {
	within := pass(s).timeLeft(sw, recordsBy)
	keys, unlisted := s.activeKeys(ctx)
	told, suspended, unread := s.Suspensions().Lapsed(ctx) // continue after an error
	sw.Findings += told
	failed := []error{unlisted, unread}
	var said policyAnswers
	for left := startingAt(pass(s).randomStart(sw, len(keys)), keys); len(left) > 0; {
		if !within() {
			sw.addOutOfTime(len(left), len(keys), "active elevations")
			break
		}
		some := left[:min(len(left), access.LivesPerRead)]
		left = left[len(some):]
		lives, err := s.loadActive(ctx, some)
		seen, unseen := access.ReadSeen(ctx, s.Service, termsOf(lives)...)
		failed = append(failed, err, unseen)
		for _, l := range lives {
			if !s.Now().Before(l.Elevation.Deadline) {
				continue
			}
			ended, err := s.sweepLife(ctx, l, suspended, sw)
			failed = append(failed, err)
			if ended {
				continue
			}
			if access.OffersRenewal(l, s.Now()) {
				failed = append(failed, access.OfferRenewal(ctx, s.Service, l.Terms.ID))
			}
			failed = append(failed, s.askNewest(ctx, l, seen[l.Terms.Requester.ID], &said))
			inIAM = append(inIAM, l)
		}
	}
	return inIAM, errors.Join(append(failed, s.applyPolicy(ctx, said, sw))...)
}

// sweepGrants checks active grants in IAM.
func (s inIAM) sweepGrants(ctx context.Context, accounts []*shard, sw *PassResult) {
	accounts = slices.DeleteFunc(slices.Clone(accounts), func(sh *shard) bool { return len(sh.lives) == 0 })
	of := map[*shard]int{}
	for _, sh := range accounts {
		of[sh] = len(sh.lives)
	}
	pass(s).each(accounts, sw.began.Add(grantsBy), func(sh *shard, within func() bool) (left bool) {
		for len(sh.lives) > 0 && !sh.isBlocked() {
			if !within() {
				return true
			}
			l := sh.lives[0]
			sh.lives = sh.lives[1:]
			if err := s.sweepGrant(ctx, l, sh); err != nil {
				sh.failed = append(sh.failed, err)
			}
		}
		return false
	})
	for sh, all := range of {
		if !sh.isBlocked() {
			sh.addOutOfTime(len(sh.lives), all, "grants of active elevations")
		}
	}
}

// loadActive omits tokens. It may return lives and an error.
func (s onRecords) loadActive(ctx context.Context, keys []record.Key) ([]access.Life, error) {
	all, failed, err := s.LoadAll(ctx, keys)
	if err != nil {
		return nil, err
	}
	active := slices.DeleteFunc(all, func(l access.Life) bool { return l.Elevation.State != access.Active })
	return active, errors.Join(failed...)
}

// policyAnswers has the newest policy's answers in one pass.
type policyAnswers struct {
	asked           int
	denied, unasked []access.Life
	said            map[string]string // by the ids of the denied: why
	why             error             // last error
}

func (s onRecords) askNewest(ctx context.Context, l access.Life, seen directory.Entry, to *policyAnswers) error {
	to.asked++
	no, unasked, err := s.deniedNow(ctx, l, seen)
	if no != nil {
		to.denied = append(to.denied, l)
		if to.said == nil {
			to.said = map[string]string{}
		}
		to.said[l.Terms.ID] = no.Error()
	}
	if unasked != nil {
		to.unasked, to.why = append(to.unasked, l), unasked
	}
	return err
}

// applyPolicy ends what was denied twice. Many denials only page.
func (s onRecords) applyPolicy(ctx context.Context, said policyAnswers, sw *PassResult) error {
	failed := []error{s.policyFailed(ctx, said.unasked, said.asked, said.why, sw)}
	if countAskers(said.denied) > atOnce && len(said.denied)*100 > said.asked*atOncePercent {
		sw.Findings++
		return errors.Join(append(failed, finding.Report(ctx, s.Base, PolicyError, finding.Occurrence{Subject: "many denied", What: fmt.Sprintf("policy denies %d of %d active elevations at once: no elevation was ended, check the catalog", len(said.denied), said.asked)}))...)
	}
	for _, l := range said.denied {
		failed = append(failed, s.deniedTwice(ctx, l, said.said[l.Terms.ID], sw))
	}
	return errors.Join(failed...)
}

// countAskers counts people, roles and triggers: one of them could else hold many elevations, and no denial would end any.
func countAskers(denied []access.Life) int {
	who := map[string]bool{}
	for _, l := range denied {
		who[cmp.Or(l.Terms.Requester.ARN, l.Terms.Requester.ID)] = true
	}
	return len(who)
}

func (s onRecords) activeKeys(ctx context.Context) (keys []record.Key, err error) {
	q := record.Query{Index: record.ByState, Partition: access.IndexOpen, Limit: 200}
	for {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return keys, fault.Wrap(err, "listing active elevations") // continue with these
		}
		keys = append(keys, page.Keys...)
		if q.After = page.Next; q.After == "" {
			return keys, nil
		}
	}
}

// sweepLife ends an elevation that is suspended, or whose workflow missed a lost heartbeat.
func (s onRecords) sweepLife(ctx context.Context, l access.Life, suspended []suspension.Suspension, sw *PassResult) (ended bool, err error) {
	if l.Elevation.HeartbeatLost(l.Terms, s.Now()) {
		return true, s.sweepEnds(ctx, l, access.HeartbeatLost, "no heartbeat since "+l.Elevation.LastBeat.Format(time.RFC3339), sw)
	}
	e := l.Elevation
	for _, sus := range suspended {
		if sus.Scope.Holds(e.Principal.ARN, e.Requester, e.Entitlement) {
			return true, s.sweepEnds(ctx, l, access.Revoked, sus.Scope.String()+" is suspended", sw)
		}
	}
	return false, nil
}

// lookFor is the time for one read of a principal or grant.
const lookFor = 10 * time.Second

// sweepGrant ends an elevation on drift of its principal or grant. A missing grant is only a finding: it is less access
// than promised.
func (s inIAM) sweepGrant(ctx context.Context, l access.Life, sh *shard) error {
	reading, stop := context.WithTimeout(ctx, lookFor)
	sight, err := s.Cloud.Look(reading, l.Terms.Principal.ARN)
	stop()
	if sh.read(err); fault.KindOf(err) == fault.NotFound || err == nil && sight.Principal != l.Terms.Principal {
		return onRecords(s).sweepEnds(ctx, l, access.Drift, "its principal was deleted or recreated", &sh.PassResult)
	}
	if err != nil {
		sh.unread = append(sh.unread, fault.Wrap(err, "looking at %s", l.Terms.Principal.ARN))
		return nil
	}
	if why := (access.Policy{Service: s.Service}).Accepted(sight); why != nil {
		sh.Findings++
		err := onRecords(s).sweepEnds(ctx, l, access.Drift, why.Error(), &sh.PassResult)
		return errors.Join(err, finding.Report(ctx, s.Base, Unmarked, l.Found("while it was active: "+why.Error())))
	}
	name := access.GrantName(s.Settings.Name, l.Terms.ID)
	reading, stop = context.WithTimeout(ctx, lookFor)
	found, err := s.Cloud.Read(reading, l.Terms.Principal, name)
	stop()
	switch sh.read(err); {
	case fault.KindOf(err) == fault.NotFound:
		return onRecords(s).sweepEnds(ctx, l, access.Drift, "its principal was deleted or recreated", &sh.PassResult)
	case err != nil:
		sh.unread = append(sh.unread, fault.Wrap(err, "looking for %s", name))
		return nil
	case len(found) == 0:
		sh.Findings++
		return finding.Report(ctx, s.Base, Missing, l.Found(name+" is not on "+l.Terms.Principal.ARN+" though its elevation is active: find out who removed it"))
	}
	f := access.Found{Principal: l.Terms.Principal, Grant: name, Documents: found}
	return s.endDrifted(ctx, l, f, sh)
}

// deniedNow returns a clear denial. unasked: policy could not be asked. Permission clears an earlier denial.
func (s onRecords) deniedNow(ctx context.Context, l access.Life, seen directory.Entry) (no, unasked, err error) {
	ent, err := s.Decider.Entitlement(ctx, "", l.Terms.Entitlement)
	if err == nil {
		err = access.Policy{Service: access.WithRisk(s.Service, l)}.StillAllowed(ctx, ent, l.Terms, seen) // sweepLife checked suspensions
	}
	switch {
	case err == nil && l.Elevation.PolicyDeniedAt.IsZero():
		return nil, nil, nil
	case err == nil:
		return nil, nil, s.markDenied(ctx, l, time.Time{})
	case fault.KindOf(err) == fault.NotFound, fault.KindOf(err) == fault.Denied && !slices.Contains(fault.Reasons(err), access.ReasonError):
		return err, nil, nil
	}
	return nil, err, nil
}

// policyFailed raises one finding each, or one for many.
func (s onRecords) policyFailed(ctx context.Context, unasked []access.Life, active int, why error, sw *PassResult) error {
	if len(unasked) > atOnce && len(unasked)*100 > active*atOncePercent {
		sw.Findings++
		return finding.Report(ctx, s.Base, PolicyError, finding.Occurrence{Subject: "many", What: fmt.Sprintf("policy could not be asked about %d of %d active elevations: %s", len(unasked), active, fault.Causes(why))})
	}
	var failed []error
	for _, l := range unasked {
		sw.Findings++
		failed = append(failed, finding.Report(ctx, s.Base, PolicyError, l.Found("policy could not be asked about it: "+fault.Causes(why))))
	}
	return errors.Join(failed...)
}

func (s onRecords) deniedTwice(ctx context.Context, l access.Life, why string, sw *PassResult) error {
	first := l.Elevation.PolicyDeniedAt
	if first.IsZero() {
		return s.markDenied(ctx, l, s.Instant())
	}
	if s.Now().Before(first.Add(deniedAgainAfter)) {
		return nil
	}
	return s.sweepEnds(ctx, l, access.PolicyDenied, "newer policy denies it: "+why, sw)
}

func (s onRecords) markDenied(ctx context.Context, l access.Life, at time.Time) error {
	_, err := s.Amend(ctx, l.Terms.ID, func(l access.Life) (access.Amendment, error) {
		next := l.Elevation
		next.PolicyDeniedAt = at
		return access.Amendment{Next: next, None: next.State != access.Active}, nil
	})
	return err
}

func termsOf(lives []access.Life) (all []access.Terms) {
	for _, l := range lives {
		all = append(all, l.Terms)
	}
	return all
}
