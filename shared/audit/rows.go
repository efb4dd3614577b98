package audit

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
	"curfew/shared/record"
)

// RowsOf returns the rows of one entry of the log, and their day. Text that is no entry is a row with its index alone, of
// FirstDay: package log decides what is evidence, and a row must not be missing.
func RowsOf(index int64, text []byte) (day string, rows Rows) {
	hash := tlog.RecordHash(text)
	row := Evidence{LogIndex: index, Entry: hex.EncodeToString(hash[:])}
	at := time.Unix(0, 0)
	e, err := log.EntryOf(text)
	switch {
	case err != nil:
		row.Kind, row.Why = "log.unreadable", err.Error()
	case e.Record != nil:
		at = e.Record.At
		row.record(e.Record)
	case e.Row != nil:
		at = row.tableRow(e.Row)
	case e.Keys != nil:
		at, row.Kind, row.Subject = e.Keys.At, "log.keys", strings.Join(e.Keys.Keys, " ")
	case e.Late != nil:
		at, row.Kind, row.Subject = e.Late.Found, "log.late", e.Late.Hash
	}
	row.RecordedAt, row.Recorded = instant(at), at.Unix()
	rows.Evidence = []Evidence{row}
	if err == nil && e.Record != nil {
		rows.Usage = usesOf(&row, e.Record)
		rows.Findings = foundOf(&row, e.Record)
	}
	return max(at.UTC().Format(time.DateOnly), FirstDay), rows
}

// said are the members of details that have columns. They are empty in a detail of another form.
type said struct {
	Elevation   string          `json:"elevation"`
	Digest      string          `json:"digest"`
	Entitlement string          `json:"entitlement"`
	Catalog     string          `json:"catalog"`
	Task        json.RawMessage `json:"task"` // an object, or kind/id
	Reason      string          `json:"reason"`
	By          json.RawMessage `json:"by"` // rules, or a caller
	Approve     *bool           `json:"approve"`
	Withdrawn   bool            `json:"withdrawn"`
	Deadline    time.Time       `json:"deadline"`
	Due         time.Time       `json:"due"`
	Cause       string          `json:"cause"`
	Why         string          `json:"why"`
	Note        string          `json:"note"`
	GoneAt      time.Time       `json:"gone_at"`
	ReadAt      time.Time       `json:"read_at"`
	Overstay    *int64          `json:"overstay_seconds"`
	Seen        string          `json:"seen"`
	Verb        string          `json:"verb"`
	Kind        string          `json:"kind"`
	Subject     string          `json:"subject"`
	Account     string          `json:"account"`
	To          string          `json:"to"`
	Wider       bool            `json:"wider"`
	Changes     []string        `json:"changes"` // of a catalog
}

func (row *Evidence) record(r *evidence.Record) {
	row.Kind, row.Chain, row.Seq, row.Actor, row.Detail = r.Kind, r.Chain, r.Seq, r.Actor, string(r.Detail)
	row.Late = flag(r.Late)
	of, id, _ := strings.Cut(r.Chain, "#")
	var s said
	_ = json.Unmarshal(r.Detail, &s)
	row.says(&s)
	switch of {
	case "elevation":
		row.Elevation = id
	case "signature":
		if row.Subject = signed(id); row.Subject == "" {
			row.Elevation = id
		}
	case "catalog":
		row.Subject = cmp.Or(s.To, s.Catalog)
	case "caller":
		row.Verb, row.Fault, row.Subject = s.Verb, s.Kind, s.Subject
	case "campaign", "delegation":
		row.Subject = id
	case "finding", "closing", "suspension", "usage":
		row.Subject = cmp.Or(s.Subject, id)
	case "account":
		row.Subject = cmp.Or(s.Account, id)
	}
	switch {
	case r.Kind == "elevation.denied" && s.Approve == nil: // by policy, at once
		row.Fault = "Denied"
	case r.Kind == "elevation.refused":
		row.Fault, row.Verb = s.Kind, s.Verb
	}
}

// signed returns the catalog, or the item of a campaign, in the id of a signature. Empty: an elevation's review.
func signed(id string) string {
	for _, of := range []string{"catalog#", "campaign#"} {
		if subject, is := strings.CutPrefix(id, of); is {
			return subject
		}
	}
	return ""
}

