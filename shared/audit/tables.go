package audit

import (
	"reflect"
	"strings"
)

// Evidence is one row for each entry of the log. The columns after Detail repeat what Detail says.
type Evidence struct {
	LogIndex   int64  `json:"log_index" parquet:"log_index" about:"index of the entry in the log"`
	Entry      string `json:"entry" parquet:"entry,plain" about:"leaf hash of the entry, hexadecimal"`
	Kind       string `json:"kind" parquet:"kind" about:"kind of the record; row.terms, row.request, row.decision, row.signature, log.keys and log.late for other entries"`
	RecordedAt string `json:"recorded_at" parquet:"recorded_at" about:"time of the record"`
	Recorded   int64  `json:"recorded" parquet:"recorded" about:"recorded_at in seconds since 1970"`
	Chain      string `json:"chain,omitempty" parquet:"chain,optional" about:"chain of the record, or partition of the row"`
	Seq        int64  `json:"seq,omitempty" parquet:"seq,optional" about:"place in the chain, from 1; or version of the row"`
	Actor      string `json:"actor,omitempty" parquet:"actor,optional" about:"caller id or function"`
	Late       int64  `json:"late,omitempty" parquet:"late,optional" about:"1: stored later"`
	Elevation  string `json:"elevation,omitempty" parquet:"elevation,optional" about:"id of the elevation"`
	Detail     string `json:"detail,omitempty" parquet:"detail,optional,plain" about:"all that the entry says, JSON"`

	// Terms: what was requested.
	Digest          string `json:"digest,omitempty" parquet:"digest,optional" about:"SHA-256 of the terms, hexadecimal"`
	Principal       string `json:"principal,omitempty" parquet:"principal,optional" about:"ARN of the role or user"`
	PrincipalID     string `json:"principal_id,omitempty" parquet:"principal_id,optional" about:"unique id of the role or user"`
	Account         string `json:"account,omitempty" parquet:"account,optional" about:"account of the principal"`
	Entitlement     string `json:"entitlement,omitempty" parquet:"entitlement,optional" about:"entry of the catalog"`
	Catalog         string `json:"catalog,omitempty" parquet:"catalog,optional" about:"SHA-256 of the catalog"`
	Requester       string `json:"requester,omitempty" parquet:"requester,optional" about:"caller id of the requester"`
	RequesterKind   string `json:"requester_kind,omitempty" parquet:"requester_kind,optional" about:"person or machine; a trigger is a machine, and its id begins with trigger:"`
	RequesterName   string `json:"requester_name,omitempty" parquet:"requester_name,optional" about:"name for people"`
	TaskKind        string `json:"task_kind,omitempty" parquet:"task_kind,optional" about:"change, backup, workflow, incident or rotation"`
	TaskID          string `json:"task_id,omitempty" parquet:"task_id,optional" about:"ticket, job or run"`
	TaskKnown       int64  `json:"task_known,omitempty" parquet:"task_known,optional" about:"1: its start was seen and its end was not"`
	Reason          string `json:"reason,omitempty" parquet:"reason,optional" about:"reason of the request or of the decision"`
	Bind            string `json:"bind,omitempty" parquet:"bind,optional" about:"what the grant is bound to: userid, sourceIdentity, vpce or none"`
	SessionName     string `json:"session_name,omitempty" parquet:"session_name,optional" about:"the bound session"`
	Weak            int64  `json:"weak,omitempty" parquet:"weak,optional" about:"1: the trust policy does not pin the session"`
	DurationSeconds *int64 `json:"duration_seconds,omitempty" parquet:"duration_seconds,optional" about:"requested duration"`
	ApprovalsNeeded *int64 `json:"approvals_needed,omitempty" parquet:"approvals_needed,optional" about:"0: granted without approval"`
	BreakGlass      int64  `json:"break_glass,omitempty" parquet:"break_glass,optional" about:"1: in an emergency, without approval"`
	Review          string `json:"review,omitempty" parquet:"review,optional" about:"when a second person must sign"`

	// What happened.
	Approve         *int64 `json:"approve,omitempty" parquet:"approve,optional" about:"decision: 1 approved, 0 denied"`
	ActorName       string `json:"actor_name,omitempty" parquet:"actor_name,optional" about:"name of the person who decided"`
	Deadline        string `json:"deadline,omitempty" parquet:"deadline,optional" about:"after it no access may remain"`
	Due             string `json:"due,omitempty" parquet:"due,optional" about:"deadline or order to end, the earlier"`
	DueSeconds      *int64 `json:"due_seconds,omitempty" parquet:"due_seconds,optional" about:"due in seconds since 1970"`
	Cause           string `json:"cause,omitempty" parquet:"cause,optional" about:"why the elevation ended"`
	GoneAt          string `json:"gone_at,omitempty" parquet:"gone_at,optional" about:"when IAM was first read without the grant"`
	OverstaySeconds *int64 `json:"overstay_seconds,omitempty" parquet:"overstay_seconds,optional" about:"from due to gone_at"`
	Seen            string `json:"seen,omitempty" parquet:"seen,optional" about:"what the last read of IAM showed"`
	Verb            string `json:"verb,omitempty" parquet:"verb,optional" about:"refused call"`
	Fault           string `json:"fault,omitempty" parquet:"fault,optional" about:"kind of the refusal"`
	Rules           string `json:"rules,omitempty" parquet:"rules,optional" about:"rules and policies that refused, sorted"`
	Subject         string `json:"subject,omitempty" parquet:"subject,optional" about:"what a record outside elevations is about"`
	Why             string `json:"why,omitempty" parquet:"why,optional" about:"explanation, note of a signer, or changes of the catalog"`
	Wider           int64  `json:"wider,omitempty" parquet:"wider,optional" about:"1: the new catalog allows more"`
}

