package sweep

import (
	"context"
	"errors"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/iampolicy"
	"curfew/shared/record"
)

// orphansPerPass bounds what one sweep takes away in one account that no record explains: more than this is a fault of ours
// or somebody's work, and a person looks first. What is in one account takes nothing from the others.
const orphansPerPass = 10

// foundFor is how long the policies of one page are gone through.
const foundFor = 7 * time.Second

// containedID is the elevation of a containment's name.
func (s inIAM) containedID(policy string) (id string, ok bool) {
	id, ok = strings.CutPrefix(policy, access.ContainmentName(s.Settings.Name, ""))
	return id, ok && access.ValidID(id)
}

// sweepFound goes through what one page of IAM shows under our name, for a time of its own, however long the page took to
// read: anybody who administers an account can make its pages slow, or write policies of such names there.
//
// whole: there was time for all of them.
func (s inIAM) sweepFound(ctx context.Context, found []access.Found, sw *Swept) (whole bool, err error) {
	until := s.Now().Add(foundFor)
	var failed []error
	for i, f := range inTurns(startingAt(pass(s).place(sw, len(found)), found), func(f access.Found) string { return f.Principal.Account }) {
		if !s.Now().Before(until) {
			sw.outOfTime(len(found)-i, len(found), "policies on a page of IAM")
			return false, errors.Join(failed...)
		}
		failed = append(failed, s.sweepPolicy(ctx, f, sw))
	}
	return true, errors.Join(failed...)
}

// sweepPolicy asks whether a policy of ours should be there. The record is read by its key, after IAM was, and IAM once
// more before anything is said or done: what was seen may have been half of an attach, or be gone by now.
func (s inIAM) sweepPolicy(ctx context.Context, f access.Found, sw *Swept) error {
	if id, ok := s.containedID(f.Grant); ok {
		return s.sweepContainment(ctx, f, id, sw)
	}
	id, ok := strings.CutPrefix(f.Grant, access.GrantName(s.Settings.Name, ""))
	if !ok || !access.ValidID(id) {
		return nil // not a name that Grant gives: not ours to touch
	}
	l, err := s.Load(ctx, id)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return errors.Join(err, s.blind(ctx, f, id, sw, err))
	}
	stray := err == nil && f.Principal != l.Terms.Principal
	explained := err == nil && !stray && l.Elevation.State.Open()
	if explained && (l.Elevation.State != access.Active || !odd(l, f)) {
		return nil
	}
	if !explained {
		return s.orphan(ctx, f, access.Order{ID: id, Stray: stray}, sw)
	}
	f, there, err := s.again(ctx, f)
	if err != nil || !there {
		return err
	}
	return s.endOdd(ctx, l, f, sw)
}

// again reads once more what was found: it may be gone by now.
func (s inIAM) again(ctx context.Context, f access.Found) (now access.Found, there bool, err error) {
	f.Documents, err = s.Cloud.Read(ctx, f.Principal, f.Grant)
	if fault.KindOf(err) == fault.NotFound {
		return f, false, nil
	}
	return f, len(f.Documents) > 0, fault.Wrap(err, "looking for %s", f.Grant)
}

// blind is for a policy whose record cannot be read: its fence says all that is needed. What is over by it, or has none, is
// taken away without the record.
func (s inIAM) blind(ctx context.Context, f access.Found, id string, sw *Swept, why error) error {
	if fault.KindOf(why) == fault.Internal {
		sw.Findings++
		why = finding.Report(ctx, s.Base, Unreadable, id, "its record cannot be read: "+fault.Causes(why), nil)
	} else {
		why = nil
	}
	for _, d := range f.Documents {
		if _, until, err := iampolicy.Fenced([]byte(d)); err == nil && s.Now().Before(until.Add(access.ClockSkew)) {
			return why
		}
	}
	sw.Ordered = append(sw.Ordered, id)
	// Stray: whether this is its elevation's principal cannot be seen. A policy of that name on another must not end it.
	return errors.Join(why, s.Workflow.Revoke(ctx, s.orderOn(f, access.Order{ID: id, Stray: true})))
}

// orderOn completes an order by where a policy was found.
func (s inIAM) orderOn(f access.Found, o access.Order) access.Order {
	o.Account, o.Principal, o.PrincipalID = f.Principal.Account, f.Principal.ARN, f.Principal.ID
	o.By, o.OrderedAt = "sweep", s.Instant()
	return o
}

// sweepContainment asks whether a containment should be there: while the grant that it is for is being taken away.
func (s inIAM) sweepContainment(ctx context.Context, f access.Found, id string, sw *Swept) error {
	l, err := s.Load(ctx, id)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err // it denies, and ends by its own date: it can wait for its record
	}
	stray := err == nil && f.Principal != l.Terms.Principal
	if err == nil && !stray && containment(l, f) {
		return nil
	}
	return s.orphan(ctx, f, access.Order{ID: id, Stray: stray, Contained: true}, sw)
}

