package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"curfew/shared/iampolicy"
)

// orphansPerPass bounds what one sweep takes away in one account that no record explains: more than this is a fault of ours
// or somebody's work, and a person looks first. What is in one account takes nothing from the others.
const orphansPerPass = 10

// Swept says what one pass of the sweep did.
type Swept struct {
	Looked   int      `json:"looked"`            // records
	Policies int      `json:"policies"`          // policies of ours in IAM
	Started  []string `json:"started,omitempty"` // requests whose start was repeated
	Ordered  []string `json:"ordered,omitempty"` // ends ordered of records
	Orphans  []string `json:"orphans,omitempty"` // removed without a record that explains them
	Findings int      `json:"findings"`
	Paged    bool     `json:"paged,omitempty"`  // there were more orphans than one pass may remove
	Canary   *Canary  `json:"canary,omitempty"` // one that ended since the pass before
	// CanaryDies: an execution of a canary is about to die on purpose, or has just died.
	CanaryDies bool `json:"canary_dies,omitempty"`

	began     time.Time
	again     int            // ends long overdue that were ordered once more
	orphansIn map[string]int // by account
}

// A pass begins every minute, and each of its parts has a share of that minute: it ends at the latest so long after the pass
// began. A part with too much to do delays no other part, and one with little to do leaves its time to those after it. What
// a part has no time for, a later pass does. What is active comes first.
const (
	activeBy  = 24 * time.Second           // records that are active, and their grants in IAM
	dueBy     = activeBy + 7*time.Second   // records whose access is overdue, or is being removed
	waitingBy = dueBy + 4*time.Second      // requests that were not granted yet
	surveyBy  = waitingBy + 18*time.Second // pages of IAM
	foundBy   = surveyBy + 7*time.Second   // the policies that those pages show
)

// within returns a function that reports whether a part that ends at the latest by after the beginning of the pass still
// has time.
func (s *Service) within(sw *Swept, by time.Duration) func() bool {
	return func() bool { return s.Now().Before(sw.began.Add(by)) }
}

// outOfTime is the error of a part whose share was over before it had looked at all of what.
func outOfTime(left, all int, what string) error {
	return Errorf(Transient, "%d of %d %s were not looked at: this part of the pass had no time left", left, all, what)
}

// Reconcile is one pass of the sweep: it makes every other failure temporary. It looks at what is active and due by the
// records, and at what is there by IAM, each against the other, and ends what should have ended. One record that cannot be
// handled keeps no other from being handled. The errors come back together, and a pass with errors is a finding.
func (s *Service) Reconcile(ctx context.Context) (sw Swept, err error) {
	defer func() {
		s.logged(ctx, "reconcile", "", "sweep", &err, "looked", sw.Looked, "policies", sw.Policies, "started", len(sw.Started),
			"ordered", len(sw.Ordered), "orphans", len(sw.Orphans), "findings", sw.Findings)
	}()
	sw.began, sw.orphansIn = s.Now(), map[string]int{}
	active := s.sweepActive(ctx, &sw)
	due := s.sweepDue(ctx, &sw)
	waiting := s.sweepWaiting(ctx, &sw)
	// IAM first, the records after: a grant that is attached in between has its record by the time it is looked up.
	found, at, unseen := s.survey(ctx, &sw)
	sw.Policies = len(found)
	unhandled := s.sweepFound(ctx, found, &sw)
	err = errors.Join(active, due, waiting, unseen, unhandled, s.surveyedTo(ctx, at, unhandled), s.sing(ctx, &sw))
	if err != nil {
		sw.Findings++
		err = errors.Join(err, s.raise(ctx, SweepFailed, "sweep "+string(KindOf(err)), "the sweep failed at something: "+first(err), nil))
	}
	return sw, err
}

// first is the beginning of an error of many lines.
func first(err error) string {
	text, _, _ := strings.Cut(causes(err), "\n")
	return text
}

// againPerPass bounds how many ends that are long overdue one pass orders again: more would keep revoke from those that can
// be ended. Where there are more they take turns.
const againPerPass = 300

// sweepDue goes through the records with access whose instant has come. It begins at another place on each pass, so that
// what one pass has no time for is first in a later one.
func (s *Service) sweepDue(ctx context.Context, sw *Swept) error {
	within := s.within(sw, dueBy)
	keys, err := s.dueKeys(ctx)
	failed := []error{err}
	if n := len(keys); n > 0 {
		from := int(s.Now().Unix()/60) * againPerPass % n
		keys = slices.Concat(keys[from:], keys[:from])
	}
	for i, k := range keys {
		if !within() {
			failed = append(failed, outOfTime(len(keys)-i, len(keys), "records that are due"))
			break
		}
		sw.Looked++
		failed = append(failed, s.sweepRecord(ctx, idOf(k), sw))
	}
	return errors.Join(failed...)
}

func (s *Service) dueKeys(ctx context.Context) (keys []Key, err error) {
	q := Query{Index: ByDue, Partition: dueOpen, UpTo: s.now().Format(time.RFC3339) + "#~", Limit: 200}
	for {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return keys, wrap(err, "listing what is due")
		}
		keys = append(keys, page.Keys...)
		if q.After = page.Next; q.After == "" {
			return keys, nil
		}
	}
}

