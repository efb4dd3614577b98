package sweep

import (
	"context"
	"errors"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/baseline"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/iampolicy"
	"curfew/shared/record"
)

// orphansPerPass limits removals in one account. More mean a bug or an attack: a person must look.
const orphansPerPass = 10

// foundFor is the time for one page.
const foundFor = 7 * time.Second

func (s inIAM) containedID(policy string) (id string, ok bool) {
	id, ok = strings.CutPrefix(policy, access.ContainmentName(s.Settings.Name, ""))
	return id, ok && access.ValidID(id)
}

// sweepFound takes at most foundFor, even if reading was slow: an account's administrator can cause that, or create policies with
// Curfew's names. whole: it checked all.
func (s inIAM) sweepFound(ctx context.Context, found []access.Found, sh *shard) (whole bool, err error) {
	until := s.Now().Add(foundFor)
	var failed []error
	for i, f := range startingAt(pass(s).randomStart(&sh.PassResult, len(found)), found) {
		if !s.Now().Before(until) {
			sh.addOutOfTime(len(found)-i, len(found), "policies on a page of IAM")
			return false, errors.Join(failed...)
		}
		failed = append(failed, s.sweepPolicy(ctx, f, sh))
	}
	return true, errors.Join(failed...)
}

// sweepPolicy reads the record after IAM, and IAM again before it acts: the first read may be stale, or during an
// attach.
func (s inIAM) sweepPolicy(ctx context.Context, f access.Found, sh *shard) error {
	if id, ok := s.containedID(f.Grant); ok {
		return s.sweepContainment(ctx, f, id, sh)
	}
	id, ok := strings.CutPrefix(f.Grant, access.GrantName(s.Settings.Name, ""))
	if !ok || !access.ValidID(id) {
		return nil // not a name of Grant
	}
	l, err := s.Load(ctx, id)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return errors.Join(err, s.handleUnreadable(ctx, f, id, sh, err))
	}
	stray := err == nil && f.Principal != l.Terms.Principal
	explained := err == nil && !stray && l.Elevation.State.Open()
	if explained && (l.Elevation.State != access.Active || !hasDrift(l, f)) {
		return nil
	}
	if !explained {
		return s.removeOrphan(ctx, f, access.Order{ID: id, Stray: stray}, sh)
	}
	f, there, err := s.readAgain(ctx, f)
	if err != nil || !there {
		return err
	}
	return s.endDrifted(ctx, l, f, sh)
}

func (s inIAM) readAgain(ctx context.Context, f access.Found) (now access.Found, there bool, err error) {
	f.Documents, err = s.Cloud.Read(ctx, f.Principal, f.Grant)
	if fault.KindOf(err) == fault.NotFound {
		return f, false, nil
	}
	return f, len(f.Documents) > 0, fault.Wrap(err, "looking for %s", f.Grant)
}

// handleUnreadable handles a policy whose record cannot be read. It orders the removal if the fence is over or missing.
func (s inIAM) handleUnreadable(ctx context.Context, f access.Found, id string, sh *shard, why error) error {
	if fault.KindOf(why) == fault.Internal {
		sh.Findings++
		why = finding.Report(ctx, s.Base, Unreadable, finding.Occurrence{
			Subject: id, What: "its record cannot be read: " + fault.Causes(why), Elevation: id, Principal: f.Principal.ARN})
	} else {
		why = nil
	}
	for _, d := range f.Documents {
		if _, until, err := iampolicy.Fenced([]byte(d)); err == nil && s.Now().Before(until.Add(access.ClockSkew)) {
			return why
		}
	}
	sh.Ordered = append(sh.Ordered, id)
	// Stray, because the principal is unknown: a policy with this name elsewhere must not end the elevation.
	return errors.Join(why, s.Workflow.Revoke(ctx, s.orderOn(f, access.Order{ID: id, Stray: true})))
}

