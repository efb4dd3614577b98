package sqlite_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/audit"
	"curfew/shared/audit/lake"
	"curfew/shared/audit/queries"
	"curfew/shared/audit/sqlite"
)

// small is a lake made by hand. Entries are a minute apart.
type small struct {
	audit.Rows
	next int64
}

func (s *small) instant() string {
	return time.Date(2026, 11, 30, 12, int(s.next), 0, 0, time.UTC).Format(time.RFC3339)
}

// entry adds a row of the elevation e1, if it names no other.
func (s *small) entry(kind string, of audit.Evidence) {
	of.Kind, of.LogIndex, of.RecordedAt = kind, s.next, s.instant()
	of.Recorded = 1796040000 + 60*s.next // the instant
	if of.Elevation == "" {
		of.Elevation = "e1"
	}
	of.Chain, of.Seq = "elevation#"+of.Elevation, s.next+1
	s.Evidence = append(s.Evidence, of)
	s.next++
}

func (s *small) found(kind string, of audit.Found) {
	of.Kind, of.LogIndex, of.RecordedAt, of.Finding = kind, s.next, s.instant(), "foreign-1"
	of.FindingKind = "foreign"
	s.Findings = append(s.Findings, of)
	s.next++
}

func (s *small) used(of audit.Use) {
	of.LogIndex, of.RecordedAt, of.Account = s.next, s.instant(), "111122223333"
	s.Usage = append(s.Usage, of)
}

// says compares columns of all rows, as text.
func (s *small) says(t *testing.T, query string, set map[string]string, columns string, want ...string) {
	t.Helper()
	q, err := queries.Find(query)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]string{}
	for _, p := range q.Parameters {
		by[p.Name] = map[string]string{"from": "2026-11-01", "to": "2026-12-30", "at": "2026-12-30"}[p.Name]
		if value, is := set[p.Name]; is {
			by[p.Name] = value
		}
	}
	args, err := q.Args(by)
	if err != nil {
		t.Fatal(err)
	}
	e, err := sqlite.Open(t.Context(), func(yield func(lake.Day, error) bool) { yield(lake.Day{Day: "2026-11-30", Rows: s.Rows}, nil) }, q)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	r, err := e.Run(t.Context(), q, args)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range r.Rows {
		var cells []string
		for _, name := range strings.Fields(columns) {
			cells = append(cells, fmt.Sprint(row[slices.Index(r.Columns, name)]))
		}
		got = append(got, strings.Join(cells, " "))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: %s = %q, want %q", query, columns, got, want)
	}
}

func n(of int64) *int64 { return &of }

func TestSeverityIsThatOfTheLastRecordThatSaysOne(t *testing.T) {
	var s small
	s.found("finding.raised", audit.Found{Severity: "medium", Principal: "p"})
	s.found("finding.raised", audit.Found{Severity: "critical"})
	s.found("finding.raised", audit.Found{})
	s.says(t, "open-findings", nil, "severity principal times", "critical p 3")
}

func TestAFindingThatAsksForNothingIsNotOpen(t *testing.T) {
	var s small
	s.found("finding.raised", audit.Found{Severity: "informational", Settled: n(1)})
	s.found("finding.raised", audit.Found{})
	s.says(t, "open-findings", nil, "finding")
}

func TestAChangeThatIsMadeAgainIsNotClosed(t *testing.T) {
	var s small
	s.found("finding.raised", audit.Found{Severity: "high", Principal: "p", Account: "a"})
	s.found("finding.acknowledged", audit.Found{Actor: "ana"})
	s.found("finding.closed", audit.Found{Actor: "ana", Why: "removed"})
	s.found("finding.raised", audit.Found{})
	s.says(t, "out-of-band", nil, "severity principal account closed_by why", "high p a ana removed", "high p a <nil> <nil>")
	s.says(t, "open-findings", nil, "finding times acknowledged_by", "foreign-1 2 <nil>")
}

// life is an elevation from its terms to its end, due two minutes before.
func life() *small {
	s := &small{}
	s.entry("elevation.approved", audit.Evidence{Digest: "d"})
	s.entry("row.terms", audit.Evidence{Requester: "ana", RequesterName: "Ana", Account: "111122223333", TaskKind: "change", TaskID: "1"})
	s.entry("elevation.granting", audit.Evidence{Actor: "grant"})
	due := s.instant()
	s.next += 2
	s.entry("elevation.ended", audit.Evidence{Cause: "deadline", Due: due, DueSeconds: n(1796040180), GoneAt: due, OverstaySeconds: n(0)})
	return s
}

func TestNeverUsedIsNotSaidWhileLogFilesMayBeMissing(t *testing.T) {
	s := life()
	s.used(audit.Use{Kind: "usage.settled", Chain: "usage#account", SettledUntil: "2026-12-01T00:00:00Z"})
	s.says(t, "never-used", nil, "elevation", "e1")
	s.used(audit.Use{Kind: "usage.settled", Chain: "usage#account", SettledUntil: "2026-12-01T00:00:00Z", Item: "unproven", FirstAt: "2026-11-30T12:00:00Z", LastAt: "2026-11-30T12:04:00Z"})
	s.says(t, "never-used", nil, "elevation")
}