// orphan has a policy taken away that no record explains, by Revoke like all else: one of an elevation that is over or
// unknown, or a stray, on a principal that is not the elevation's. One that was raised before is ordered again and does not
// count against the bound of a pass: what cannot be taken away must not keep the rest there.
func (s inIAM) orphan(ctx context.Context, f access.Found, o access.Order, sw *Swept) error {
	subject := f.Principal.ARN + " " + f.Grant
	before, err := finding.Told(ctx, s.Store, access.Orphan, subject, s.Now())
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
		return finding.Report(ctx, s.Base, Failed, "orphans in "+in, "more orphans in account "+in+" than one sweep may remove: look before the next one", nil)
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
	return errors.Join(s.Workflow.Revoke(ctx, s.orderOn(f, o)), finding.Report(ctx, s.Base, access.Orphan, subject, "a policy of ours that no elevation explains", f.Documents))
}

// A survey of IAM reads every principal of every account. In an account of many roles it takes longer than a pass of the
// sweep may, and IAM answers only so many calls: a pass reads so many pages within so long a time, the next goes on where
// it stopped, and when all were read the next survey begins [access.Settings.SurveyEvery] after this one began.
const surveyPages = 40

// surveyed is where the survey stands between two passes.
type surveyed struct {
	BeganAt time.Time `json:"began_at"`
	Next    string    `json:"next,omitempty"`   // where to go on; empty: it came to its end
	Failed  bool      `json:"failed,omitempty"` // at some page: the next begins sooner
}

// every is how long after its beginning the next one begins. One that could not read everything is made up for soon, but
// not on every pass: what keeps failing must not use up the calls that IAM answers.
func (at surveyed) every(every time.Duration) time.Duration {
	if at.Failed {
		return every / 5
	}
	return every
}

// pageFor is when a page that is being read is cut off.
const pageFor = 30 * time.Second

// sweepIAM reads the part of IAM that is due in this pass, and handles each page before it reads the next: a page that takes
// long, or cannot be read, keeps no other from being handled.
func (s inIAM) sweepIAM(ctx context.Context, sw *Swept) error {
	at, due, err := s.surveyFrom(ctx)
	if !due {
		return err
	}
	failed := []error{err}
	within := pass(s).within(sw, surveyBy)
	for pages := 1; ; pages++ {
		next, whole, err := s.sweepPage(ctx, at.Next, sw)
		at.Failed = at.Failed || !whole || err != nil
		failed = append(failed, err)
		if at.Next = next; next == "" {
			break
		}
		if s.Settings.SurveyEvery > 0 && (pages == surveyPages || !within()) {
			break
		}
	}
	return errors.Join(append(failed, s.surveyedTo(ctx, at))...)
}

// sweepPage reads one page of IAM, and then the record of each policy on it: a grant that is attached in between has its
// record by the time it is looked up.
func (s inIAM) sweepPage(ctx context.Context, after string, sw *Swept) (next string, whole bool, err error) {
	reading, stop := context.WithTimeout(ctx, pageFor)
	page, unread := s.Cloud.Survey(reading, after)
	stop()
	sw.Policies += len(page.Grants)
	whole, err = s.sweepFound(ctx, page.Grants, sw)
	return page.Next, whole, errors.Join(fault.Wrap(unread, "surveying IAM"), err)
}

// surveyFrom says where to go on. A place that cannot be read is no reason not to look: from the beginning, then.
func (s inIAM) surveyFrom(ctx context.Context) (at surveyed, due bool, err error) {
	fresh := surveyed{BeganAt: s.Instant()}
	if s.Settings.SurveyEvery == 0 {
		return fresh, true, nil
	}
	rows, err := s.Store.Read(ctx, access.SurveyKey())
	if err != nil {
		return fresh, true, fault.Wrap(err, "reading how far IAM was surveyed")
	}
	was, err := record.Among[surveyed](rows, access.SurveyKey())
	if err != nil || !was.There() {
		return fresh, true, err
	}
	at = was.Value
	switch over := !s.Now().Before(at.BeganAt.Add(at.every(s.Settings.SurveyEvery))); {
	case at.Next != "" && !s.Now().Before(at.BeganAt.Add(2*s.Settings.SurveyEvery)):
		return fresh, true, nil // what it was at is too long ago, or cannot be gone on from
	case at.Next != "":
		return at, true, nil
	case over:
		return fresh, true, nil
	}
	return at, false, nil
}

// surveyedTo stores how far IAM was surveyed, after it was handled. A pass that dies before is made again.
func (s inIAM) surveyedTo(ctx context.Context, at surveyed) error {
	if s.Settings.SurveyEvery == 0 {
		return nil
	}
	row, err := record.Encode(access.SurveyKey(), 1, at)
	if err == nil {
		err = s.Store.Write(ctx, record.Change{If: record.Always, Row: row}) // one sweep runs at a time, and two would only read twice
	}
	return fault.Wrap(err, "storing how far IAM was surveyed")
}