// orderOn adds the policy's place.
func (s inIAM) orderOn(f access.Found, o access.Order) access.Order {
	o.Account, o.Principal, o.PrincipalID = f.Principal.Account, f.Principal.ARN, f.Principal.ID
	o.By, o.OrderedAt = "sweep", s.Instant()
	return o
}

// sweepContainment removes a containment whose grant is not being revoked, and a quarantine that is over.
func (s inIAM) sweepContainment(ctx context.Context, f access.Found, id string, sh *shard) error {
	q, err := access.ReadQuarantine(ctx, s.Store, id)
	if err != nil {
		return err
	}
	if q.Matches(f.Principal, f.Documents...) {
		if s.Now().Before(q.Until) {
			return nil
		}
		sh.Ordered = append(sh.Ordered, id)
		return s.Workflow.Revoke(ctx, s.orderOn(f, access.Order{ID: id, Stray: true, Contained: true})) // no elevation has this id
	}
	l, err := s.Load(ctx, id)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err // retry: it only denies, and expires
	}
	stray := err == nil && f.Principal != l.Terms.Principal
	if err == nil && !stray && containment(l, f) {
		return nil
	}
	return s.removeOrphan(ctx, f, access.Order{ID: id, Stray: stray, Contained: true}, sh)
}

// removeOrphan orders the removal of a policy without an open elevation here. Known orphans have their own limit: those
// that AWS refuses to remove must not protect new ones.
func (s inIAM) removeOrphan(ctx context.Context, f access.Found, o access.Order, sh *shard) error {
	subject := f.Principal.ARN + " " + f.Grant
	before, err := finding.SeenWithinDay(ctx, s.Store, access.Orphan, subject, s.Now())
	if err != nil {
		return err
	}
	in := sh.account
	if before {
		if sh.knownOrphans++; sh.knownOrphans > orphansPerPass {
			return nil // passes take turns
		}
	}
	if !before && sh.newOrphans >= orphansPerPass {
		if sh.newOrphans > orphansPerPass {
			return nil // already reported
		}
		sh.newOrphans++
		sh.Paged = true
		return finding.Report(ctx, s.Base, Failed, finding.Occurrence{
			Subject: "orphans in " + in, What: "more orphans in account " + in + " than one sweep removes: check them before the next sweep", Account: in})
	}
	f, there, err := s.readAgain(ctx, f)
	if err != nil || !there {
		return err
	}
	if !before {
		sh.Orphans = append(sh.Orphans, subject)
		sh.newOrphans++
	}
	sh.Findings++
	return errors.Join(s.Workflow.Revoke(ctx, s.orderOn(f, o)), finding.Report(ctx, s.Base, access.Orphan,
		access.OrphanOf(f.Principal, f.Grant, "a policy of Curfew without an open elevation", f.Documents)))
}

const pageFor = 30 * time.Second

// sweepIAM surveys the governed accounts that are due. It handles a page before it reads the next: a slow page blocks no
// other.
func (s inIAM) sweepIAM(ctx context.Context, accounts []*shard, sw *PassResult) error {
	due, err := s.surveysDue(ctx, accounts)
	pass(s).each(due, sw.began.Add(surveyBy), func(sh *shard, within func() bool) (left bool) {
		before := sh.pages
		for s.Settings.SurveyEvery == 0 || sh.pages < surveyPages {
			if left = s.Settings.SurveyEvery > 0 && !within(); left {
				break
			}
			sh.pages++
			whole, err := s.sweepPage(ctx, sh)
			sh.at.Failed = sh.at.Failed || !whole || err != nil
			sh.failed = append(sh.failed, err)
			if sh.at.Next == "" || sh.isBlocked() {
				break
			}
		}
		if sh.pages > before {
			sh.failed = append(sh.failed, s.saveProgress(ctx, sh))
		}
		return left
	})
	began := map[string]time.Time{}
	for _, sh := range due {
		if sh.whole {
			began[sh.account] = sh.at.BeganAt
		}
	}
	if unconfirmed := baseline.Confirm(ctx, s.Store, began); unconfirmed != nil {
		return errors.Join(err, unconfirmed)
	}
	for account := range began {
		err = errors.Join(err, s.reportMoves(ctx, account))
	}
	return err
}

