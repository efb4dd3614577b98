package report

import "strconv"

// ask is a query with values for its parameters. The period is from and to, and the end of it is at.
type ask struct {
	id, query string
	set       map[string]string
	above     string // keep rows whose value in this column is above 0
}

// reading is a figure and how it is read from its answer: the number of rows, the sum of a column, or its first value.
type reading struct {
	Figure
	sum, cell string
	count     string // rows of this severity
	zero      bool   // it should be zero
}

// someRows are enough to check a number by hand.
const someRows = 10

// asks are the queries of a report. An ask whose id is not that of its query sets a parameter.
var asks = []ask{
	{id: "days", query: "report-days"},
	{id: "requested", query: "report-elevations", set: outcome("any")},
	{id: "granted", query: "report-elevations", set: outcome("granted")},
	{id: "denied", query: "report-elevations", set: outcome("denied")},
	{id: "refused", query: "report-elevations", set: outcome("refused")},
	{id: "lapsed", query: "report-elevations", set: outcome("lapsed")},
	{id: "withdrawn", query: "report-elevations", set: outcome("withdrawn")},
	{id: "waiting", query: "report-elevations", set: outcome("requested")},
	{id: "approved", query: "report-elevations", set: outcome("approved")},
	{id: "overstay", query: "report-overstay"},
	{id: "overstay-spread", query: "report-overstay-spread"},
	{id: "ended", query: "report-overstayed", set: map[string]string{"seconds": "0", "most": some}},
	{id: "overstayed", query: "report-overstayed", set: map[string]string{"seconds": "61", "most": "1000000"}},
	{id: "break-glass", query: "break-glass"},
	{id: "unsigned-reviews", query: "unsigned-reviews"},
	{id: "refusals-by-rule", query: "refusals-by-rule"},
	{id: "refusals", query: "report-refusals", set: map[string]string{"most": some}},
	{id: "open-findings", query: "open-findings"},
	{id: "out-of-band", query: "out-of-band"},
	{id: "approval-pairs", query: "approval-pairs", above: "back"},
	{id: "calls-after-end", query: "calls-after-end"},
	{id: "never-used", query: "never-used"},
	{id: "standing-covered", query: "standing-covered"},
	{id: "catalog-changes", query: "catalog-changes"},
	{id: "principals", query: "report-top-principal"},
	{id: "requesters", query: "report-top-requester"},
	{id: "approvers", query: "report-top-approver"},
	{id: "entitlements", query: "report-top-entitlement"},
}

var some = strconv.Itoa(someRows)

func outcome(of string) map[string]string { return map[string]string{"outcome": of, "most": some} }

const (
	ofElevations = "Elevations"
	ofEnds       = "Removal of access"
	ofOversight  = "Oversight"
	ofUse        = "Use"
)

var figures = []reading{
	{Figure: Figure{ID: "requested", Group: ofElevations, Label: "requested", Answer: "days", Records: "requested"}, sum: "requested"},
	{Figure: Figure{ID: "granted", Group: ofElevations, Label: "granted", Answer: "days", Records: "granted"}, sum: "granted"},
	{Figure: Figure{ID: "denied", Group: ofElevations, Label: "denied, by policy or a person", Answer: "days", Records: "denied"}, sum: "denied"},
	{Figure: Figure{ID: "refused", Group: ofElevations, Label: "approved, and refused at the grant", Answer: "days", Records: "refused"}, sum: "refused"},
	{Figure: Figure{ID: "lapsed", Group: ofElevations, Label: "lapsed without a decision", Answer: "days", Records: "lapsed"}, sum: "lapsed"},
	{Figure: Figure{ID: "withdrawn", Group: ofElevations, Label: "withdrawn", Answer: "days", Records: "withdrawn"}, sum: "withdrawn"},
	{Figure: Figure{ID: "waiting", Group: ofElevations, Label: "waiting for a decision", Answer: "days", Records: "waiting"}, sum: "waiting"},
	{Figure: Figure{ID: "approved", Group: ofElevations, Label: "approved, not granted yet", Answer: "days", Records: "approved"}, sum: "approved"},

	{Figure: Figure{ID: "ended", Group: ofEnds, Label: "grants ended, proved by a read of IAM", Answer: "overstay", Records: "ended"}, cell: "ended"},
	{Figure: Figure{ID: "overstay-p50", Group: ofEnds, Label: "overstay, median", Unit: "s", Answer: "overstay", Records: "ended"}, cell: "p50"},
	{Figure: Figure{ID: "overstay-p95", Group: ofEnds, Label: "overstay, 95th percentile", Unit: "s", Answer: "overstay", Records: "ended"}, cell: "p95"},
	{Figure: Figure{ID: "overstay-longest", Group: ofEnds, Label: "overstay, longest", Unit: "s", Answer: "overstay", Records: "ended"}, cell: "longest"},
	{Figure: Figure{ID: "overstayed", Group: ofEnds, Label: "with more than 60 s of overstay", Answer: "overstayed"}, zero: true},
	{Figure: Figure{ID: "calls-after-end", Group: ofEnds, Label: "elevations and days with calls after the end", Answer: "calls-after-end"}, zero: true},

	{Figure: Figure{ID: "break-glass", Group: ofOversight, Label: "break-glass elevations", Answer: "break-glass"}},
	{Figure: Figure{ID: "unsigned-reviews", Group: ofOversight, Label: "reviews without a signature", Answer: "unsigned-reviews"}, zero: true},
	{Figure: Figure{ID: "refusals", Group: ofOversight, Label: "refusals", Answer: "refusals-by-rule", Records: "refusals"}, sum: "refusals"},
	{Figure: Figure{ID: "out-of-band", Group: ofOversight, Label: "changes of IAM outside Curfew", Answer: "out-of-band"}, zero: true},
	{Figure: Figure{ID: "approval-pairs", Group: ofOversight, Label: "approvals by pairs who approve each other", Answer: "approval-pairs"}, sum: "approvals", zero: true},
	{Figure: Figure{ID: "catalog-changes", Group: ofOversight, Label: "records of changes of the catalog", Answer: "catalog-changes"}},
	{Figure: Figure{ID: "findings", Group: ofOversight, Label: "findings open", Answer: "open-findings"}},
	{Figure: Figure{ID: "findings-critical", Group: ofOversight, Label: "of them critical", Answer: "open-findings"}, count: "critical", zero: true},
	{Figure: Figure{ID: "findings-high", Group: ofOversight, Label: "of them high", Answer: "open-findings"}, count: "high", zero: true},
	{Figure: Figure{ID: "findings-medium", Group: ofOversight, Label: "of them medium", Answer: "open-findings"}, count: "medium"},
	{Figure: Figure{ID: "findings-low", Group: ofOversight, Label: "of them low", Answer: "open-findings"}, count: "low"},

	{Figure: Figure{ID: "never-used", Group: ofUse, Label: "elevations never used", Answer: "never-used"}},
	{Figure: Figure{ID: "standing-covered", Group: ofUse, Label: "standing actions that a grant may have covered", Answer: "standing-covered"}},
}

