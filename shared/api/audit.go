package api

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/identity"
)

// AuditFilter finds records that match all its members. One of the first seven must be there.
type AuditFilter struct {
	Elevation string    `json:"elevation,omitempty"`
	Principal string    `json:"principal,omitempty"` // ARN
	Requester string    `json:"requester,omitempty"` // id, or [Mine]
	Approver  string    `json:"approver,omitempty"`  // id, or [Mine]: approved or denied
	Account   string    `json:"account,omitempty"`   // of the principal
	Task      string    `json:"task,omitempty"`      // kind/id
	Caller    string    `json:"caller,omitempty"`    // id, or [Mine]: the refusals of one caller
	Kind      string    `json:"kind,omitempty"`      // any of them, with commas between
	Day       string    `json:"day,omitempty"`       // of the record, in UTC, instead of from and to
	From      time.Time `json:"from,omitzero"`       // included
	To        time.Time `json:"to,omitzero"`         // not included
	Limit     int       `json:"limit,omitempty"`     // 1 to 200; 0: 50
	Cursor    string    `json:"cursor,omitempty"`    // NextCursor of the previous page
}

// AuditRecord is one record, as stored. [Detail.Check] and the log prove records.
type AuditRecord struct {
	Chain     string          `json:"chain"`
	Seq       int64           `json:"seq"`
	At        time.Time       `json:"at,omitzero"`
	Kind      string          `json:"kind"` // "unreadable": the stored text is no record
	Actor     string          `json:"actor"`
	Elevation string          `json:"elevation,omitempty"`
	Detail    json.RawMessage `json:"detail,omitempty"`
	Hash      string          `json:"hash"`
}

// AuditPage is one page. A short or empty page may have a next.
type AuditPage struct {
	Records    []AuditRecord `json:"records"`
	NextCursor string        `json:"next_cursor,omitempty"` // empty: done, as in [Page]
}

func (f AuditFilter) check(time.Time) (m fault.Mistakes) {
	if f.Day != "" {
		if day, err := time.Parse(time.DateOnly, f.Day); err != nil || day.IsZero() {
			m.Add("day", "want a day as 2026-11-30, in UTC")
		}
		if !f.From.IsZero() || !f.To.IsZero() {
			m.Add("day", "give a day, or from and to")
		}
	}
	if !f.To.IsZero() && !f.To.After(f.From) {
		m.Add("to", "want an instant after from")
	}
	if len(m) > 0 {
		return m
	}
	return f.filter(identity.Caller{ID: Mine}).Mistakes()
}

func (f AuditFilter) filter(c identity.Caller) access.AuditFilter {
	in := access.AuditFilter{
		Elevation: f.Elevation, Principal: f.Principal, Requester: orMine(f.Requester, c), Approver: orMine(f.Approver, c), Account: f.Account,
		Task: f.Task, Caller: orMine(f.Caller, c), From: f.From, Before: f.To, Limit: f.Limit,
	}
	if f.Kind != "" {
		in.Kinds = strings.Split(f.Kind, ",")
	}
	if day, err := time.Parse(time.DateOnly, f.Day); err == nil {
		in.From, in.Before = day, day.AddDate(0, 0, 1)
	}
	return in
}

func orMine(id string, c identity.Caller) string {
	if id == Mine {
		return c.ID
	}
	return id
}

// ListEvidence returns one page of the records that the caller may see.
func ListEvidence(ctx context.Context, s *access.Service, c identity.Caller, f AuditFilter) (AuditPage, error) {
	asked := f
	asked.Limit, asked.Cursor = 0, ""
	bound := bind(c, asked)
	in := f.filter(c)
	var err error
	if in.After, err = readCursor(f.Cursor, bound); err != nil {
		return AuditPage{}, err
	}
	found, err := access.Audit{Service: s}.List(ctx, c, in)
	p := AuditPage{Records: []AuditRecord{}, NextCursor: cursorAfter(bound, found.Next)}
	for _, r := range found.Records {
		p.Records = append(p.Records, AuditRecord{r.Chain, r.Seq, r.At, r.Kind, r.Actor, r.Elevation, r.Detail, r.Hash})
	}
	return p, err
}
