package access

import (
	"context"
	"errors"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
)

// This file ends access. The state machine, an early end, the TTL record, the rule on the execution's end and the sweep
// all come here, and nothing else in Curfew takes a grant away.
//
// Revoking depends on nothing but the order: the principal and the elevation's id. No catalog, policy, eligibility or
// workflow is asked, and the record is only asked to be told about it. If the record cannot be read or written, access is
// taken away all the same, and the record is brought up afterwards.
//
// To read it alone: a life is the record of one elevation, and Amend (service.go) swaps in what is made of it, by version;
// ending (ending.go) is the change that orders an end, Lapsed (waiting.go) the one for what never began; the receipt says what
// was done and seen (receipt.go).

// Orphan is a policy of ours without an open elevation. Something that was removed and is there again is told of soon.
var Orphan = finding.Kind{Name: "orphan", Again: 30 * time.Minute}

// unrecordedAfter is how long an order without a record is looked at again: a Grant that is about to store its record
// would be seen by then.
const unrecordedAfter = 60 * time.Second

// An end that is not proven this long after it was due is stuck: it pages at once, and again until somebody has
// acknowledged it. Revoking goes on for ever in any case.
const (
	OverdueAfter = 5 * time.Minute
	pageAgain    = 30 * time.Minute
)

// Revoke takes the grant off its principal, looks, and goes on looking until the absence is proof. It may be called by
// anyone at any time, twice, and at once.
//
// nil: the grant is proven gone, and the record says so. NotYet, Transient or any other error: it is not proven, or the
// record does not say so yet; call again. No error is ever a reason to stop.
func (s *Service) Revoke(ctx context.Context, o Order) (r Receipt, err error) {
	defer func() {
		s.Logged(ctx, "revoke", o.ID, o.By, &err, "principal", o.Principal, "seen", r.Seen, "cause", string(r.Cause), "calls", len(r.Calls), "overstay", r.Overstay)
	}()
	if o.Stray {
		return revoker{s}.takeStray(ctx, o)
	}
	l, recorded := revoker{s}.recordIntent(ctx, o)
	r, failed := revoker{s}.takeAway(ctx, o)
	if failed == nil && recorded == nil && o.Principal != l.Terms.Principal.ARN {
		// The order and the record name two principals. One of them is wrong, and it is not for Revoke to say which: the
		// grant has to be gone from both.
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
	return r, errors.Join(err, revoker{s}.uncontain(ctx, o, l.Elevation, r.Principal)) // last: what denies keeps nobody in
}

// revoker ends access. It uses Cloud, Workflow and the store, and no other port.
type revoker struct{ *Service }

// takeStray takes a policy of ours off a principal that is not its elevation's. The elevation is not asked and not told.
func (s revoker) takeStray(ctx context.Context, o Order) (Receipt, error) {
	r, err := s.takeAway(ctx, o)
	if err == nil {
		err = s.uncontain(ctx, o, Elevation{}, r.Principal)
	}
	if r.removedAnything() {
		err = errors.Join(err, finding.ReportMended(ctx, s.Base, Orphan, o.Principal+" "+r.Grant, "a policy of ours on a principal that is not its elevation's was removed", r))
	}
	return r, err
}

// recordIntent stores that access is being ended, if it can. That it cannot changes nothing about ending it. A request
// that was never granted lapses, so that no Grant can begin after this look at IAM.
func (s revoker) recordIntent(ctx context.Context, o Order) (Life, error) {
	return s.Amend(ctx, o.ID, func(l Life) (Amendment, error) {
		switch now := s.Instant(); l.Elevation.State {
		case Requested, Approved:
			return Lapsed(l, "ended before it was granted", o.By, now)
		case Granting, Active:
			cause, why := l.causeByClock(now)
			return ending(l, cause, why, o.By, now)
		}
		return Amendment{None: true}, nil
	})
}

// causeByClock says why an end came that nobody ordered. The clock decides, not the name of an error: a heartbeat that
// was lost at the deadline is the deadline.
func (l Life) causeByClock(now time.Time) (cause Cause, why string) {
	switch {
	case !now.Add(ClockSkew).Before(l.Elevation.Deadline):
		return Deadline, ""
	case l.Elevation.HeartbeatLost(l.Terms, now):
		return HeartbeatLost, "nothing was heard of its holder since " + l.Elevation.LastBeat.Format(time.RFC3339)
	case l.Elevation.State == Granting:
		return Failed, "granting did not finish"
	}
	return Failed, "its workflow ended before its deadline"
}

// takeAway deletes by name, whatever anyone believes is there, and then looks. Looking first would leave what a stale read
// did not show.
func (s revoker) takeAway(ctx context.Context, o Order) (Receipt, error) {
	r := Receipt{
		Elevation: o.ID, Grant: GrantName(s.Settings.Name, o.ID), Principal: o.principal(), By: o.By,
	}
	if !ValidID(o.ID) || o.Principal == "" { // the name of a policy is made of it
		return r, fault.Errorf(fault.Invalid, "an order to end %q on %q", fault.Printable(o.ID), fault.Printable(o.Principal))
	}
	calls, removed := s.Cloud.Remove(ctx, r.Principal, r.Grant)
	r.Calls = calls
	found, err := s.Cloud.Read(ctx, r.Principal, r.Grant)
	r.ReadAt = s.Instant()
	switch {
	case fault.KindOf(err) == fault.NotFound:
		r.Seen = seenPrincipalGone
		return r, nil // access is gone when the principal is
	case err != nil:
		return r, fault.Wrap(err, "looking for %s", r.Grant)
	case len(found) > 0:
		r.Seen = seenThere
		if removed == nil {
			return r, fault.Errorf(fault.NotYet, "%s is still to be seen on %s", r.Grant, o.Principal)
		}
		return r, fault.Wrap(removed, "removing %s", r.Grant)
	}
	r.Seen = seenGone
	if removed != nil { // not there, and yet the removal did not go through: it is not proof
		return r, fault.Wrap(removed, "removing %s", r.Grant)
	}
	return r, nil
}

// overdue stores what a failed try to take access away means, and why it failed. If it cannot be stored the next try does it.
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
		s.postpone(ctx, r) // else a look from before it was removed would be taken for the first without it
	}
}