// Use is one row for each name in a record of usage, and one with the item total.
type Use struct {
	LogIndex   int64  `json:"log_index" parquet:"log_index" about:"index of the entry in the log"`
	Entry      string `json:"entry" parquet:"entry,plain" about:"leaf hash of the entry, hexadecimal"`
	Kind       string `json:"kind" parquet:"kind" about:"usage.counted or usage.settled"`
	RecordedAt string `json:"recorded_at" parquet:"recorded_at" about:"time of the record"`
	Chain      string `json:"chain" parquet:"chain" about:"chain of the record"`
	Seq        int64  `json:"seq" parquet:"seq" about:"place in the chain: the last record of a used_on replaces the others"`
	Account    string `json:"account,omitempty" parquet:"account,optional" about:"account of the calls"`
	// The next one is the day of the calls; the day of the row is that of the record.
	UsedOn       string `json:"used_on,omitempty" parquet:"used_on,optional" about:"day of the calls"`
	SettledUntil string `json:"settled_until,omitempty" parquet:"settled_until,optional" about:"all calls of the account before it were counted"`
	Elevation    string `json:"elevation,omitempty" parquet:"elevation,optional" about:"id of the elevation; NULL: standing privilege"`
	Principal    string `json:"principal,omitempty" parquet:"principal,optional" about:"ARN of the role or user"`
	Item         string `json:"item,omitempty" parquet:"item,optional" about:"total, action, denial, resource, source, session, or unproven: a span of which log files may be missing"`
	Name         string `json:"name,omitempty" parquet:"name,optional" about:"name of the item; NULL: total and unproven"`
	Who          string `json:"who,omitempty" parquet:"who,optional" about:"who opened the session, as kind:name; NULL: not known"`
	Events       *int64 `json:"events,omitempty" parquet:"events,optional" about:"calls"`
	Denied       *int64 `json:"denied,omitempty" parquet:"denied,optional" about:"total: calls that IAM refused"`
	AfterEnd     *int64 `json:"after_end,omitempty" parquet:"after_end,optional" about:"total: calls after the grant was gone, before IAM enforced that"`
	AlsoStanding *int64 `json:"also_standing,omitempty" parquet:"also_standing,optional" about:"total: calls that the own policies of the principal allowed too"`
	Unlisted     *int64 `json:"unlisted,omitempty" parquet:"unlisted,optional" about:"total: calls with names that are not listed"`
	// The next two are parts of it.
	UnlistedActions   *int64 `json:"unlisted_actions,omitempty" parquet:"unlisted_actions,optional" about:"total: calls of actions that are not listed"`
	UnlistedResources *int64 `json:"unlisted_resources,omitempty" parquet:"unlisted_resources,optional" about:"total: calls on resources that are not listed"`
	AtLeast           int64  `json:"at_least,omitempty" parquet:"at_least,optional" about:"1: more was done than is counted"`
	Incomplete        int64  `json:"incomplete,omitempty" parquet:"incomplete,optional" about:"1: log files lack calls"`
	FirstAt           string `json:"first_at,omitempty" parquet:"first_at,optional" about:"first call, or begin of a span"`
	LastAt            string `json:"last_at,omitempty" parquet:"last_at,optional" about:"last call, or end of a span"`
}

