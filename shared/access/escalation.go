package access

import (
	"slices"
	"time"

	"curfew/shared/identity"
	"curfew/shared/record"
)

// All returns also the groups that are asked later.
func (a Approval) All() []string {
	of := slices.Clip(a.Of)
	for _, step := range a.Then {
		of = append(of, step.Of...)
	}
	return of
}

// asked returns the groups that may decide at an instant on a request of another.
func (a Approval) asked(requested, at time.Time) []string {
	a.Then = a.Then[:a.due(requested, at)]
	return a.All()
}

// due is the number of steps whose time has come.
func (a Approval) due(requested, at time.Time) (n int) {
	for n < len(a.Then) && !at.Before(a.Then[n].from(requested)) {
		n++
	}
	return n
}

func (s ApprovalStep) from(requested time.Time) time.Time {
	return requested.Add(time.Duration(s.After) * time.Second)
}

// askedFrom is Denied: c is asked later, or never.
func (a Approval) askedFrom(t Terms, c identity.Caller) error {
	for _, step := range a.Then {
		if c.In(step.Of) {
			from := step.from(t.RequestedAt).Format(time.RFC3339)
			return deny("curfew.approvers", "you may decide on %s from %s on, if it still waits: until then others are asked", t.ID, from)
		}
	}
	return deny("curfew.approvers", "you are not among the approvers")
}

// AskNext counts the steps that are due, and sets when the next is. The sweep stores it, and the outbox sends the messages.
func AskNext(e Elevation, t Terms, now time.Time) Elevation {
	e.AskNextAt = time.Time{}
	if e.State != Requested {
		return e
	}
	e.Steps = t.Approval.due(t.RequestedAt, now)
	if e.Steps < len(t.Approval.Then) {
		e.AskNextAt = record.Instant(t.Approval.Then[e.Steps].from(t.RequestedAt))
	}
	return e
}

// askedBefore returns the groups that were sent a message, if so many steps were.
func (a Approval) askedBefore(steps int) []string {
	a.Then = a.Then[:min(steps, len(a.Then))]
	return a.All()
}

func (a Approval) askedNow(was, e Elevation) (of []string) {
	for _, step := range a.Then[min(was.Steps, len(a.Then)):min(max(was.Steps, e.Steps), len(a.Then))] {
		of = append(of, step.Of...)
	}
	return of
}

func sameSteps(a, b []ApprovalStep) bool {
	return slices.EqualFunc(a, b, func(a, b ApprovalStep) bool { return a.After == b.After && slices.Equal(a.Of, b.Of) })
}