// sweepRecord does for one record what another net failed to do.
func (s *Service) sweepRecord(ctx context.Context, id string, sw *Swept) error {
	l, err := s.load(ctx, id)
	if err != nil {
		return err
	}
	now := s.Now()
	e := l.elevation
	switch e.State {
	case Granting:
		if now.Before(e.AttachBy.Add(s.Settings.SettleAfter)) {
			return nil // Grant may still be at it
		}
	case Active:
		if !e.SettlesAt.IsZero() && now.Before(e.Deadline) {
			return s.settled(ctx, l)
		}
		if now.Before(e.Deadline) || s.leftToAnother(l, NetSweep) {
			return nil // sweepActive looks at it
		}
	case Revoking, Stuck:
		if !now.Before(e.EndDue.Add(overdueAfter)) {
			if sw.again == againPerPass {
				return nil
			}
			sw.again++
		}
	default:
		return nil
	}
	sw.Ordered = append(sw.Ordered, id)
	err = s.Workflow.Revoke(ctx, e.order("sweep", e.orderedAt(now)))
	return errors.Join(err, s.answer(ctx, l))
}

func (e Elevation) orderedAt(now time.Time) time.Time {
	if e.EndDue.IsZero() {
		return now
	}
	return e.EndDue
}

// sweepFound goes through what is in IAM under our name. Accounts take turns, and the part has its share of the pass:
// anybody who administers an account can write policies of such names there, and must not delay other accounts.
func (s *Service) sweepFound(ctx context.Context, found []Found, sw *Swept) error {
	within := s.within(sw, foundBy)
	var failed []error
	for i, f := range inTurns(found) {
		if !within() {
			failed = append(failed, outOfTime(len(found)-i, len(found), "policies in IAM"))
			break
		}
		failed = append(failed, s.sweepPolicy(ctx, f, sw))
	}
	return errors.Join(failed...)
}

// inTurns takes one policy of each account, and then the next of each.
func inTurns(found []Found) []Found {
	n := map[string]int{}
	turn := make([]int, len(found))
	at := make([]int, len(found))
	for i, f := range found {
		at[i], turn[i] = i, n[f.Principal.Account]
		n[f.Principal.Account]++
	}
	slices.SortStableFunc(at, func(a, b int) int { return turn[a] - turn[b] })
	all := make([]Found, len(found))
	for i, from := range at {
		all[i] = found[from]
	}
	return all
}

// sweepPolicy asks whether a policy of ours should be there. The record is read by its key, after IAM was, and IAM once
// more before anything is said or done: what was seen may have been half of an attach, or be gone by now.
func (s *Service) sweepPolicy(ctx context.Context, f Found, sw *Swept) error {
	if id, ok := s.containedID(f.Grant); ok {
		return s.sweepContainment(ctx, f, id, sw)
	}
	id, ok := strings.CutPrefix(f.Grant, GrantName(s.Settings.Name, ""))
	if !ok || !ValidID(id) {
		return nil // not a name that Grant gives: not ours to touch
	}
	l, err := s.load(ctx, id)
	if err != nil && KindOf(err) != NotFound {
		return errors.Join(err, s.blind(ctx, f, id, sw, err))
	}
	stray := err == nil && f.Principal != l.terms.Principal
	explained := err == nil && !stray && l.elevation.State.Open()
	if explained && (l.elevation.State != Active || !l.odd(f)) {
		return nil
	}
	if !explained {
		return s.orphan(ctx, f, Order{ID: id, Stray: stray}, sw)
	}
	f, there, err := s.again(ctx, f)
	if err != nil || !there {
		return err
	}
	return s.endOdd(ctx, l, f, sw)
}

// again reads once more what was found: it may be gone by now.
func (s *Service) again(ctx context.Context, f Found) (now Found, there bool, err error) {
	f.Documents, err = s.Cloud.Read(ctx, f.Principal, f.Grant)
	if KindOf(err) == NotFound {
		return f, false, nil
	}
	return f, len(f.Documents) > 0, wrap(err, "looking for %s", f.Grant)
}

// endOdd ends an elevation whose grant is not what was granted.
func (s *Service) endOdd(ctx context.Context, l life, f Found, sw *Swept) error {
	why, kind := l.oddity(f)
	if why == "" {
		return nil
	}
	sw.Findings++
	_, ended := s.endNow(ctx, s.withTokens(ctx, l), Drift, why, "sweep")
	return errors.Join(ended, s.raise(ctx, kind, l.terms.ID, why, nil))
}