// sweepPage reads IAM first, records second: a grant attached in between has its record. Baselines are last: they hinder
// no removal of the page.
func (s inIAM) sweepPage(ctx context.Context, sh *shard) (whole bool, err error) {
	readAt := s.Instant()
	reading, stop := context.WithTimeout(ctx, pageFor)
	page, unread := s.Cloud.Survey(reading, sh.account, sh.at.Next)
	stop()
	if sh.read(unread) != nil {
		sh.unread = append(sh.unread, fault.Wrap(unread, "surveying IAM"))
	}
	sh.at.Next = page.Next
	sh.Policies += len(page.Grants)
	whole, err = s.sweepFound(ctx, page.Grants, sh)
	return whole && unread == nil, errors.Join(err, s.keepBaselines(ctx, page, readAt, sh))
}

// baselinesFor is the time for the baselines of one page.
const baselinesFor = 5 * time.Second

// keepBaselines stores what the marked principals of a page have by themselves. After a failure it leaves the rest of the
// pass alone: a slow store costs the survey one baselinesFor.
func (s inIAM) keepBaselines(ctx context.Context, page access.Survey, readAt time.Time, sh *shard) (err error) {
	if page.Account == "" {
		return nil
	}
	if !sh.unkept.Load() {
		ctx, stop := context.WithTimeout(ctx, baselinesFor)
		defer stop()
		last := page.Last && !sh.at.Unkept
		if err = baseline.KeepPage(ctx, s.Store, baseline.Page{
			BeganAt: sh.at.BeganAt, ReadAt: readAt, Account: page.Account, Entries: page.Own, Last: last,
		}); err == nil {
			sh.whole = last
			return nil
		}
		sh.unkept.Store(true)
	}
	sh.at.Unkept = true
	return err
}

// surveysDue returns the accounts to survey now, with their progress. After an error all begin anew.
func (s inIAM) surveysDue(ctx context.Context, accounts []*shard) (due []*shard, err error) {
	was := map[string]surveyProgress{}
	if s.Settings.SurveyEvery > 0 {
		var rows []record.Row
		if rows, err = s.Store.Partition(ctx, record.AccessTable, access.SurveyPartition, ""); err != nil {
			err = fault.Wrap(err, "reading the progress of the survey")
		}
		for _, row := range rows {
			at, failed := record.Decode[surveyProgress](row)
			if err = errors.Join(err, failed); failed == nil {
				was[row.Key.Sort] = at
			}
		}
	}
	for _, sh := range accounts {
		if next, now := s.surveyFrom(was[sh.account]); sh.at.governed && now {
			sh.at = next
			due = append(due, sh)
		}
	}
	return due, err
}

func (s inIAM) surveyFrom(at surveyProgress) (next surveyProgress, due bool) {
	switch {
	case at.Next != "" && s.Now().Before(at.BeganAt.Add(2*s.Settings.SurveyEvery)):
		return at, true
	case at.Next != "", !s.Now().Before(at.BeganAt.Add(at.every(s.Settings.SurveyEvery))): // too old to continue, or over
		return surveyProgress{BeganAt: s.Instant()}, true
	}
	return at, false
}

// saveProgress comes after the work: a crash repeats it.
func (s inIAM) saveProgress(ctx context.Context, sh *shard) error {
	if s.Settings.SurveyEvery == 0 {
		return nil
	}
	row, err := record.Encode(access.SurveyKey(sh.account), 1, sh.at)
	if err == nil {
		err = s.Store.Write(ctx, record.Change{If: record.Always, Row: row}) // sweeps do not overlap
	}
	return fault.Wrap(err, "storing the progress of the survey")
}
