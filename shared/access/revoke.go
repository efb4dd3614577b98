package access

import (
	"context"
	"errors"
	"strings"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
)

// Every net ends access here, and nothing else removes a grant. Revoke needs only the principal and the elevation id.
// If the store fails it removes the grant, and updates the record later.

// Orphan is a policy of ours without an open elevation.
var Orphan = finding.Kind{
	Name: "orphan", PageInterval: 30 * time.Minute, Severity: finding.High,
	Why: "a policy with the name of a grant gave access that no elevation allows", Do: "find out in CloudTrail who put the policy there; Curfew removes it",
}

// PolicyLeft is a policy of a grant that IAM does not delete: it is the permissions boundary of another principal.
var PolicyLeft = finding.Kind{
	Name: "policy-left", PageInterval: finding.Daily, Severity: finding.High,
	Why: "The policy gives no access any more. A principal whose boundary it is may do nothing after the grant's deadline.",
	Do:  "Give that principal its own boundary in IAM, then delete the policy. Find out in CloudTrail who set it.",
}

// OrphanOf is an occurrence of [Orphan].
func OrphanOf(p Principal, grant, what string, detail any) finding.Occurrence {
	return finding.Occurrence{Subject: p.ARN + " " + grant, What: what, Principal: p.ARN, Account: p.Account, Detail: detail}
}

// unrecordedAfter is how long Revoke repeats an order without a record: a Grant in progress may store one.
const unrecordedAfter = 60 * time.Second

// An overdue end is stuck. It pages until acknowledged; revoking continues.
const (
	OverdueAfter = 5 * time.Minute
	pageAgain    = 30 * time.Minute
)

// Revoke removes the grant and reads IAM until its absence is proven. It is idempotent and may run concurrently.
//
// nil: proven and recorded. After any error call again.
func (s *Service) Revoke(ctx context.Context, o Order) (r Receipt, err error) {
	defer func() {
		s.Logged(ctx, "revoke", o.ID, o.By, &err, "principal", o.Principal, "seen", r.Seen, "cause", string(r.Cause), "calls", len(r.Calls), "overstay", r.Overstay)
	}()
	switch {
	case o.Stray:
		return revoker{s}.takeStray(ctx, o)
	case o.Review:
		return r, Reviews{s}.pass(ctx, o.ID)
	}
	l, recorded := revoker{s}.recordIntent(ctx, o)
	r, failed := revoker{s}.takeAway(ctx, o)
	if failed == nil && recorded == nil && o.Principal != l.Terms.Principal.ARN {
		// One principal is wrong, but Revoke cannot know which: remove from both.
		o.Principal, o.PrincipalID, o.Account = l.Terms.Principal.ARN, l.Terms.Principal.ID, l.Terms.Principal.Account
		calls := r.Calls
		r, failed = revoker{s}.takeAway(ctx, o)
		r.Calls = append(calls, r.Calls...)
	}
	if failed != nil {
		revoker{s}.overdue(ctx, o.ID, r, failed)
		revoker{s}.orderContainment(ctx, o, l, failed)
		return r, failed
	}
	switch {
	case fault.KindOf(recorded) == fault.NotFound:
		err = revoker{s}.withoutRecord(ctx, o, r)
	case recorded != nil:
		err = revoker{s}.unstored(ctx, r, recorded)
	case l.Elevation.State.Terminal():
		err = revoker{s}.lookedAgain(ctx, l, r)
	default:
		r, err = revoker{s}.conclude(ctx, l, r)
	}
	if err == nil && r.leftPolicy() {
		err = finding.Report(ctx, s.Base, PolicyLeft, finding.Occurrence{Subject: r.Grant, What: "its policy is a boundary, so IAM does not delete it",
			Elevation: r.Elevation, Principal: r.Principal.ARN, Account: r.Principal.Account})
	}
	return r, errors.Join(err, revoker{s}.uncontain(ctx, o, l.Elevation, r.Principal)) // last: a Deny gives no access
}

type revoker struct{ *Service }

// takeStray does not touch the elevation.
func (s revoker) takeStray(ctx context.Context, o Order) (Receipt, error) {
	r, err := s.takeAway(ctx, o)
	if err == nil {
		err = s.uncontain(ctx, o, Elevation{}, r.Principal)
	}
	if r.removedAnything() {
		err = errors.Join(err, finding.ReportRemedy(ctx, s.Base, Orphan, OrphanOf(r.Principal, r.Grant, "a Curfew policy was removed from a principal that its elevation does not name", r)))
	}
	return r, err
}

// recordIntent may fail; the removal goes on. A waiting request lapses, so no Grant can begin after this read of IAM.
func (s revoker) recordIntent(ctx context.Context, o Order) (Life, error) {
	return s.Amend(ctx, o.ID, func(l Life) (Amendment, error) {
		switch now := s.Instant(); l.Elevation.State {
		case Requested, Approved:
			return Lapsed(l, "ended before it was granted", o.By, now)
		case Granting, Active:
			cause, why := l.causeOf(o, now)
			return ending(l, cause, why, o.By, now)
		}
		return Amendment{None: true}, nil
	})
}

