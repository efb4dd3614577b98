package sweep

import (
	"context"
	"errors"
	"slices"
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
func (s inIAM) sweepFound(ctx context.Context, found []access.Found, sw *PassResult) (whole bool, err error) {
	until := s.Now().Add(foundFor)
	var failed []error
	for i, f := range inTurns(startingAt(pass(s).randomStart(sw, len(found)), found), func(f access.Found) string { return f.Principal.Account }) {
		if !s.Now().Before(until) {
			sw.addOutOfTime(len(found)-i, len(found), "policies on a page of IAM")
			return false, errors.Join(failed...)
		}
		failed = append(failed, s.sweepPolicy(ctx, f, sw))
	}
	return true, errors.Join(failed...)
}

// sweepPolicy reads the record after IAM, and IAM again before it acts: the first read may be stale, or during an
// attach.
func (s inIAM) sweepPolicy(ctx context.Context, f access.Found, sw *PassResult) error {
	if id, ok := s.containedID(f.Grant); ok {
		return s.sweepContainment(ctx, f, id, sw)
	}
	id, ok := strings.CutPrefix(f.Grant, access.GrantName(s.Settings.Name, ""))
	if !ok || !access.ValidID(id) {
		return nil // not a name of Grant
	}
	l, err := s.Load(ctx, id)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return errors.Join(err, s.handleUnreadable(ctx, f, id, sw, err))
	}
	stray := err == nil && f.Principal != l.Terms.Principal
	explained := err == nil && !stray && l.Elevation.State.Open()
	if explained && (l.Elevation.State != access.Active || !hasDrift(l, f)) {
		return nil
	}
	if !explained {
		return s.removeOrphan(ctx, f, access.Order{ID: id, Stray: stray}, sw)
	}
	f, there, err := s.readAgain(ctx, f)
	if err != nil || !there {
		return err
	}
	return s.endDrifted(ctx, l, f, sw)
}

// readAgain reads a second time.
func (s inIAM) readAgain(ctx context.Context, f access.Found) (now access.Found, there bool, err error) {
	f.Documents, err = s.Cloud.Read(ctx, f.Principal, f.Grant)
	if fault.KindOf(err) == fault.NotFound {
		return f, false, nil
	}
	return f, len(f.Documents) > 0, fault.Wrap(err, "looking for %s", f.Grant)
}

