package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
	"curfew/shared/evidence"
	"curfew/shared/fault"
)

func (a *app) showCommand() *cobra.Command {
	var watch bool
	c := a.command(&cobra.Command{
		Use: "show ID", Short: "Show an elevation: terms, decisions, timeline, receipt, evidence", Args: oneID, ValidArgsFunction: a.completeID(),
	}, func(ctx context.Context, args []string) error {
		id, err := a.idOf(ctx, args[0])
		if err != nil {
			return err
		}
		var verdict evidence.Verdict
		err = a.showView(ctx, watch, func(ctx context.Context) (view, error) {
			d, err := a.show(ctx, id)
			if err != nil {
				return view{}, err
			}
			said := d.Evidence.State
			verdict = d.Check() // print this program's verdict, in JSON too
			d.Evidence.Verdict = verdict
			u, err := a.usage(ctx, d.Elevation)
			draw := func(w io.Writer) error { return errors.Join(a.writeDetail(w, d, said), a.writeUsage(w, u)) }
			return view{value: used{d, u}, draw: draw, lines: []string{a.line(d.Elevation)}, over: d.Terminal()}, err
		})
		if err != nil {
			return err
		}
		return evidenceFailure(id, verdict)
	})
	watchFlag(c, &watch)
	return c
}

// evidenceFailure is the failure of evidence that does not verify; nil if it verifies.
func evidenceFailure(id string, v evidence.Verdict) error {
	if v.State == evidence.Verified {
		return nil
	}
	return &failure{EvidenceFails, fmt.Sprintf("elevation %s: its evidence is %s: %s; do not trust what is shown, and report it to the operators", id, v.State, v.Why)}
}

func (a *app) show(ctx context.Context, id string) (client.Detail, error) {
	return bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.Detail, error) { return c.Show(ctx, id) })
}

// checkTerms returns a failure if the terms do not match their digest, or the evidence does not verify: do not decide
// on them.
func checkTerms(d client.Detail) error {
	if what := d.Differs(); what != "" {
		return &failure{EvidenceFails, fmt.Sprintf("elevation %s: the terms that the API shows do not match their digest (%s): do not decide, and report it to the operators", d.ID, what)}
	}
	return evidenceFailure(d.ID, d.Check())
}

// writeDetail prints everything, without empty sections. said is the API's verdict on the evidence; that in d is this
// program's.
func (a *app) writeDetail(w io.Writer, d client.Detail, said evidence.State) error {
	if err := a.writeTerms(w, d); err != nil {
		return err
	}
	for _, section := range []func(io.Writer, client.Detail) error{a.writeDecisions, a.writeTimeline, a.writeReceipt, a.writeReview, writeDigest} {
		if err := section(w, d); err != nil {
			return err
		}
	}
	writeEvidence(w, d, said)
	return nil
}

// writeTerms prints what an approver decides on.
func (a *app) writeTerms(w io.Writer, d client.Detail) error {
	e := d.Elevation
	fmt.Fprintf(w, "elevation %s: %s\n", printable(e.ID), printable(a.standing(e)))
	var session string
	if s := e.Session; s != nil {
		session = bindingText(s.Bind, s.Value, s.Weak) + when(s.MFA, "; calls need MFA") + when(s.MFASignIn, "; MFA at sign-in only")
	}
	known := when(e.Task.Known, " (known)") + when(!e.Task.Known, " (unverified)")
	what := []string{"entitlement", e.Entitlement, "principal", e.Principal + when(e.PrincipalID != "", " ("+e.PrincipalID+")"),
		"session", session, "requester", e.Requester.Name + " (" + e.Requester.ID + ")", "task", e.Task.Kind + "/" + e.Task.ID + known,
		"reason", e.Reason, "renews", e.Renews, "for", seconds(e.Duration) + " from the grant", "earliest start", a.ifOpen(e, e.StartAt), "latest end", a.ifOpen(e, e.LatestEnd),
		"deadline", a.near(e.Deadline), "contained", a.near(e.ContainedAt), "heartbeat", when(e.Heartbeat > 0, "every "+seconds(e.Heartbeat)),
		"approval", a.approval(e), "break-glass", when(e.BreakGlass, "granted at once, reviewed afterwards"),
		"parameters", pairs(d.Terms.Parameters), "owners", strings.Join(d.Terms.Owners, ", "), "why", e.Why,
		"catalog", d.Terms.Catalog, "digest", e.Digest}
	if err := facts(w, "  ", append(what, budgetFacts(d.Budgets, e.Requester.Name, e.Principal)...)...); err != nil {
		return err
	}
	if err := writeDifference(a, w, d.Difference); err != nil {
		return err
	}
	return writePolicies(w, d.Terms)
}

