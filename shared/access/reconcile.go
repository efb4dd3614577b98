package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/iampolicy"
	"curfew/shared/record"
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

	Left int `json:"left,omitempty"` // what the pass had no time for

	began     time.Time
	late      []error        // what there was no time for, by part
	again     int            // ends long overdue that were ordered once more
	orphansIn map[string]int // by account: new ones
	againIn   map[string]int // by account: those that were raised before
}

// A pass begins every minute, and each of its parts has a share of that minute: it ends at the latest so long after the pass
// began. A part with too much to do delays no other part, and one with little to do leaves its time to those after it. What
// is active comes first. What a part has no time for is a finding, and another pass begins at another place.
const (
	recordsBy = 10 * time.Second           // records that are active
	dueBy     = recordsBy + 14*time.Second // ends that are due
	grantsBy  = dueBy + 18*time.Second     // grants of what is active, in IAM
	waitingBy = grantsBy + 4*time.Second   // requests that were not granted yet
	surveyBy  = waitingBy + 10*time.Second // pages of IAM
	restBy    = 75 * time.Second           // ends that are due and had no time before
)

// sweeper makes one pass.
type sweeper struct{ *Service }

// within returns a function that reports whether a part that ends at the latest by after the beginning of the pass still
// has time.
func (s sweeper) within(sw *Swept, by time.Duration) func() bool {
	return func() bool { return s.Now().Before(sw.began.Add(by)) }
}

// place is where a pass begins in a list of n. It differs from pass to pass without a pattern: what one pass has no time
// for, every later pass may begin with, whatever n is and however much a pass handles.
func (s sweeper) place(sw *Swept, n int) int {
	if n == 0 {
		return 0
	}
	x := uint64(sw.began.Unix()/60) * 0x9e3779b97f4a7c15 // splitmix64
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int((x ^ x>>31) % uint64(n))
}

// from is a list that begins at its place.
func from[T any](place int, all []T) []T { return slices.Concat(all[place:], all[:place]) }

// outOfTime notes what a part had no time for.
func (sw *Swept) outOfTime(left, all int, what string) {
	if left > 0 {
		sw.Left += left
		sw.late = append(sw.late, fault.Errorf(fault.Transient, "%d of %d %s were not looked at: this part of the pass had no time left", left, all, what))
	}
}

// Reconcile is one pass of the sweep: it makes every other failure temporary. It looks at what is active and due by the
// records, and at what is there by IAM, each against the other, and ends what should have ended. One record that cannot be
// handled keeps no other from being handled. The errors come back together, and a pass with errors is a finding.
func (s *Service) Reconcile(ctx context.Context) (sw Swept, err error) {
	defer func() {
		s.Logged(ctx, "reconcile", "", "sweep", &err, "looked", sw.Looked, "policies", sw.Policies, "started", len(sw.Started),
			"ordered", len(sw.Ordered), "orphans", len(sw.Orphans), "findings", sw.Findings, "left", sw.Left)
	}()
	sw.began, sw.orphansIn, sw.againIn = s.Now(), map[string]int{}, map[string]int{}
	lives, active := onRecords{s}.sweepActive(ctx, &sw)
	rest, due := sweeper{s}.sweepDue(ctx, &sw)
	grants := onRecords{s}.sweepGrants(ctx, lives, &sw)
	waiting := sweeper{s}.sweepWaiting(ctx, &sw)
	surveyed := inIAM{s}.sweepIAM(ctx, &sw)
	due = errors.Join(due, sweeper{s}.sweepRest(ctx, rest, &sw))
	err = errors.Join(active, due, grants, waiting, surveyed, canaries{s}.sing(ctx, &sw))
	if err != nil {
		sw.Findings++
		err = errors.Join(err, finding.Report(ctx, s.Base, SweepFailed, "sweep "+string(fault.KindOf(err)), "the sweep failed at something: "+first(err), nil))
	}
	if sw.Left > 0 {
		sw.Findings++
		late := errors.Join(sw.late...)
		err = errors.Join(err, late, finding.Report(ctx, s.Base, SweepFailed, "sweep time", "the sweep has more to do than a minute allows: "+first(late), nil))
	}
	return sw, err
}

// What the sweep may find.
var (
	Edited      = finding.Kind{Name: "edited", Again: finding.Daily}     // the grant in IAM is not what was granted
	Unfenced    = finding.Kind{Name: "unfenced", Again: finding.Daily}   // a policy of ours without its fence
	Unmarked    = finding.Kind{Name: "unmarked", Again: finding.Daily}   // a principal that lost its tag or boundary while it had access
	Missing     = finding.Kind{Name: "missing", Again: finding.Daily}    // an active elevation whose grant is gone
	Unreadable  = finding.Kind{Name: "unreadable", Again: finding.Daily} // a record that cannot be read
	SweepFailed = finding.Kind{Name: "sweep-failed", Again: finding.Daily}
	PolicyError = finding.Kind{Name: "policy-error", Again: finding.Daily} // policy could not be asked while the elevation was active
)