// says fills in what means the same in every detail.
func (row *Evidence) says(s *said) {
	row.Elevation, row.Digest, row.Entitlement, row.Catalog, row.Account = s.Elevation, s.Digest, s.Entitlement, s.Catalog, s.Account
	row.Reason, row.Why, row.Cause, row.Seen, row.OverstaySeconds = s.Reason, cmp.Or(s.Why, s.Note, strings.Join(s.Changes, "; ")), s.Cause, s.Seen, s.Overstay
	row.Deadline, row.Due = instant(s.Deadline), instant(s.Due)
	if !s.Due.IsZero() {
		row.DueSeconds = number(s.Due.Unix())
	}
	if row.Seen == "not there" || row.Seen == "principal gone" {
		row.GoneAt = cmp.Or(instant(s.GoneAt), instant(s.ReadAt))
	}
	row.Wider = flag(s.Wider)
	row.task(s.Task)
	var rules []string
	if json.Unmarshal(s.By, &rules) == nil {
		slices.Sort(rules)
		row.Rules = strings.Join(slices.Compact(rules), " ")
	}
	if s.Approve != nil {
		var who struct{ Name string }
		_ = json.Unmarshal(s.By, &who)
		row.ActorName = who.Name
		if !s.Withdrawn {
			row.Approve = number(flag(*s.Approve))
		}
	}
}

func (row *Evidence) task(raw json.RawMessage) {
	var t struct {
		Kind, ID string
		Known    bool
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		t.Kind, t.ID, _ = strings.Cut(text, "/")
	} else {
		_ = json.Unmarshal(raw, &t)
	}
	row.TaskKind, row.TaskID, row.TaskKnown = t.Kind, t.ID, flag(t.Known)
}

// terms are the members of access.Terms that have columns.
type terms struct {
	Principal struct{ ARN, ID, Account string }
	Requester struct{ ID, Kind, Name string }
	Session   struct {
		Bind, Value string
		Weak        bool
	}
	Entitlement string    `json:"entitlement"`
	Catalog     string    `json:"catalog"`
	Reason      string    `json:"reason"`
	RequestedAt time.Time `json:"requested_at"`
	Duration    int64     `json:"duration_seconds"`
	Approval    struct{ Need int64 }
	BreakGlass  bool            `json:"break_glass"`
	Review      string          `json:"review"`
	Task        json.RawMessage `json:"task"`
}

// tableRow returns the time that the row says. A request says none: it is that of its elevation's id.
func (row *Evidence) tableRow(r *log.Row) time.Time {
	of, id, _ := strings.Cut(r.Partition, "#")
	row.Chain, row.Seq, row.Elevation, row.Detail = r.Partition, r.Version, id, r.Body
	if of == "elevation" {
		row.Kind = "row.terms"
		var t terms
		_ = json.Unmarshal([]byte(r.Body), &t)
		row.terms(&t)
		return t.RequestedAt
	}
	row.Kind = "row." + of
	var s struct {
		Digest, Reason, Note string
		Requester            json.RawMessage // an id
		By                   json.RawMessage // a caller, or an id
		Approve              *bool
		Withdrawn            bool
		At                   time.Time
	}
	_ = json.Unmarshal([]byte(r.Body), &s)
	row.Digest, row.Reason, row.Why = s.Digest, s.Reason, s.Note
	var by struct{ ID, Name string }
	if json.Unmarshal(s.By, &by) != nil {
		_ = json.Unmarshal(s.By, &by.ID)
	}
	row.Actor, row.ActorName = by.ID, by.Name
	_ = json.Unmarshal(s.Requester, &row.Requester)
	if s.Approve != nil && !s.Withdrawn {
		row.Approve = number(flag(*s.Approve))
	}
	if row.Subject = signed(id); row.Subject != "" {
		row.Elevation = ""
	}
	if s.At.IsZero() {
		return record.TimeIn(row.Elevation)
	}
	return s.At
}

func (row *Evidence) terms(t *terms) {
	row.Principal, row.PrincipalID, row.Account = t.Principal.ARN, t.Principal.ID, t.Principal.Account
	row.Requester, row.RequesterKind, row.RequesterName = t.Requester.ID, t.Requester.Kind, t.Requester.Name
	row.Bind, row.SessionName, row.Weak = t.Session.Bind, t.Session.Value, flag(t.Session.Weak)
	row.Entitlement, row.Catalog, row.Reason, row.Review = t.Entitlement, t.Catalog, t.Reason, t.Review
	row.DurationSeconds, row.ApprovalsNeeded, row.BreakGlass = number(t.Duration), number(t.Approval.Need), flag(t.BreakGlass)
	row.task(t.Task)
}
