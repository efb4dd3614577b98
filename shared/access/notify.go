package access

import (
	"context"
	"fmt"
	"slices"
	"time"

	"curfew/shared/fault"
	"curfew/shared/finding"
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
		m := Message{Kind: "page", To: s.Settings.Operators, Elevation: f.Elevation, Text: fmt.Sprintf("%s: %s: %s (%s: %s; do: %s; curfew findings %s shows it)",
			f.Kind, f.Subject, f.What, f.Severity, f.Why, f.Do, f.ID)}
		if err := s.Notifier.Send(ctx, m); err != nil {
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
		err = s.Notifier.Send(ctx, l.reviewMessage(fmt.Sprintf("has a finding (%s): its review is to be signed when it is over", f.Kind)))
	}
	return fault.Wrap(err, "telling of the review of %s", f.Elevation)
}

func (l Life) reviewMessage(what string) Message {
	t := l.Terms
	return Message{Kind: "review", To: t.Reviewers, Elevation: t.ID, Text: fmt.Sprintf("%s on %s for %s %s; curfew reviews %s shows what was done, curfew review %s signs it",
		t.Entitlement, t.Principal.ARN, t.Requester.Name, what, t.ID, t.ID)}
}

func (e Elevation) event() Event {
	d := Changed{Elevation: e.ID, Version: e.Version, State: e.State, Cause: e.Cause, Principal: e.Principal.ARN, Entitlement: e.Entitlement, Requester: e.Requester}
	if !e.Deadline.IsZero() {
		d.Deadline = e.Deadline.Format(time.RFC3339)
	}
	return Event{DetailType: "Elevation State Change", At: e.ChangedAt, Detail: d}
}

func (s notices) tell(ctx context.Context, was, e Elevation) error {
	paged := e.State == Stuck && !e.PagedAt.Equal(was.PagedAt)
	fresh := was.State != e.State
	switch {
	case was.State == Active && e.State == Active && was.OfferedAt.IsZero() && !e.OfferedAt.IsZero():
		return s.offer(ctx, e)
	case was.State == Requested && e.State == Requested && e.Steps > was.Steps:
		return s.tellNext(ctx, was, e)
	case was.State == Requested && e.State == Requested && was.Withdrew > 0 && e.Withdrew == 0:
		e.Withdrew = was.Withdrew
	case fresh && e.State == Requested && e.Withdrew > 0:
		return nil
	case paged, fresh && e.State == Requested, fresh && e.State == Active && e.BreakGlass:
	case fresh && was.State != "" && e.State.Terminal():
		return fault.Wrap(s.tellEnd(ctx, e), "telling of %s", e.ID)
	default:
		return nil
	}
	l, err := s.Load(ctx, e.ID)
	if err != nil {
		return err
	}
	return fault.Wrap(s.Notifier.Send(ctx, message(l.Terms, e)), "telling of %s", e.ID)
}

// tellNext tells the approvers of steps whose time has come, and those before them if they were not told yet.
func (s notices) tellNext(ctx context.Context, was, e Elevation) error {
	l, err := s.Load(ctx, e.ID)
	if err != nil {
		return err
	}
	to := l.Terms.Approval.askedNow(was, e)
	if was.Withdrew > 0 && e.Withdrew == 0 {
		to, e.Withdrew = slices.Concat(l.Terms.Approval.Of, to), was.Withdrew
	}
	m := message(l.Terms, e)
	m.To, m.Text = to, m.Text+"; it waits since "+l.Terms.RequestedAt.Format(time.RFC3339)
	return fault.Wrap(s.Notifier.Send(ctx, m), "telling the next approvers of %s", e.ID)
}

// tellEnd tells the requester, and the reviewers if a review is due.
func (s notices) tellEnd(ctx context.Context, e Elevation) error {
	if e.State == Ended {
		err := s.Notifier.Send(ctx, Message{Kind: "ended", To: []string{e.Requester}, Elevation: e.ID,
			Text: fmt.Sprintf("%s on %s ended: %s, overstay %d s", e.Entitlement, e.Principal.ARN, e.Cause, e.Overstay)})
		if err != nil {
			return err
		}
	} else if !e.BreakGlass { // others open a review only when they end
		return nil
	}
	l, err := s.Load(ctx, e.ID)
	if err != nil || !l.Terms.BreakGlass && l.Terms.Review != ReviewAlways {
		return err
	}
	due := e.ChangedAt.Add(reviewWithin).Format(time.RFC3339)
	what := "is over: its review is to be signed by " + due
	if l.Terms.BreakGlass && l.gaveAccess() {
		what = fmt.Sprintf("is over: sign its review now; until then %s gets no break-glass (due by %s)", l.Terms.Requester.Name, due)
	}
	return s.Notifier.Send(ctx, l.reviewMessage(what))
}

func (s notices) offer(ctx context.Context, e Elevation) error {
	m := Message{Kind: "renew", To: []string{e.Requester}, Elevation: e.ID, Text: fmt.Sprintf("%s on %s ends at %s, and that does not move; to go on after it: curfew renew %s asks for a new decision",
		e.Entitlement, e.Principal.ARN, e.Deadline.Format(time.RFC3339), e.ID)}
	return fault.Wrap(s.Notifier.Send(ctx, m), "offering the renewal of %s", e.ID)
}

func message(t Terms, e Elevation) Message {
	m := Message{Kind: "page", To: t.Owners, Elevation: e.ID}
	switch e.State {
	case Requested:
		m.Kind, m.To = "decide", t.Approval.Of
		m.Text = fmt.Sprintf("%s asks for %s on %s until at most %s",
			t.Requester.Name, t.Entitlement, t.Principal.ARN, t.LatestEnd.Format(time.RFC3339))
		m.Text += e.Adds.told()
		if e.Withdrew > 0 {
			m.Text += fmt.Sprintf("; they withdrew %d requests in the hour before it", e.Withdrew)
		}
	case Active:
		m.Kind = "loud"
		m.Text = fmt.Sprintf("break-glass: %s holds %s on %s until %s",
			t.Requester.Name, t.Entitlement, t.Principal.ARN, e.Deadline.Format(time.RFC3339))
		m.Text += e.Adds.told()
	default:
		m.Text = fmt.Sprintf("access of %s on %s was due to end at %s and could not be removed: Curfew keeps trying; check IAM now; curfew show %s says why, curfew acknowledge %s stops this page",
			e.ID, e.Principal.ARN, e.EndDue.Format(time.RFC3339), e.ID, e.ID)
	}
	return m
}