// first is the beginning of an error of many lines.
func first(err error) string {
	text, _, _ := strings.Cut(fault.Causes(err), "\n")
	return text
}

// againPerPass bounds how many ends that are long overdue one pass orders again: more would keep revoke from those that can
// be ended. Where there are more they take turns.
const againPerPass = 300

// sweepDue orders the ends of records with access whose instant has come, and returns those that it had no time for.
func (s sweeper) sweepDue(ctx context.Context, sw *Swept) (rest []record.Key, err error) {
	keys, err := s.dueKeys(ctx)
	rest, failed := s.sweepRecords(ctx, from(s.place(sw, len(keys)), keys), s.within(sw, dueBy), sw)
	return rest, errors.Join(err, failed)
}

// sweepRest goes on with the ends that had no time before, after every other part had its share.
func (s sweeper) sweepRest(ctx context.Context, keys []record.Key, sw *Swept) error {
	left, err := s.sweepRecords(ctx, keys, s.within(sw, restBy), sw)
	sw.outOfTime(len(left), len(keys), "ends that are due")
	return err
}

// sweepRecords handles records until its time is over, and returns those that are left. It gives all orders first, and
// answers the tasks that wait for them afterwards: the removal does not need the answers.
func (s sweeper) sweepRecords(ctx context.Context, keys []record.Key, within func() bool, sw *Swept) (left []record.Key, err error) {
	var failed []error
	var ordered []life
	for i, k := range keys {
		if !within() {
			left = keys[i:]
			break
		}
		sw.Looked++
		l, err := s.sweepRecord(ctx, idOf(k), sw)
		failed = append(failed, err)
		if l.terms.ID != "" {
			ordered = append(ordered, l)
		}
	}
	for _, l := range ordered {
		if !within() {
			break // their tasks end at the deadline by themselves
		}
		failed = append(failed, waiting{s.Service}.answer(ctx, l))
	}
	return left, errors.Join(failed...)
}

func (s sweeper) dueKeys(ctx context.Context) (keys []record.Key, err error) {
	q := record.Query{Index: record.ByDue, Partition: dueOpen, UpTo: s.Instant().Format(time.RFC3339) + "#~", Limit: 200}
	for {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return keys, fault.Wrap(err, "listing what is due")
		}
		keys = append(keys, page.Keys...)
		if q.After = page.Next; q.After == "" {
			return keys, nil
		}
	}
}

// sweepRecord does for one record what another net failed to do. It returns the life if it ordered its end.
func (s sweeper) sweepRecord(ctx context.Context, id string, sw *Swept) (life, error) {
	l, err := s.load(ctx, id)
	if err != nil {
		return life{}, err
	}
	now := s.Now()
	e := l.elevation
	switch e.State {
	case Granting:
		if now.Before(e.AttachBy.Add(s.Settings.SettleAfter)) {
			return life{}, nil // Grant may still be at it
		}
	case Active:
		if !e.SettlesAt.IsZero() && now.Before(e.Deadline) {
			return life{}, ender{s.Service}.settled(ctx, l)
		}
		if now.Before(e.Deadline) || (canaries{s.Service}).leftToAnother(l, NetSweep) {
			return life{}, nil // sweepActive looks at it
		}
	case Revoking, Stuck:
		if !now.Before(e.EndDue.Add(overdueAfter)) {
			if sw.again == againPerPass {
				return life{}, nil
			}
			sw.again++
		}
	default:
		return life{}, nil
	}
	sw.Ordered = append(sw.Ordered, id)
	return l, s.Workflow.Revoke(ctx, e.order("sweep", e.orderedAt(now)))
}

func (e Elevation) orderedAt(now time.Time) time.Time {
	if e.EndDue.IsZero() {
		return now
	}
	return e.EndDue
}

// foundFor is how long the policies of one page are gone through.
const foundFor = 7 * time.Second

// sweepFound goes through what one page of IAM shows under our name, for a time of its own, however long the page took to
// read: anybody who administers an account can make its pages slow, or write policies of such names there.
//
// whole: there was time for all of them.
func (s inIAM) sweepFound(ctx context.Context, found []Found, sw *Swept) (whole bool, err error) {
	until := s.Now().Add(foundFor)
	var failed []error
	for i, f := range inTurns(from((sweeper{s.Service}).place(sw, len(found)), found), func(f Found) string { return f.Principal.Account }) {
		if !s.Now().Before(until) {
			sw.outOfTime(len(found)-i, len(found), "policies on a page of IAM")
			return false, errors.Join(failed...)
		}
		failed = append(failed, s.sweepPolicy(ctx, f, sw))
	}
	return true, errors.Join(failed...)
}