// Seen is the elevation after a look that still saw its grant, or could not look after it was taken away once more: what was
// thought gone was not, and what is overdue is stuck and pages. The second result is false if there is nothing to store.
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

// stuck is what evidence says of an end that is overdue.
type stuck struct {
	Receipt
	Why string `json:"why"` // the last failure, in the words that a caller may read
}

// containAfter is how long after it was due an end may fail for any reason before the grant is contained. A removal that is
// refused, and not merely late, is contained at once.
const containAfter = 60 * time.Second

// orderContainment has a grant contained that could not be taken away. Removal goes on whatever comes of it.
func (s revoker) orderContainment(ctx context.Context, o Order, l Life, failed error) {
	e, now := l.Elevation, s.Now()
	after := containAfter
	if fault.KindOf(failed) == fault.Transient { // IAM is busy, or not there: it would take no writing either, and will be free again
		after = OverdueAfter
	}
	refused := fault.KindOf(failed) == fault.Denied || !now.Before(e.EndDue.Add(after)) && fault.KindOf(failed) != fault.NotYet
	// An order may name another principal than the record: that one refused it is no reason to write on this one.
	if !refused || !e.containable(now) || o.Principal != l.Terms.Principal.ARN {
		return
	}
	if err := s.Workflow.Contain(ctx, o); err != nil {
		s.Log.ErrorContext(ctx, "containment not ordered", "elevation", o.ID, "error", err)
	}
}

// withoutRecord ends an order for which there is no record: it is looked at again until a Grant that was about to store
// one would have been seen.
func (s revoker) withoutRecord(ctx context.Context, o Order, r Receipt) error {
	if s.Now().Before(o.OrderedAt.Add(unrecordedAfter)) {
		return fault.Errorf(fault.NotYet, "there is no record of %s: looking again until %s", o.ID, o.OrderedAt.Add(unrecordedAfter).Format(time.RFC3339))
	}
	if !r.removedAnything() {
		return nil
	}
	return finding.ReportMended(ctx, s.Base, Orphan, o.Principal+" "+r.Grant, "a policy of ours without a record was removed", r)
}