var charts = []Chart{
	{Title: "Elevations per day", About: "By the day of the request, UTC.", Kind: "days", Label: "requested_on", Series: []string{"granted", "not_granted"}, Answer: "days"},
	{Title: "Outcome of requests", About: "All requests of the period.", Kind: "sums", Series: []string{"granted", "denied", "refused", "lapsed", "withdrawn", "waiting", "approved"}, Answer: "days"},
	{Title: "Overstay", About: "Elevations by the time from the deadline, or the order to end, until IAM was read without the grant.", Kind: "columns", Label: "overstay", Series: []string{"elevations"}, Answer: "overstay-spread"},
}

var lists = []Table{
	{Title: "Principals", About: "The roles and users that were elevated most.", Answer: "principals", Columns: []string{"principal", "requested", "granted", "held_seconds"}},
	{Title: "Requesters", About: "People, machines and triggers with most requests.", Answer: "requesters", Columns: []string{"requester_name", "requester_kind", "requester", "requested", "granted", "held_seconds"}},
	{Title: "Approvers", About: "People who decided most.", Answer: "approvers", Columns: []string{"decider_name", "decider", "decisions", "approved", "denied"}},
	{Title: "Entitlements", About: "What was requested most.", Answer: "entitlements", Columns: []string{"entitlement", "requested", "granted", "held_seconds"}},
	{Title: "Refusals", About: "The rules that refused most.", Answer: "refusals-by-rule", Columns: []string{"rules", "refused_by", "verb", "refusals", "callers", "last_at"}},
	{Title: "Standing use", About: "Actions that principals called by their own policies, and in elevations too.", Answer: "standing-covered"},
}

var exceptions = []Table{
	{Title: "Overstay over 60 seconds", About: "Access that stayed in IAM longer than it should have.", Answer: "overstayed", Columns: []string{"elevation", "requester_name", "principal", "entitlement", "cause", "due", "gone_at", "overstay_seconds"}},
	{Title: "Reviews without a signature", About: "A second person has not signed what these elevations did.", Answer: "unsigned-reviews", Columns: []string{"elevation", "cause", "ended_at", "requester_name", "principal", "entitlement"}},
	{Title: "Changes outside Curfew", About: "Changes of IAM that did not come from Curfew.", Answer: "out-of-band", Columns: []string{"found_at", "finding", "finding_kind", "severity", "principal", "closed_at"}},
	{Title: "Reciprocal approvals", About: "People who approve each other. A team of two does so; it is for people to judge.", Answer: "approval-pairs", Columns: []string{"requester_name", "requester", "decider_name", "decider", "approvals", "back"}},
	{Title: "Calls after the end", About: "Calls after the grant was gone from IAM, before IAM enforced that everywhere.", Answer: "calls-after-end", Columns: []string{"elevation", "principal", "entitlement", "gone_at", "last_at", "after_end"}},
	{Title: "Open findings", About: "Findings of the period that are not closed.", Answer: "open-findings", Columns: []string{"severity", "finding", "finding_kind", "what", "last_at", "times"}},
}