// inTurns takes one item of each account, and then the next of each.
func inTurns[T any](all []T, account func(T) string) []T {
	n := map[string]int{}
	turn := make([]int, len(all))
	at := make([]int, len(all))
	for i, one := range all {
		at[i], turn[i] = i, n[account(one)]
		n[account(one)]++
	}
	slices.SortStableFunc(at, func(a, b int) int { return turn[a] - turn[b] })
	out := make([]T, len(all))
	for i, from := range at {
		out[i] = all[from]
	}
	return out
}

// sweepPolicy asks whether a policy of ours should be there. The record is read by its key, after IAM was, and IAM once
// more before anything is said or done: what was seen may have been half of an attach, or be gone by now.
func (s inIAM) sweepPolicy(ctx context.Context, f Found, sw *Swept) error {
	if id, ok := s.containedID(f.Grant); ok {
		return s.sweepContainment(ctx, f, id, sw)
	}
	id, ok := strings.CutPrefix(f.Grant, GrantName(s.Settings.Name, ""))
	if !ok || !ValidID(id) {
		return nil // not a name that Grant gives: not ours to touch
	}
	l, err := s.load(ctx, id)
	if err != nil && fault.KindOf(err) != fault.NotFound {
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
func (s inIAM) again(ctx context.Context, f Found) (now Found, there bool, err error) {
	f.Documents, err = s.Cloud.Read(ctx, f.Principal, f.Grant)
	if fault.KindOf(err) == fault.NotFound {
		return f, false, nil
	}
	return f, len(f.Documents) > 0, fault.Wrap(err, "looking for %s", f.Grant)
}

// endOdd ends an elevation whose grant is not what was granted.
func (s inIAM) endOdd(ctx context.Context, l life, f Found, sw *Swept) error {
	why, kind := l.oddity(f)
	if why == "" {
		return nil
	}
	sw.Findings++
	_, ended := ender{s.Service}.endNow(ctx, onRecords{s.Service}.withTokens(ctx, l), Drift, why, "sweep")
	return errors.Join(ended, finding.Report(ctx, s.Base, kind, l.terms.ID, why, nil))
}

// blind is for a policy whose record cannot be read: its fence says all that is needed. What is over by it, or has none, is
// taken away without the record.
func (s inIAM) blind(ctx context.Context, f Found, id string, sw *Swept, why error) error {
	if fault.KindOf(why) == fault.Internal {
		sw.Findings++
		why = finding.Report(ctx, s.Base, Unreadable, id, "its record cannot be read: "+fault.Causes(why), nil)
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
func (s inIAM) orderOn(f Found, o Order) Order {
	o.Account, o.Principal, o.PrincipalID = f.Principal.Account, f.Principal.ARN, f.Principal.ID
	o.By, o.OrderedAt = "sweep", s.Instant()
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
func (s inIAM) sweepContainment(ctx context.Context, f Found, id string, sw *Swept) error {
	l, err := s.load(ctx, id)
	if err != nil && fault.KindOf(err) != fault.NotFound {
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

func (l life) oddity(f Found) (why string, kind finding.Kind) {
	if l.asGranted(f.Documents) {
		return "", finding.Kind{}
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
	return "", finding.Kind{}
}

// orphan has a policy taken away that no record explains, by Revoke like all else: one of an elevation that is over or
// unknown, or a stray, on a principal that is not the elevation's. One that was raised before is ordered again and does not
// count against the bound of a pass: what cannot be taken away must not keep the rest there.
func (s inIAM) orphan(ctx context.Context, f Found, o Order, sw *Swept) error {
	subject := f.Principal.ARN + " " + f.Grant
	before, err := finding.Told(ctx, s.Store, Orphan, subject, s.Now())
	if err != nil {
		return err
	}
	in := f.Principal.Account
	if before {
		if sw.againIn[in]++; sw.againIn[in] > orphansPerPass {
			return nil // others of this account have their turn in another pass
		}
	}
	if !before && sw.orphansIn[in] >= orphansPerPass {
		if sw.orphansIn[in] > orphansPerPass {
			return nil // paged
		}
		sw.orphansIn[in]++
		sw.Paged = true
		return finding.Report(ctx, s.Base, SweepFailed, "orphans in "+in, "more orphans in account "+in+" than one sweep may remove: look before the next one", nil)
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
	return errors.Join(s.Workflow.Revoke(ctx, s.orderOn(f, o)), finding.Report(ctx, s.Base, Orphan, subject, "a policy of ours that no elevation explains", f.Documents))
}