// ByDetection begins the By of an order that answers a detection. Its name follows.
const ByDetection = "detection:"

func (l Life) causeOf(o Order, now time.Time) (cause Cause, why string) {
	if name, ok := strings.CutPrefix(o.By, ByDetection); ok {
		return Revoked, "detection " + fault.Printable(name) + " ended it: see its finding"
	}
	return l.causeByClock(now)
}

// causeByClock goes by the clock, not by error names: a heartbeat lost at the deadline is the deadline.
func (l Life) causeByClock(now time.Time) (cause Cause, why string) {
	switch {
	case !now.Add(ClockSkew).Before(l.Elevation.Deadline):
		return Deadline, ""
	case l.Elevation.HeartbeatLost(l.Terms, now):
		return HeartbeatLost, "no heartbeat came from its holder since " + l.Elevation.LastBeat.Format(time.RFC3339)
	case l.Elevation.State == Granting:
		return Failed, "granting did not finish"
	}
	return Failed, "its workflow ended before its deadline"
}

// takeAway deletes by name without looking first: IAM reads are eventually consistent and may not show the policy yet.
func (s revoker) takeAway(ctx context.Context, o Order) (Receipt, error) {
	r := Receipt{
		Elevation: o.ID, Grant: GrantName(s.Settings.Name, o.ID), Principal: o.principal(), By: o.By,
	}
	if !ValidID(o.ID) || o.Principal == "" { // part of the policy name
		return r, fault.Errorf(fault.Invalid, "an order to end %q on %q", fault.Printable(o.ID), fault.Printable(o.Principal))
	}
	calls, removed := s.Cloud.Remove(ctx, r.Principal, r.Grant)
	r.Calls = calls
	found, err := s.Cloud.Read(ctx, r.Principal, r.Grant)
	r.ReadAt = s.Instant()
	switch {
	case fault.KindOf(err) == fault.NotFound:
		r.Seen = seenPrincipalGone
		return r, nil
	case err != nil:
		return r, fault.Wrap(err, "looking for %s", r.Grant)
	case len(found) > 0:
		r.Seen = seenThere
		if removed == nil {
			return r, fault.Errorf(fault.NotYet, "IAM still shows %s on %s", r.Grant, o.Principal)
		}
		return r, fault.Wrap(removed, "removing %s", r.Grant)
	}
	r.Seen = seenGone
	if removed != nil { // absence without removal is no proof
		return r, fault.Wrap(removed, "removing %s", r.Grant)
	}
	return r, nil
}

func (s revoker) overdue(ctx context.Context, id string, r Receipt, failed error) {
	_, err := s.Amend(ctx, id, func(l Life) (Amendment, error) {
		now := s.Instant()
		next, changed := l.Elevation.Seen(r.Seen == seenThere || r.removedAnything(), now)
		a := Amendment{Next: next, None: !changed}
		if next.State == Stuck && !next.PagedAt.Equal(l.Elevation.PagedAt) {
			a.entry = evidence.Entry{At: now, Kind: "elevation.stuck", Actor: r.By, Detail: stuck{r.of(next, l.Terms), failed.Error()}}
		}
		return a, nil
	})
	if err != nil && fault.KindOf(err) != fault.NotFound {
		s.Log.WarnContext(ctx, "overdue removal not stored", "elevation", id, "error", err)
		s.postpone(ctx, r) // an older read without the grant must not count
	}
}

// Seen returns the elevation after a failed removal; false: unchanged. An overdue end is stuck and pages.
func (e Elevation) Seen(there bool, now time.Time) (Elevation, bool) {
	if e.State != Revoking && e.State != Stuck {
		return e, false
	}
	next := e
	if there {
		next.GoneAt = time.Time{}
	}
	now = record.Instant(now)
	switch {
	case e.State == Revoking && !now.Before(e.LateFrom().Add(OverdueAfter)):
		next.State, next.ChangedAt, next.PagedAt = Stuck, now, now
	case e.State == Stuck && e.AcknowledgedBy == "" && !now.Before(e.PagedAt.Add(pageAgain)):
		next.PagedAt = now
	}
	return next, next.State != e.State || !next.PagedAt.Equal(e.PagedAt) || !next.GoneAt.Equal(e.GoneAt)
}

type stuck struct {
	Receipt
	Why string `json:"why"` // readable by callers
}

// containAfter is how long an end may fail before containment. A Denied one is contained at once.
const containAfter = 60 * time.Second

// orderContainment never stops the removal.
func (s revoker) orderContainment(ctx context.Context, o Order, l Life, failed error) {
	e, now := l.Elevation, s.Now()
	after := containAfter
	if fault.KindOf(failed) == fault.Transient { // IAM is throttling or down, for writes too
		after = OverdueAfter
	}
	refused := fault.KindOf(failed) == fault.Denied || !now.Before(e.EndDue.Add(after)) && fault.KindOf(failed) != fault.NotYet
	// Another principal refused, not this one.
	if !refused || !e.containable(now) || o.Principal != l.Terms.Principal.ARN {
		return
	}
	if err := s.Workflow.Contain(ctx, o); err != nil {
		s.Log.ErrorContext(ctx, "containment not ordered", "elevation", o.ID, "error", err)
	}
}