// blind is for a policy whose record cannot be read: its fence says all that is needed. What is over by it, or has none, is
// taken away without the record.
func (s *Service) blind(ctx context.Context, f Found, id string, sw *Swept, why error) error {
	if KindOf(why) == Internal {
		sw.Findings++
		why = s.raise(ctx, Unreadable, id, "its record cannot be read: "+causes(why), nil)
	} else {
		why = nil
	}
	for _, d := range f.Documents {
		if _, until, err := iampolicy.Fenced([]byte(d)); err == nil && s.Now().Before(until.Add(clockSkew)) {
			return why
		}
	}
	sw.Ordered = append(sw.Ordered, id)
	// Stray: whether this is its elevation's principal cannot be seen. A policy of that name on another must not end it.
	return errors.Join(why, s.Workflow.Revoke(ctx, s.orderOn(f, Order{ID: id, Stray: true})))
}

// orderOn completes an order by where a policy was found.
func (s *Service) orderOn(f Found, o Order) Order {
	o.Account, o.Principal, o.PrincipalID = f.Principal.Account, f.Principal.ARN, f.Principal.ID
	o.By, o.OrderedAt = "sweep", s.now()
	return o
}

// containment reports whether this is what Contain writes of an elevation that is being taken away: it denies, and it ends
// with the grant.
func (l life) containment(f Found) bool {
	e := l.elevation
	if e.ContainedAt.IsZero() || e.State != Revoking && e.State != Stuck {
		return false
	}
	return !slices.ContainsFunc(f.Documents, func(d string) bool {
		_, until, err := iampolicy.Fenced([]byte(d))
		return err != nil || !until.Equal(e.Deadline) || !iampolicy.OnlyDenies([]byte(d))
	})
}

// sweepContainment asks whether a containment should be there: while the grant that it is for is being taken away.
func (s *Service) sweepContainment(ctx context.Context, f Found, id string, sw *Swept) error {
	l, err := s.load(ctx, id)
	if err != nil && KindOf(err) != NotFound {
		return err // it denies, and ends by its own date: it can wait for its record
	}
	stray := err == nil && f.Principal != l.terms.Principal
	if err == nil && !stray && l.containment(f) {
		return nil
	}
	return s.orphan(ctx, f, Order{ID: id, Stray: stray, Contained: true}, sw)
}

// asGranted reports whether these are the documents of the grant byte for byte: nearly always they are, and then nothing
// has to be parsed.
func (l life) asGranted(docs []string) bool {
	from, until := l.elevation.GrantedAt.Format(time.RFC3339), l.elevation.Deadline.Format(time.RFC3339)
	return slices.EqualFunc(docs, l.terms.Policies, func(d, p string) bool {
		fenced := strings.Count(p, `"Effect":`)
		return fenced > 0 && strings.Count(p, iampolicy.MarkNotBefore) >= fenced && strings.Count(p, iampolicy.MarkNotAfter) >= fenced &&
			d == strings.ReplaceAll(strings.ReplaceAll(p, iampolicy.MarkNotBefore, from), iampolicy.MarkNotAfter, until)
	})
}

// odd reports whether the grant of an elevation that is active is not what was granted.
func (l life) odd(f Found) bool {
	why, _ := l.oddity(f)
	return why != ""
}

func (l life) oddity(f Found) (why string, kind FindingKind) {
	if l.asGranted(f.Documents) {
		return "", ""
	}
	if len(f.Documents) != len(l.terms.Policies) {
		return fmt.Sprintf("%s has %d policies and was granted %d", f.Grant, len(f.Documents), len(l.terms.Policies)), Edited
	}
	for i, d := range f.Documents {
		_, until, err := iampolicy.Fenced([]byte(d))
		switch {
		case err != nil:
			return fmt.Sprintf("%s on %s: %v", f.Grant, f.Principal.ARN, err), Unfenced
		case !until.Equal(l.elevation.Deadline) || !iampolicy.SameButInstants([]byte(d), []byte(l.terms.Policies[i])):
			return fmt.Sprintf("%s on %s is not what was granted", f.Grant, f.Principal.ARN), Edited
		}
	}
	return "", ""
}

// orphan has a policy taken away that no record explains, by Revoke like all else: one of an elevation that is over or
// unknown, or a stray, on a principal that is not the elevation's. One that was raised before is ordered again and does not
// count against the bound of a pass: what cannot be taken away must not keep the rest there.
func (s *Service) orphan(ctx context.Context, f Found, o Order, sw *Swept) error {
	subject := f.Principal.ARN + " " + f.Grant
	before, err := s.raised(ctx, Orphan, subject)
	if err != nil {
		return err
	}
	in := f.Principal.Account
	if !before && sw.orphansIn[in] >= orphansPerPass {
		if sw.orphansIn[in] > orphansPerPass {
			return nil // paged
		}
		sw.orphansIn[in]++
		sw.Paged = true
		return s.raise(ctx, SweepFailed, "orphans in "+in, "more orphans in account "+in+" than one sweep may remove: look before the next one", nil)
	}
	f, there, err := s.again(ctx, f)
	if err != nil || !there {
		return err
	}
	if !before {
		sw.Orphans = append(sw.Orphans, subject)
		sw.orphansIn[in]++
	}
	sw.Findings++
	return errors.Join(s.Workflow.Revoke(ctx, s.orderOn(f, o)), s.raise(ctx, Orphan, subject, "a policy of ours that no elevation explains", f.Documents))
}
