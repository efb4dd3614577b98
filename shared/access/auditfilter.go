package access

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"curfew/shared/fault"
	"curfew/shared/record"
)

// AuditFilter finds records that match all its members. One must lead to an index.
type AuditFilter struct {
	Elevation string
	Principal string // ARN
	Requester string
	Approver  string // who approved or denied
	Account   string
	Task      string    // kind/id, of the terms
	Caller    string    // the refusals of this caller
	Kinds     []string  // any
	From      time.Time // included
	Before    time.Time // not included

	Limit int    // 1 to [MostListed]; 0: 50
	After string // [AuditPage.Next]
}

// AuditPage is one page. A short or empty page may have a Next.
type AuditPage struct {
	Records []AuditRecord
	Next    string // empty: done
}

// auditDays limits the days of one caller, which have their own chains.
const auditDays = 31

// Mistakes says what cannot be answered.
func (f AuditFilter) Mistakes() (m fault.Mistakes) {
	lives := f.Principal + f.Requester + f.Approver + f.Account + f.Task
	switch {
	case f.Caller == "" && f.Elevation+lives == "":
		m.Add("", "give one of elevation, task, approver, requester, principal, account or caller: no index has the records of all elevations by time or kind")
	case f.Caller != "" && lives != "":
		m.Add("caller", "goes with elevation, kind and time only: refusals have no other members")
	case f.Caller != "" && (f.From.IsZero() || !f.Before.After(f.From) || f.Before.Sub(f.From) > auditDays*24*time.Hour):
		m.Add("caller", "give a day too, or from and to with at most %d days between: each day of a caller has its own chain", auditDays)
	}
	if f.Limit < 0 || f.Limit > MostListed {
		m.Add("limit", "want 1 to %d", MostListed)
	}
	return m
}

// place returns the partition with the fewest other elevations, in order of id.
func (f AuditFilter) place() (record.Index, string) {
	switch {
	case f.Task != "":
		return record.ByRequester, OfTask(f.Task)
	case f.Approver != "":
		return record.ByRequester, DecidedBy(f.Approver)
	case f.Requester != "":
		return record.ByRequester, f.Requester
	case f.Principal != "":
		return record.ByPrincipal, f.Principal
	}
	return record.ByPrincipal, InAccount(f.Account)
}

// life matches terms: no index is believed, but for terms that cannot be read.
func (f AuditFilter) life(l Life) bool {
	t := l.Terms
	is := func(want, got string) bool { return want == "" || want == got }
	return l.unreadable || is(f.Elevation, t.ID) && is(f.Principal, t.Principal.ARN) && is(f.Requester, t.Requester.ID) && is(f.Account, t.Principal.Account) &&
		is(f.Task, t.Task.String()) && (f.Before.IsZero() || t.RequestedAt.Before(f.Before))
}

func (f AuditFilter) record(r AuditRecord) bool {
	return r.Kind == UnreadableKind ||
		(len(f.Kinds) == 0 || slices.Contains(f.Kinds, r.Kind)) && within(r.At, f.From, f.Before) && (f.Elevation == "" || f.Elevation == r.Elevation)
}

// spot is a position after a record of an elevation or of a caller's day. No chain: after all of it.
type spot struct {
	of, chain string
	seq       int64
}

func (s spot) String() string { return fmt.Sprintf("%s,%s,%d", s.of, s.chain, s.seq) }

func readSpot(text string, valid func(string) bool) (s spot, err error) {
	if text == "" {
		return s, nil
	}
	parts := strings.Split(text, ",")
	if len(parts) == 3 {
		s.of, s.chain = parts[0], parts[1]
		s.seq, err = strconv.ParseInt(parts[2], 10, 64)
	}
	if err != nil || s.String() != text || !valid(s.of) {
		err = fault.Mistakes{{Field: "cursor", Problem: "not from this API"}}.Err()
	}
	return s, err
}
