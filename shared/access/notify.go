package access

import (
	"context"
	"slices"
	"time"

	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/message"
	"curfew/shared/record"
)

// Notify sends messages and events for a change in the table's stream (the outbox). Nothing else sends any, so a broken
// message system delays no end. before is nil for a new row.
func (s *Service) Notify(ctx context.Context, before, after *record.Row) error {
	switch {
	case after == nil:
		return nil
	case finding.Is(after.Key):
		return notices{s}.tellFinding(ctx, before, *after)
	case after.Key.Sort != "elevation":
		return nil
	}
	e, err := DecodeElevation(*after)
	if err != nil {
		return err
	}
	var was Elevation
	if before != nil {
		if was, err = DecodeElevation(*before); err != nil {
			return err
		}
	}
	if was.State != e.State {
		if err := s.Notifier.Publish(ctx, e.event()); err != nil {
			return fault.Wrap(err, "publishing the state of %s", e.ID)
		}
	}
	return notices{s}.tell(ctx, was, e)
}

type notices struct{ *Service }

// tellFinding tells systems when people are paged or act, not of each occurrence between.
func (s notices) tellFinding(ctx context.Context, before *record.Row, row record.Row) error {
	f, err := record.Decode[finding.Finding](row)
	if err != nil {
		return err
	}
	var was finding.Finding
	if before != nil {
		was, _ = record.Decode[finding.Finding](*before) // unreadable: tell it again
	}
	paged := !was.PagedAt.Equal(f.PagedAt)
	if !paged && was.Count != f.Count {
		return nil
	}
	if paged {
		if err := s.Notifier.Send(ctx, s.Settings.pageOf(f)); err != nil {
			return fault.Wrap(err, "telling of finding %s", f.ID)
		}
	}
	if before == nil && f.Elevation != "" {
		if err := s.tellReview(ctx, f); err != nil {
			return err
		}
	}
	now, err := finding.ReadOne(ctx, s.Store, f.ID)
	if err != nil || !now.Exists() {
		return err
	}
	return fault.Wrap(s.Notifier.PublishFinding(ctx, now), "publishing finding %s", f.ID)
}

// tellReview tells reviewers of a finding for which an elevation must be reviewed. The review is due at the end.
func (s notices) tellReview(ctx context.Context, f finding.Finding) error {
	l, err := s.Load(ctx, f.Elevation)
	switch {
	case fault.KindOf(err) == fault.NotFound, err == nil && l.Terms.Review != ReviewFindings:
		return nil
	case err == nil:
		m := s.Settings.reviewMessage(l.Terms, l.Elevation, message.Signing{Finding: f.Kind})
		m.At = f.FirstAt
		err = s.Notifier.Send(ctx, m)
	}
	return fault.Wrap(err, "telling of the review of %s", f.Elevation)
}

func (e Elevation) event() Event {
	d := Changed{Elevation: e.ID, Version: e.Version, State: e.State, Cause: e.Cause, Principal: e.Principal.ARN, Entitlement: e.Entitlement, Requester: e.Requester}
	if !e.Deadline.IsZero() {
		d.Deadline = e.Deadline.Format(time.RFC3339)
	}
	return Event{DetailType: "Elevation State Change", At: e.ChangedAt, Detail: d}
}

// tell sends the messages of a change: to approvers and owners first, then to the requester.
func (s notices) tell(ctx context.Context, was, e Elevation) error {
	fresh := was.State != e.State
	var err error
	switch {
	case was.State == Active && e.State == Active && was.OfferedAt.IsZero() && !e.OfferedAt.IsZero():
		err = s.Notifier.Send(ctx, s.Settings.stepMessage(message.Renew, e))
	case was.State == Requested && e.State == Requested && e.Steps > was.Steps:
		err = s.tellNext(ctx, was, e)
	case was.State == Requested && e.State == Requested && was.Withdrew > 0 && e.Withdrew == 0:
		e.Withdrew = was.Withdrew
		err = s.tellRequest(ctx, e)
	case fresh && e.State == Requested && e.Withdrew == 0:
		err = s.tellRequest(ctx, e)
	case fresh && was.State == Requested && e.State == Approved:
		err = s.tellDecided(ctx, message.Approved, was, e)
	case fresh && e.State == Active:
		err = s.tellActive(ctx, e)
	case e.State == Stuck && !e.PagedAt.Equal(was.PagedAt):
		err = s.tellStuck(ctx, e, fresh)
	case fresh && was.State != "" && e.State.Terminal():
		err = s.tellEnd(ctx, was, e)
	}
	return fault.Wrap(err, "telling of %s", e.ID)
}

// terms reads nothing else of an elevation: its state is that of the change.
func (s notices) terms(ctx context.Context, id string) (Terms, error) {
	rows, err := s.Store.Partition(ctx, record.AccessTable, elevationPartition(id), TermsKey(id).Sort)
	if err != nil {
		return Terms{}, fault.Wrap(err, "reading the terms of %s", id)
	}
	for _, row := range rows {
		if row.Key == TermsKey(id) {
			return record.Decode[Terms](row)
		}
	}
	return Terms{}, fault.Errorf(fault.NotFound, "the terms of elevation %s are not there", fault.Printable(id))
}

