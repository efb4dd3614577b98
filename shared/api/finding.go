package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/identity"
)

// Finding is something that should not be.
type Finding struct {
	ID           string      `json:"id"`
	State        string      `json:"state"` // open, acknowledged or closed
	Kind         string      `json:"kind"`
	Severity     string      `json:"severity"`
	Subject      string      `json:"subject"`
	What         string      `json:"what"` // of the last occurrence
	Why          string      `json:"why"`
	Do           string      `json:"do"`
	Elevation    string      `json:"elevation,omitempty"`
	Principal    string      `json:"principal,omitempty"` // ARN
	Account      string      `json:"account,omitempty"`
	Events       []string    `json:"events"` // ids of the first 20 events
	EventCount   int64       `json:"event_count"`
	Count        int64       `json:"count"` // occurrences
	FirstAt      time.Time   `json:"first_at"`
	LastAt       time.Time   `json:"last_at"`
	PagedAt      time.Time   `json:"paged_at"`
	Acknowledged *FindingAct `json:"acknowledged,omitempty"`
	Closed       *FindingAct `json:"closed,omitempty"` // also of a finding that is open again
}

// FindingAct is what one person did about a finding.
type FindingAct = finding.Act

// FindingPage is one page of a list. A short or empty page may have a next.
type FindingPage struct {
	Findings   []Finding `json:"findings"`
	Unreadable []string  `json:"unreadable,omitempty"`  // ids of findings that may be of it and are damaged
	NextCursor string    `json:"next_cursor,omitempty"` // empty: done
}

// FindingFilter lists findings that match all its members; without a state, those that are not closed.
type FindingFilter struct {
	State     string    `json:"state,omitempty"`    // any of them, with commas between
	Severity  string    `json:"severity,omitempty"` // the lowest
	Kind      string    `json:"kind,omitempty"`
	Principal string    `json:"principal,omitempty"` // ARN
	Account   string    `json:"account,omitempty"`
	Elevation string    `json:"elevation,omitempty"`
	Since     time.Time `json:"since,omitzero"`   // of the last occurrence
	Limit     int       `json:"limit,omitempty"`  // 1 to 200; 0: 50
	Cursor    string    `json:"cursor,omitempty"` // NextCursor of the previous page
}

func (f FindingFilter) filter() access.FindingFilter {
	in := access.FindingFilter{
		Lowest: finding.Severity(f.Severity), Kind: f.Kind, Principal: f.Principal, Account: f.Account, Elevation: f.Elevation, Since: f.Since, Limit: f.Limit,
	}
	for _, s := range strings.FieldsFunc(f.State, func(r rune) bool { return r == ',' }) {
		in.States = append(in.States, finding.State(s))
	}
	return in
}

func (f FindingFilter) check(time.Time) (m fault.Mistakes) {
	if slices.ContainsFunc(f.filter().States, func(s finding.State) bool { return !slices.Contains(finding.States(), s) }) {
		m.Add("state", "want one or several of %s, with commas between", finding.States())
	}
	if f.Severity != "" && !slices.Contains(finding.Severities(), finding.Severity(f.Severity)) {
		m.Add("severity", "want one of %s", finding.Severities())
	}
	if f.Limit < 0 || f.Limit > access.MostListed {
		m.Add("limit", "want 1 to %d", access.MostListed)
	}
	return m
}

// ListFindings returns one page, those that are not closed first, then the newest first.
func ListFindings(ctx context.Context, s *access.Service, c identity.Caller, f FindingFilter) (FindingPage, error) {
	asked := f
	asked.Limit, asked.Cursor = 0, ""
	bound := bind(c, asked)
	in := f.filter()
	var err error
	if in.After, err = readCursor(f.Cursor, bound); err != nil {
		return FindingPage{}, err
	}
	found, err := access.Findings{Service: s}.List(ctx, c, in)
	p := FindingPage{Findings: []Finding{}, Unreadable: found.Unreadable, NextCursor: cursorAfter(bound, found.Next)}
	for _, was := range found.Findings {
		p.Findings = append(p.Findings, findingOf(was))
	}
	return p, err
}

// ShowFinding returns one finding.
func ShowFinding(ctx context.Context, s *access.Service, c identity.Caller, in ByID) (Finding, error) {
	was, err := access.Findings{Service: s}.Show(ctx, c, in.ID)
	return findingOf(was), err
}

// FindingReason is the input of [AcknowledgeFinding].
type FindingReason struct {
	ByID
	Reason string `json:"reason,omitempty"`
}

func (r FindingReason) check(time.Time) (m fault.Mistakes) {
	m.AddError("reason", fault.CheckText("reason", r.Reason, 0, fault.MaxReason))
	return m
}

// AcknowledgeFinding makes the caller the person who has taken the finding on.
func AcknowledgeFinding(ctx context.Context, s *access.Service, c identity.Caller, in FindingReason) (Finding, error) {
	was, err := access.Findings{Service: s}.Acknowledge(ctx, c, in.ID, in.Reason)
	return findingOf(was), err
}

// CloseReason is the input of [CloseFinding].
type CloseReason struct {
	ByID
	Reason string `json:"reason"`
}

func (r CloseReason) check(time.Time) (m fault.Mistakes) {
	m.AddError("reason", fault.CheckText("reason", r.Reason, 1, fault.MaxReason))
	return m
}

// CloseFinding closes a finding until it occurs again.
func CloseFinding(ctx context.Context, s *access.Service, c identity.Caller, in CloseReason) (Finding, error) {
	was, err := access.Findings{Service: s}.Close(ctx, c, in.ID, in.Reason)
	return findingOf(was), err
}

func findingOf(was finding.Stored) Finding {
	f, c := was.Value, was.Closing.Value
	return Finding{
		ID: f.ID, State: string(was.State()), Kind: f.Kind, Severity: string(f.Severity), Subject: f.Subject, What: f.What, Why: f.Why, Do: f.Do,
		Elevation: f.Elevation, Principal: f.Principal, Account: f.Account, Events: list(f.Events), EventCount: f.EventCount, Count: f.Count,
		FirstAt: f.FirstAt, LastAt: f.LastAt, PagedAt: f.PagedAt, Acknowledged: c.Acknowledged, Closed: c.Closed,
	}
}