// withoutRecord repeats the order until a Grant in progress would be recorded.
func (s revoker) withoutRecord(ctx context.Context, o Order, r Receipt) error {
	if s.Now().Before(o.OrderedAt.Add(unrecordedAfter)) {
		return fault.Errorf(fault.NotYet, "there is no record of %s: looking again until %s", o.ID, o.OrderedAt.Add(unrecordedAfter).Format(time.RFC3339))
	}
	if !r.removedAnything() {
		return nil
	}
	return finding.ReportRemedy(ctx, s.Base, Orphan, OrphanOf(r.Principal, r.Grant, "a Curfew policy without a record was removed", r))
}

func (s revoker) unstored(ctx context.Context, r Receipt, why error) error {
	s.postpone(ctx, r)
	return fault.Wrap(why, "%s is %s in IAM, but its record could not be updated", r.Grant, r.Seen)
}

func (s revoker) postpone(ctx context.Context, r Receipt) {
	if r.removedAnything() {
		if err := s.Workflow.Postpone(ctx, r.late()); err != nil {
			s.Log.ErrorContext(ctx, "receipt not kept", "elevation", r.Elevation, "seen", r.Seen, "error", err)
		}
	}
}

// lookedAgain stores a receipt and a finding only if something was removed.
func (s revoker) lookedAgain(ctx context.Context, l Life, r Receipt) error {
	if !r.removedAnything() {
		return nil
	}
	_, err := s.AmendFrom(ctx, l, func(l Life) (Amendment, error) {
		return Amendment{Next: l.Elevation, entry: evidence.Entry{At: r.ReadAt, Kind: "elevation.looked-again", Actor: r.By, Detail: r}}, nil
	})
	return errors.Join(err, finding.ReportRemedy(ctx, s.Base, Orphan, OrphanOf(r.Principal, r.Grant, "a Curfew policy was removed after its elevation was "+string(l.Elevation.State), r)))
}

// Gone returns the elevation after a read without the grant. From proof on no attach can take effect, and it is ended.
// GoneAt keeps the first such read.
func (e Elevation) Gone(seenAt, proof time.Time) (Elevation, error) {
	if e.State != Revoking && e.State != Stuck {
		return e, fault.Errorf(fault.Conflict, "elevation %s is %s", e.ID, e.State)
	}
	if e.GoneAt.IsZero() {
		e.GoneAt = record.Instant(seenAt)
	}
	if seenAt.Before(proof) {
		return e, nil
	}
	e.EndedAt = record.Instant(seenAt)
	e.Overstay = max(0, int64(e.GoneAt.Sub(e.EndDue)/time.Second))
	return e.to(Ended, seenAt)
}

// conclude returns NotYet while a Grant in progress may attach, or IAM may still apply it.
func (s revoker) conclude(ctx context.Context, l Life, r Receipt) (Receipt, error) {
	proof := l.Elevation.AttachBy // zero if refused at granting
	if !proof.IsZero() {
		proof = proof.Add(s.Settings.SettleAfter)
	}
	l, err := s.AmendFrom(ctx, l, func(l Life) (Amendment, error) {
		if r.removedAnything() { // earlier reads were stale
			l.Elevation.GoneAt = time.Time{}
		}
		next, err := l.Elevation.Gone(r.ReadAt, proof)
		if err != nil {
			return Amendment{None: true}, nil // ended meanwhile
		}
		a := Amendment{Next: next, None: next.State != Ended && next.GoneAt.Equal(l.Elevation.GoneAt)}
		if next.State == Ended {
			r = r.of(next, l.Terms)
			a.entry = evidence.Entry{At: next.EndedAt, Kind: "elevation.ended", Actor: r.By, Detail: r.recorded(next)}
			a.extra = []record.Change{{If: record.Always, Do: record.Delete, Row: record.Row{Key: ExpiryKey(next.ID)}}}
			if l.Terms.Review != ReviewNever { // break-glass opened its own with the request
				open, err := l.Terms.openReview(next.EndedAt)
				a.extra = append(a.extra, open)
				return a, err
			}
		}
		return a, nil
	})
	if err != nil {
		return r, s.unstored(ctx, r, err)
	}
	if l.Elevation.State != Ended {
		return r, fault.Errorf(fault.NotYet, "%s is absent, but could still be attached until %s", r.Grant, proof.Format(time.RFC3339))
	}
	return r.of(l.Elevation, l.Terms), nil
}

func (s revoker) uncontain(ctx context.Context, o Order, e Elevation, p Principal) error {
	if e.ContainedAt.IsZero() && !o.Contained {
		return nil
	}
	_, err := s.Cloud.Remove(ctx, p, ContainmentName(s.Settings.Name, o.ID))
	return fault.Wrap(err, "taking the containment of %s away", o.ID)
}