// send sends messages in order, without those that have no recipient.
func (s notices) send(ctx context.Context, all ...Message) error {
	for _, m := range all {
		if len(m.To) == 0 {
			continue
		}
		if err := s.Notifier.Send(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

func (s notices) tellRequest(ctx context.Context, e Elevation) error {
	t, err := s.terms(ctx, e.ID)
	if err != nil {
		return err
	}
	asked := t.Approval.askedBefore(e.Steps)
	return s.send(ctx, s.Settings.requestMessage(message.Decide, t, e, s.withDelegates(ctx, t, asked)), s.Settings.requestMessage(message.Requested, t, e, asked))
}

// withDelegates adds the delegates of those who are told. If they cannot be read, the others are told.
func (s notices) withDelegates(ctx context.Context, t Terms, asked []string) []string {
	to := slices.Clip(asked)
	all, err := Delegations(s).listed(ctx)
	if err != nil {
		s.Log.ErrorContext(ctx, "delegates not told", "elevation", t.ID, "error", err)
	}
	for _, d := range all {
		if d.InForce(s.Instant()) && mayJudge(t, d.Of) == nil && d.Of.In(asked) && d.To.ID != t.Requester.ID && !slices.Contains(to, d.To.ID) {
			to = append(to, d.To.ID)
		}
	}
	return to
}

// tellNext tells the approvers of steps whose time has come, and those before them if they were not told yet.
func (s notices) tellNext(ctx context.Context, was, e Elevation) error {
	t, err := s.terms(ctx, e.ID)
	if err != nil {
		return err
	}
	to := t.Approval.askedNow(was, e)
	if was.Withdrew > 0 && e.Withdrew == 0 {
		to, e.Withdrew = slices.Concat(t.Approval.Of, to), was.Withdrew
	}
	m := s.Settings.requestMessage(message.Decide, t, e, s.withDelegates(ctx, t, to))
	m.At, m.WaitsFrom = time.Time{}, t.RequestedAt
	return s.send(ctx, m)
}

// tellDecided tells the requester, and all approvers who were asked, that there is nothing to decide any more. A request that was not told
// yet, and that its requester withdrew, is not told at all: see [Terms.delayNotice].
func (s notices) tellDecided(ctx context.Context, kind message.Kind, was, e Elevation) error {
	if was.Withdrew > 0 && kind == message.Withdrawn && e.DecidedBy == e.Requester {
		return nil
	}
	t, err := s.terms(ctx, e.ID)
	if err != nil {
		return err
	}
	m := s.Settings.termsMessage(kind, t, e)
	m.To = []string{e.Requester}
	if was.State == Requested && was.Withdrew == 0 {
		m.To = append(m.To, t.Approval.askedBefore(was.Steps)...)
	}
	return s.send(ctx, m)
}

func (s notices) tellActive(ctx context.Context, e Elevation) error {
	if e.BreakGlass {
		t, err := s.terms(ctx, e.ID)
		if err != nil {
			return err
		}
		m := s.Settings.termsMessage(message.Loud, t, e)
		m.To, m.Difference = t.Owners, e.Adds.told()
		if err := s.send(ctx, m); err != nil {
			return err
		}
	}
	return s.tellRequester(ctx, message.Active, e)
}

// tellStuck pages the owners again and again, and tells the requester once.
func (s notices) tellStuck(ctx context.Context, e Elevation, fresh bool) error {
	t, err := s.terms(ctx, e.ID)
	if err != nil {
		return err
	}
	m := s.Settings.termsMessage(message.Page, t, e)
	m.To, m.At, m.Deadline = t.Owners, e.PagedAt, e.EndDue
	if err := s.send(ctx, m); err != nil || !fresh {
		return err
	}
	return s.tellRequester(ctx, message.Stuck, e)
}

// tellRequester tells nothing to canaries.
func (s notices) tellRequester(ctx context.Context, kind message.Kind, e Elevation) error {
	if e.IsCanary() {
		return nil
	}
	return s.send(ctx, s.Settings.stepMessage(kind, e))
}

// tellEnd tells the requester, and the reviewers if a review is due.
func (s notices) tellEnd(ctx context.Context, was, e Elevation) (err error) {
	switch e.State {
	case Ended:
		err = s.tellRequester(ctx, message.Ended, e)
	case DeniedState:
		err = s.tellDecided(ctx, message.Denied, was, e)
	case WithdrawnState:
		err = s.tellDecided(ctx, message.Withdrawn, was, e)
	default:
		err = s.tellDecided(ctx, message.Lapsed, was, e)
	}
	if err != nil || e.NoReview || e.State != Ended && !e.BreakGlass { // others open a review only when they end
		return err
	}
	t, err := s.terms(ctx, e.ID)
	if err != nil || !t.BreakGlass && t.Review != ReviewAlways {
		return err
	}
	return s.Notifier.Send(ctx, s.Settings.reviewMessage(t, e, message.Signing{
		Due: e.ChangedAt.Add(reviewWithin), Blocks: t.BreakGlass && (Life{Elevation: e}).gaveAccess(),
	}))
}