// handleUnreadable handles a policy whose record cannot be read. It orders the removal if the fence is over or missing.
func (s inIAM) handleUnreadable(ctx context.Context, f access.Found, id string, sw *PassResult, why error) error {
	if fault.KindOf(why) == fault.Internal {
		sw.Findings++
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
	sw.Ordered = append(sw.Ordered, id)
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
func (s inIAM) sweepContainment(ctx context.Context, f access.Found, id string, sw *PassResult) error {
	q, err := access.ReadQuarantine(ctx, s.Store, id)
	if err != nil {
		return err
	}
	if q.Matches(f.Principal, f.Documents...) {
		if s.Now().Before(q.Until) {
			return nil
		}
		sw.Ordered = append(sw.Ordered, id)
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
	return s.removeOrphan(ctx, f, access.Order{ID: id, Stray: stray, Contained: true}, sw)
}

// removeOrphan orders the removal of a policy without an open elevation here. Known orphans have their own limit: those
// that AWS refuses to remove must not protect new ones.
func (s inIAM) removeOrphan(ctx context.Context, f access.Found, o access.Order, sw *PassResult) error {
	subject := f.Principal.ARN + " " + f.Grant
	before, err := finding.SeenWithinDay(ctx, s.Store, access.Orphan, subject, s.Now())
	if err != nil {
		return err
	}
	in := f.Principal.Account
	if before {
		if sw.againIn[in]++; sw.againIn[in] > orphansPerPass {
			return nil // passes take turns
		}
	}
	if !before && sw.orphansIn[in] >= orphansPerPass {
		if sw.orphansIn[in] > orphansPerPass {
			return nil // already reported
		}
		sw.orphansIn[in]++
		sw.Paged = true
		return finding.Report(ctx, s.Base, Failed, finding.Occurrence{
			Subject: "orphans in " + in, What: "more orphans in account " + in + " than one sweep removes: check them before the next sweep", Account: in})
	}
	f, there, err := s.readAgain(ctx, f)
	if err != nil || !there {
		return err
	}
	if !before {
		sw.Orphans = append(sw.Orphans, subject)
		sw.orphansIn[in]++
	}
	sw.Findings++
	return errors.Join(s.Workflow.Revoke(ctx, s.orderOn(f, o)), finding.Report(ctx, s.Base, access.Orphan,
		access.OrphanOf(f.Principal, f.Grant, "a policy of Curfew without an open elevation", f.Documents)))
}

// A survey reads all principals of all accounts. IAM throttles, so it may need many passes. The next begins
// [access.Settings.SurveyEvery] after its beginning.
const surveyPages = 40

type surveyProgress struct {
	BeganAt time.Time `json:"began_at"`
	Next    string    `json:"next,omitempty"`   // empty: complete
	Failed  bool      `json:"failed,omitempty"` // a page failed
	Unkept  []string  `json:"unkept,omitempty"` // accounts with a page whose baselines were not stored
}

// every is shorter after a failure, but not each pass: IAM throttles.
func (at surveyProgress) every(every time.Duration) time.Duration {
	if at.Failed {
		return every / 5
	}
	return every
}

const pageFor = 30 * time.Second

// sweepIAM handles a page before it reads the next: a slow page blocks no other.
func (s inIAM) sweepIAM(ctx context.Context, sw *PassResult) error {
	at, due, err := s.surveyFrom(ctx)
	if !due {
		return err
	}
	failed := []error{err}
	within := pass(s).timeLeft(sw, surveyBy)
	for pages := 1; ; pages++ {
		whole, err := s.sweepPage(ctx, &at, sw)
		at.Failed = at.Failed || !whole || err != nil
		failed = append(failed, err)
		if at.Next == "" {
			break
		}
		if s.Settings.SurveyEvery > 0 && (pages == surveyPages || !within()) {
			break
		}
	}
	return errors.Join(append(failed, s.saveProgress(ctx, at))...)
}

// sweepPage reads IAM first, records second: a grant attached in between has its record. Baselines are last: they hinder
// no removal of the page.
func (s inIAM) sweepPage(ctx context.Context, at *surveyProgress, sw *PassResult) (whole bool, err error) {
	readAt := s.Instant()
	reading, stop := context.WithTimeout(ctx, pageFor)
	page, unread := s.Cloud.Survey(reading, at.Next)
	stop()
	at.Next = page.Next
	sw.Policies += len(page.Grants)
	whole, err = s.sweepFound(ctx, page.Grants, sw)
	return whole, errors.Join(fault.Wrap(unread, "surveying IAM"), err, s.keepBaselines(ctx, page, readAt, at, sw))
}

// baselinesFor is the time for the baselines of one page.
const baselinesFor = 5 * time.Second

// keepBaselines stores what the marked principals of a page have by themselves. After a failure it leaves the rest of the
// pass alone: a slow store costs the survey one baselinesFor.
func (s inIAM) keepBaselines(ctx context.Context, page access.Survey, readAt time.Time, at *surveyProgress, sw *PassResult) (err error) {
	if page.Account == "" {
		return nil
	}
	if !sw.unkept {
		ctx, stop := context.WithTimeout(ctx, baselinesFor)
		defer stop()
		err = baseline.Keep(ctx, s.Store, baseline.Page{
			BeganAt: at.BeganAt, ReadAt: readAt, Account: page.Account, Entries: page.Own, Last: page.Last && !slices.Contains(at.Unkept, page.Account),
		})
		sw.unkept = err != nil
		if err == nil && page.Last {
			err = s.reportMoves(ctx, page.Account)
		}
	}
	if sw.unkept {
		at.Unkept = append(at.Unkept, page.Account)
	}
	return err
}

// surveyFrom begins anew after an error.
func (s inIAM) surveyFrom(ctx context.Context) (at surveyProgress, due bool, err error) {
	fresh := surveyProgress{BeganAt: s.Instant()}
	if s.Settings.SurveyEvery == 0 {
		return fresh, true, nil
	}
	rows, err := s.Store.Read(ctx, access.SurveyKey())
	if err != nil {
		return fresh, true, fault.Wrap(err, "reading the progress of the survey")
	}
	was, err := record.FindRow[surveyProgress](rows, access.SurveyKey())
	if err != nil || !was.Exists() {
		return fresh, true, err
	}
	at = was.Value
	switch over := !s.Now().Before(at.BeganAt.Add(at.every(s.Settings.SurveyEvery))); {
	case at.Next != "" && !s.Now().Before(at.BeganAt.Add(2*s.Settings.SurveyEvery)):
		return fresh, true, nil // too old to continue
	case at.Next != "":
		return at, true, nil
	case over:
		return fresh, true, nil
	}
	return at, false, nil
}

// saveProgress comes after the work: a crash repeats it.
func (s inIAM) saveProgress(ctx context.Context, at surveyProgress) error {
	if s.Settings.SurveyEvery == 0 {
		return nil
	}
	row, err := record.Encode(access.SurveyKey(), 1, at)
	if err == nil {
		err = s.Store.Write(ctx, record.Change{If: record.Always, Row: row}) // sweeps do not overlap
	}
	return fault.Wrap(err, "storing the progress of the survey")
}