func TestARefusedGrantHasAnOutcomeAndNoOverstay(t *testing.T) {
	var s small
	s.entry("elevation.approved", audit.Evidence{})
	s.entry("row.terms", audit.Evidence{Requester: "ana"})
	s.entry("elevation.refused", audit.Evidence{})
	s.entry("elevation.ended", audit.Evidence{Cause: "refused", OverstaySeconds: n(0), GoneAt: s.instant()})
	s.entry("elevation.approved", audit.Evidence{Elevation: "e2"})
	s.entry("row.terms", audit.Evidence{Elevation: "e2", Requester: "ana"})
	s.says(t, "report-days", nil, "requested granted refused waiting approved", "2 0 1 0 1")
	for _, query := range []string{"overstay", "ended-by-cause", "report-overstay-spread"} {
		s.says(t, query, nil, "longest")
	}
	s.says(t, "report-overstay", nil, "ended", "0")
}

func TestALateRemovalMovesTheTimeAtWhichTheGrantWasGone(t *testing.T) {
	s := life()
	s.entry("grant.removed", audit.Evidence{Actor: "sweep", Late: 1})
	s.says(t, "removed-late", nil, "removed_by proved_gone_at gone_at after_end overstay_seconds", "sweep 2026-11-30T12:03:00Z 2026-11-30T12:05:00Z 1 120")
	s.says(t, "overstay", nil, "longest", "120")
}

func TestATaskThatJoinedHasTheElevation(t *testing.T) {
	s := life()
	s.entry("elevation.joined", audit.Evidence{TaskKind: "change", TaskID: "2"})
	s.says(t, "by-task", map[string]string{"kind": "change", "id": "1"}, "elevation joined", "e1 <nil>")
	s.says(t, "by-task", map[string]string{"kind": "change", "id": "2"}, "elevation joined", "e1 1")
}

func TestAnActionThatIsNotListedMayHaveBeenCalled(t *testing.T) {
	s := life()
	of := audit.Use{Kind: "usage.counted", Chain: "usage#e1", Seq: 1, Elevation: "e1", UsedOn: "2026-11-29", Principal: "p"}
	total, action := of, of
	total.Item, total.Events, total.UnlistedActions, total.UnlistedResources = "total", n(9), n(4), n(0)
	action.Item, action.Name, action.Events = "action", "s3:GetObject", n(5)
	s.used(total)
	s.used(action)
	s.says(t, "who-called", map[string]string{"action": "s3:GetObject"}, "requester calls may_calls", "ana 5 <nil>")
	s.says(t, "who-called", map[string]string{"action": "iam:CreateUser"}, "requester calls may_calls", "ana <nil> 4")
	s.says(t, "who-touched", map[string]string{"resource": "arn:aws:s3:::b"}, "requester calls may_calls")
}

func TestARowOfTermsAfterTheFirstChangesNothing(t *testing.T) {
	s := life()
	s.entry("row.terms", audit.Evidence{Requester: "zoe", Account: "999999999999", Reason: "another"})
	s.entry("elevation.granting", audit.Evidence{})
	s.entry("elevation.ended", audit.Evidence{Cause: "completed", Due: "2026-11-30T12:09:00Z", GoneAt: "2026-11-30T12:09:00Z", OverstaySeconds: n(0)})
	s.says(t, "held-by", map[string]string{"principal": ""}, "elevation")
	s.says(t, "held-at", map[string]string{"account": "111122223333", "at": "2026-11-30T12:02:00Z"}, "requester requester_name granted_at gone_at", "ana Ana 2026-11-30T12:02:00Z 2026-11-30T12:09:00Z")
	s.says(t, "story", map[string]string{"elevation": "e1"}, "log_index", "0", "1", "2", "5", "6", "7", "8")
}

func TestAnApprovalThatWasRestoredCountsOnce(t *testing.T) {
	s := life()
	for range 2 {
		s.entry("elevation.approval", audit.Evidence{Actor: "ben", ActorName: "Ben", Approve: n(1)})
	}
	s.entry("elevation.granting", audit.Evidence{})
	s.says(t, "decisions", nil, "decider", "ben")
	s.says(t, "report-top-approver", nil, "decider decisions", "ben 1")
	s.says(t, "approval-pairs", nil, "decider approvals", "ben 1")
	s.says(t, "caused-through-others", map[string]string{"caller": "ben"}, "role", "approved")
}

func TestAnApprovalThatWasWithdrawnIsNoDecision(t *testing.T) {
	s := life()
	for seq, kind := range []string{"elevation.approval", "elevation.approval-withdrawn", "elevation.approval"} {
		of := audit.Evidence{Actor: "ben", ActorName: "Ben"}
		if kind == "elevation.approval" {
			of.Approve = n(1)
		}
		s.entry(kind, of)
		s.says(t, "report-top-approver", nil, "decider decisions", [][]string{{"ben 1"}, nil, {"ben 1"}}[seq]...)
	}
	s.entry("elevation.denied", audit.Evidence{Actor: "ben", Approve: n(0)})
	s.says(t, "decisions", nil, "decider approve", "ben 0")
}
