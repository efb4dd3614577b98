package access

import (
	"slices"

	"curfew/shared/finding"
	"curfew/shared/message"
)

// stepMessage tells the requester of a step, without reading the terms.
func (s Settings) stepMessage(kind message.Kind, e Elevation) Message {
	m := Message{
		Kind: kind, To: []string{e.Requester}, Elevation: e.ID, At: e.ChangedAt, Entitlement: e.Entitlement, Principal: e.Principal.ARN, Requester: message.Party{ID: e.Requester},
		State: string(e.State), Cause: string(e.Cause), Why: e.Why, ReadyAt: e.ReadyAt, Deadline: e.Deadline, Console: message.Link(s.Console, e.ID),
	}
	switch kind {
	case message.Renew:
		m.At = e.OfferedAt
	case message.Stuck:
		m.Deadline = e.EndDue
	case message.Ended:
		m.OrderedBy, m.GoneAt, m.Overstay = e.OrderedBy, e.GoneAt, e.Overstay
	}
	return m
}

// termsMessage tells what was asked. It has no difference: messages go where others read.
func (s Settings) termsMessage(kind message.Kind, t Terms, e Elevation) Message {
	m := s.stepMessage(kind, e)
	m.Requester = partyOf(t, t.Requester.ID)
	m.Task = &message.Task{Kind: t.Task.Kind, ID: t.Task.ID, Known: t.Task.Known}
	m.Session = &message.Session{Bind: string(t.Session.Bind), Value: t.Session.Value, Weak: t.Session.Weak}
	m.Reason, m.Seconds, m.Digest = t.Reason, t.Duration, t.Digest()
	m.StartAt, m.LatestEnd = t.StartAt, t.LatestEnd
	if e.DecidedBy != "" {
		m.DecidedBy = partyOf(t, e.DecidedBy)
	}
	return m
}

// requestMessage asks approvers, or tells the requester whom it waits for.
func (s Settings) requestMessage(kind message.Kind, t Terms, e Elevation, asked []string) Message {
	m := s.termsMessage(kind, t, e)
	m.Need, m.WaitsFor, m.DecideBy = t.Approval.Need, asked, t.DecideBy
	if kind == message.Decide {
		m.To, m.Withdrew, m.Difference = slices.DeleteFunc(slices.Clone(asked), func(ref string) bool { return ref == e.Requester }), e.Withdrew, e.Adds.told()
	}
	return m
}

func (s Settings) reviewMessage(t Terms, e Elevation, what message.Signing) Message {
	m := s.termsMessage(message.Review, t, e)
	m.To, m.Signing = t.Reviewers, &what
	return m
}

func (s Settings) pageOf(f finding.Finding) Message {
	return Message{
		Kind: message.Page, To: s.Operators, Elevation: f.Elevation, At: f.PagedAt, Console: message.Link(s.Console, f.Elevation),
		Finding: &message.Finding{ID: f.ID, Kind: f.Kind, Severity: string(f.Severity), Subject: f.Subject, What: f.What, Why: f.Why, Do: f.Do},
	}
}

// partyOf names the requester. Of others the record keeps the id.
func partyOf(t Terms, id string) message.Party {
	p := message.Party{ID: id}
	if id == t.Requester.ID {
		p.Name = t.Requester.Name
	}
	return p
}

// told is nil if it was not computed.
func (a *Adds) told() *message.Difference {
	if a == nil {
		return nil
	}
	return &message.Difference{Line: a.Line, Risk: a.Risk, Reasons: a.Reasons, Hash: a.Hash, SeenAt: a.SeenAt, Unknown: a.Unknown}
}