// writeDifference prints what the grant adds to what the principal has today; nothing for what is over.
func writeDifference(a *app, w io.Writer, d *client.Difference) error {
	if d == nil {
		return nil
	}
	fmt.Fprintf(w, "difference: %s\n", printable(d.Line))
	for _, line := range d.Lines {
		fmt.Fprintln(w, "  "+printable(line))
	}
	for _, r := range d.Risky {
		fmt.Fprintln(w, "  ! "+printable(r.Text))
	}
	return facts(w, "  ", "compared with", when(!d.SeenAt.IsZero(), "its own policies as seen "+a.near(d.SeenAt)), "risk", fmt.Sprintf("%d of 10: %s", d.Risk, strings.Join(d.Reasons, "; ")), "hash", d.Hash)
}

// writePolicies prints the warnings about the policies, then the policies.
func writePolicies(w io.Writer, t client.Terms) error {
	if len(t.Says) > 0 {
		fmt.Fprintln(w, "what to know")
	}
	for _, s := range t.Says {
		fmt.Fprintln(w, "  - "+printable(s))
	}
	for i, policy := range t.Policies {
		fmt.Fprintf(w, "policy %d of %d (%s)\n", i+1, len(t.Policies), printable(t.Form))
		var b bytes.Buffer
		if err := json.Indent(&b, policy, "  ", "  "); err != nil {
			return err
		}
		fmt.Fprintf(w, "  %s\n", fault.EscapedJSON(b.Bytes()))
	}
	return nil
}

// standing says where an elevation stands and what comes next.
func (a *app) standing(e client.Elevation) string { return a.standingAt(e, a.near) }

// standingAt is standing with instants written by at.
func (a *app) standingAt(e client.Elevation, at func(time.Time) string) string {
	switch e.State {
	case "requested":
		return fmt.Sprintf("requested, waits for %d of %s until %s", e.Approval.Need, strings.Join(e.Approval.Of, ", "), at(e.DecideBy))
	case "approved":
		return "approved, to be granted from " + at(e.StartAt)
	case "active":
		return "active until " + at(e.Deadline) + when(!e.Ready(a.Now()), "; "+a.usableFrom(e))
	case "revoking":
		return "revoking (" + e.Cause + "): access is being removed; not yet confirmed"
	case "stuck":
		return "stuck: its removal is overdue and goes on" + when(e.AcknowledgedBy != "", "; taken on by "+e.AcknowledgedBy)
	case "ended":
		return "ended (" + e.Cause + ") at " + at(e.EndedAt)
	}
	return e.State
}

// usableFrom says from when a grant is usable: IAM propagation takes seconds.
func (a *app) usableFrom(e client.Elevation) string {
	return "usable from " + a.instant(e.ReadyAt) + " (IAM propagation)"
}

// line says in one line where an elevation stands. It changes with the elevation only, not with time.
func (a *app) line(e client.Elevation) string {
	return e.ID + ": " + e.Entitlement + " of " + e.Requester.Name + ": " + a.standingAt(e, a.instant)
}