// removedEntry is evidence of a removal that could not be stored when it was made.
const removedEntry = "grant.removed"

// unstored keeps the receipt of a removal that the store could not be told of.
func (s revoker) unstored(ctx context.Context, r Receipt, why error) error {
	s.postpone(ctx, r)
	return fault.Wrap(why, "%s is %s on IAM, and its record could not be told", r.Grant, r.Seen)
}

// postpone keeps the receipt of a removal that could not be stored, until [Service.AppendLate] stores it.
func (s revoker) postpone(ctx context.Context, r Receipt) {
	if r.removedAnything() {
		entry := evidence.Entry{At: r.ReadAt, Kind: removedEntry, Actor: r.By, Late: true, Detail: r}
		if err := s.Workflow.Postpone(ctx, Late{Elevation: r.Elevation, Entry: record.BoundDetail(entry)}); err != nil {
			s.Log.ErrorContext(ctx, "receipt not kept", "elevation", r.Elevation, "seen", r.Seen, "error", err)
		}
	}
}

// lookedAgain is a look at what had ended already: it changes nothing of it. Only if something was there, which came after
// the end, is there a receipt in evidence, and a finding; that nothing was there stays a line in the log.
func (s revoker) lookedAgain(ctx context.Context, l Life, r Receipt) error {
	if !r.removedAnything() {
		return nil
	}
	_, err := s.AmendFrom(ctx, l, func(l Life) (Amendment, error) {
		return Amendment{Next: l.Elevation, entry: evidence.Entry{At: r.ReadAt, Kind: "elevation.looked-again", Actor: r.By, Detail: r}}, nil
	})
	return errors.Join(err, finding.ReportMended(ctx, s.Base, Orphan, r.Principal.ARN+" "+r.Grant, "a policy of ours was there after its elevation was "+string(l.Elevation.State), r))
}

// Gone is the elevation after a look that did not see its grant. It is ended if that was proof: no earlier than the
// instant until which an attach could still take effect. GoneAt is the first such look with none since that saw it.
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

// conclude says ended if the absence is proof. A Grant that is under way may still attach until attach_by, and what it
// sent may take effect a little later: until then the elevation stays revoking, and is looked at again.
func (s revoker) conclude(ctx context.Context, l Life, r Receipt) (Receipt, error) {
	proof := l.Elevation.AttachBy // zero if it was refused at granting: then nothing was ever to be attached
	if !proof.IsZero() {
		proof = proof.Add(s.Settings.SettleAfter)
	}
	l, err := s.AmendFrom(ctx, l, func(l Life) (Amendment, error) {
		if r.removedAnything() { // it was there until now, whatever an earlier look did not see
			l.Elevation.GoneAt = time.Time{}
		}
		next, err := l.Elevation.Gone(r.ReadAt, proof)
		if err != nil {
			return Amendment{None: true}, nil // a rival has concluded it
		}
		a := Amendment{Next: next, None: next.State != Ended && next.GoneAt.Equal(l.Elevation.GoneAt)}
		if next.State == Ended {
			r = r.of(next, l.Terms)
			a.entry = evidence.Entry{At: next.EndedAt, Kind: "elevation.ended", Actor: r.By, Detail: r}
			a.extra = []record.Change{{If: record.Always, Do: record.Delete, Row: record.Row{Key: ExpiryKey(next.ID)}}}
		}
		return a, nil
	})
	if err != nil {
		return r, s.unstored(ctx, r, err)
	}
	if l.Elevation.State != Ended {
		return r, fault.Errorf(fault.NotYet, "%s is not there, and could still come until %s", r.Grant, proof.Format(time.RFC3339))
	}
	return r.of(l.Elevation, l.Terms), nil
}

// uncontain takes the containment of a grant away that is gone, if its record or whoever saw it says that there is one.
func (s revoker) uncontain(ctx context.Context, o Order, e Elevation, p Principal) error {
	if e.ContainedAt.IsZero() && !o.Contained {
		return nil
	}
	_, err := s.Cloud.Remove(ctx, p, ContainmentName(s.Settings.Name, o.ID))
	return fault.Wrap(err, "taking the containment of %s away", o.ID)
}