// Found is one row for each record about a finding.
type Found struct {
	LogIndex    int64  `json:"log_index" parquet:"log_index" about:"index of the entry in the log"`
	Entry       string `json:"entry" parquet:"entry,plain" about:"leaf hash of the entry, hexadecimal"`
	Kind        string `json:"kind" parquet:"kind" about:"finding.raised, finding.mended, finding.acknowledged or finding.closed"`
	RecordedAt  string `json:"recorded_at" parquet:"recorded_at" about:"time of the record"`
	Actor       string `json:"actor,omitempty" parquet:"actor,optional" about:"caller id, or curfew"`
	Finding     string `json:"finding" parquet:"finding" about:"id of the finding"`
	FindingKind string `json:"finding_kind,omitempty" parquet:"finding_kind,optional" about:"what kind it is"`
	Severity    string `json:"severity,omitempty" parquet:"severity,optional" about:"informational, low, medium, high or critical"`
	Subject     string `json:"subject,omitempty" parquet:"subject,optional" about:"what it is about"`
	What        string `json:"what,omitempty" parquet:"what,optional" about:"one line for people"`
	Elevation   string `json:"elevation,omitempty" parquet:"elevation,optional" about:"id of the elevation"`
	Principal   string `json:"principal,omitempty" parquet:"principal,optional" about:"ARN of the role or user"`
	Account     string `json:"account,omitempty" parquet:"account,optional" about:"account of the principal"`
	Events      *int64 `json:"events,omitempty" parquet:"events,optional" about:"events that made it"`
	Settled     *int64 `json:"settled,omitempty" parquet:"settled,optional" about:"1: it asks for nothing; NULL: as before"`
	Why         string `json:"why,omitempty" parquet:"why,optional" about:"what the person who closed it says"`
	Detail      string `json:"detail,omitempty" parquet:"detail,optional,plain" about:"all that the record says, JSON"`
}

// Rows are those of one day (UTC).
type Rows struct {
	Evidence []Evidence
	Usage    []Use
	Findings []Found
}

// FirstDay is the first that the tables have. Rows that say an earlier time have it too.
const FirstDay = "2026-01-01"

// Table is one of the tables of the lake. Its partition column is day, as 2026-11-30.
type Table struct {
	Name    string
	Columns []Column
}

// Column is a column of a table.
type Column struct {
	Name  string
	Type  string // "string" or "bigint"
	About string
}

// Tables returns all tables, with their columns in order.
func Tables() []Table {
	return []Table{
		{"evidence", columnsOf[Evidence]()},
		{"usage", columnsOf[Use]()},
		{"findings", columnsOf[Found]()},
	}
}

func columnsOf[T any]() (all []Column) {
	for f := range reflect.TypeFor[T]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		c := Column{name, "bigint", f.Tag.Get("about")}
		if f.Type.Kind() == reflect.String {
			c.Type = "string"
		}
		all = append(all, c)
	}
	return all
}