// bindingText says what a grant is bound to. An entitlement has no value yet.
func bindingText(bind, value string, weak bool) string {
	text, named := bind, bind+" "+value
	switch bind {
	case "userid":
		text, named = "only one session, by its name", "only the session named "+value
	case "sourceIdentity":
		text, named = "only sessions with one source identity", "only sessions with the source identity "+value
	case "vpce":
		text, named = "only calls through one VPC endpoint", "only calls through the VPC endpoint "+value
	case "none":
		text, named = "none: every session of the principal", "none: every session of the principal"
	}
	if value != "" {
		text = named
	}
	return text + when(weak, " (weak: every caller who may assume the role can choose this name)")
}

func (a *app) approval(e client.Elevation) string {
	if e.Approval.Need == 0 {
		return "none: policy alone decides"
	}
	by := a.near(e.DecideBy)
	if e.State != "requested" {
		by = a.instant(e.DecideBy)
	}
	return fmt.Sprintf("%d of %s before %s", e.Approval.Need, strings.Join(e.Approval.Of, ", "), by) + steps(e.Approval.Then) + stepUp(e.Approval.MFAWithin, e.Approval.Seen)
}

// ifOpen is an instant of the start window; "" once the deadline is known.
func (a *app) ifOpen(e client.Elevation, t time.Time) string {
	if !e.Deadline.IsZero() {
		return ""
	}
	return a.near(t)
}

func pairs(m map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		all = append(all, name+"="+m[name])
	}
	return strings.Join(all, " ")
}

// until is when it ended, or will end, or the limit for a decision.
func until(e client.Elevation) time.Time {
	switch {
	case !e.EndedAt.IsZero():
		return e.EndedAt
	case e.State == "requested":
		return e.DecideBy
	}
	return e.Deadline
}

func (a *app) writeDecisions(w io.Writer, d client.Detail) error {
	var rows [][]string
	for _, x := range d.Decisions {
		rows = append(rows, []string{"  " + a.instant(x.At), x.Decision, x.By.Name + " (" + x.By.ID + ")" + inStead(x), x.Reason})
	}
	return titled(w, "decisions", rows)
}

func inStead(x client.Decision) string {
	if x.For == nil {
		return ""
	}
	return " in the stead of " + named(x.For.Name, x.For.ID)
}

// writeTimeline prints the records, with seconds since the first.
func (a *app) writeTimeline(w io.Writer, d client.Detail) error {
	var rows [][]string
	var first time.Time
	names := namesIn(d)
	for _, r := range d.Timeline {
		if r.Seq == 0 {
			rows = append(rows, []string{"  -", "", "a record that cannot be read"})
			continue
		}
		if first.IsZero() {
			first = r.At
		}
		after := fmt.Sprintf("+%ds", int64(r.At.Sub(first)/time.Second))
		rows = append(rows, []string{"  " + a.instant(r.At), after, strings.TrimPrefix(r.Kind, "elevation."), or(names[r.Actor], r.Actor), a.detailText(r)})
	}
	return titled(w, "timeline", rows)
}

// namesIn returns the names of callers in an elevation, by id.
func namesIn(d client.Detail) map[string]string {
	names := map[string]string{d.Requester.ID: d.Requester.Name}
	for _, x := range d.Decisions {
		names[x.By.ID] = x.By.Name
	}
	return names
}

// detailText is the part of a record's detail that people read.
func (a *app) detailText(r evidence.Record) string {
	var detail struct {
		Cause    string    `json:"cause"`
		Reason   string    `json:"reason"`
		Why      string    `json:"why"`
		Deadline time.Time `json:"deadline"`
		By       policies  `json:"by"`
		How      string    `json:"how"` // of a containment
	}
	_ = json.Unmarshal(r.Detail, &detail) // other details have no gist
	var parts []string
	for _, p := range []string{detail.Cause, detail.Reason, detail.Why, when(!detail.Deadline.IsZero(), "deadline "+a.instant(detail.Deadline)), detail.How, strings.Join(detail.By, ", "), when(r.Late, "late"), when(r.Untruncated > 0, "shortened")} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, "; ")
}

// policies are the ids of those that refused. Other details use the name for something else.
type policies []string

// UnmarshalJSON reads a list of strings, and ignores anything else.
func (p *policies) UnmarshalJSON(b []byte) error {
	var ids []string
	if json.Unmarshal(b, &ids) == nil {
		*p = ids
	}
	return nil
}

// writeReceipt prints the receipt of the end, and of each later removal.
func (a *app) writeReceipt(w io.Writer, d client.Detail) error {
	if d.Receipt != nil {
		if err := a.writeOneReceipt(w, "receipt", orderedBy(d), *d.Receipt); err != nil {
			return err
		}
	}
	for _, record := range d.Timeline {
		var r client.Receipt
		if record.Kind != "elevation.looked-again" || json.Unmarshal(record.Detail, &r) != nil {
			continue
		}
		if err := a.writeOneReceipt(w, "receipt of what was there again at "+a.instant(record.At), record.Actor, r); err != nil {
			return err
		}
	}
	return nil
}

// orderedBy is who or what ordered the end. Another net may have carried it out: nets take over after a failure.
func orderedBy(d client.Detail) string {
	for _, r := range d.Timeline {
		if r.Kind == "elevation.revoking" {
			return or(namesIn(d)[r.Actor], r.Actor)
		}
	}
	return ""
}

func (a *app) writeOneReceipt(w io.Writer, title, ordered string, r client.Receipt) error {
	fmt.Fprintln(w, title)
	err := facts(w, "  ", "grant", r.Grant, "ordered by", ordered, "removed by", r.By, "cause", r.Cause, "due", a.instant(r.Due),
		"read in IAM", a.instant(r.ReadAt)+": "+r.Seen, "gone at", a.instant(r.GoneAt), "overstay", fmt.Sprintf("%d s", r.Overstay), "digest", r.Digest)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, c := range r.Calls {
		rows = append(rows, []string{"    " + a.instant(c.At), c.Action, c.Outcome})
	}
	return titled(w, "  calls", rows)
}

func (a *app) writeReview(w io.Writer, d client.Detail) error {
	switch r := d.Review; {
	case r == nil:
		return nil
	case r.SignedAt.IsZero():
		fmt.Fprintf(w, "review: open since %s, to be signed by one of %s\n", a.instant(r.OpenedAt), printable(strings.Join(r.Reviewers, ", ")))
	default:
		fmt.Fprintf(w, "review: signed at %s by %s: %s\n", a.instant(r.SignedAt), printable(r.SignedBy), printable(r.Note))
	}
	return nil
}

// writeDigest says whether the terms match the digest.
func writeDigest(w io.Writer, d client.Detail) error {
	if what := d.Differs(); what != "" {
		fmt.Fprintf(w, "terms: do NOT match the digest (checked locally): %s\n", what)
		return nil
	}
	fmt.Fprintf(w, "terms: match the digest (checked locally)\n")
	return nil
}

// writeEvidence prints the result of this program's check. The check cannot see an API that replays an earlier state
// with its records.
func writeEvidence(w io.Writer, d client.Detail, said evidence.State) {
	records := count(len(d.Timeline), "record", "records")
	v := d.Evidence
	if v.State == evidence.Verified {
		fmt.Fprintf(w, "evidence: verified, %s (by the API, and again locally)\n", records)
		return
	}
	against := when(said == evidence.Verified, "; the API says that it is verified")
	fmt.Fprintf(w, "evidence: %s: %s%s\n", strings.ToUpper(string(v.State)), printable(v.Why), against)
}

func titled(w io.Writer, title string, rows [][]string) error {
	if len(rows) == 0 {
		return nil
	}
	fmt.Fprintln(w, title)
	return table(w, rows)
}
