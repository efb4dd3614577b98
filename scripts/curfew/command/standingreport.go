package command

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"curfew/shared/standing"
)

// standingReport is a report for people.
type standingReport struct {
	*app
	*standing.Report
}

// shownEntries is how many principals people see; -o wide and -o json have all.
const shownEntries = 20

func (r standingReport) write(w io.Writer) error {
	fmt.Fprintf(w, "standing privilege: score %d of 100, %d points, %s%s\n", r.Score, r.Points, count(len(r.Entries), "principal", "principals"), r.trend())
	if len(r.Months) > 0 {
		var months []string
		for _, m := range r.Months {
			months = append(months, fmt.Sprintf("%s %d", m.Campaign, m.Score))
		}
		fmt.Fprintf(w, "in campaigns: score %s; now %d\n", printable(strings.Join(months, ", ")), r.Score)
	}
	for _, write := range []func(io.Writer) error{r.writeAccounts, r.writeEntries, r.writeChanges, r.writeProblems} {
		if err := write(w); err != nil {
			return err
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintln(w, "note: "+printable(n))
	}
	return nil
}

// trend is the difference from the earlier report.
func (r standingReport) trend() string {
	if r.Trend == nil {
		return ""
	}
	return fmt.Sprintf("; since %s score %+d, points %+d", r.instant(r.Trend.Since), r.Trend.Score, r.Trend.Points)
}

func (r standingReport) writeAccounts(w io.Writer) error {
	if len(r.Accounts) == 0 {
		_, err := fmt.Fprintln(w, "No role and no user was read: there is no standing privilege to show.")
		return err
	}
	rows := [][]string{{"ACCOUNT", "SCORE", "POINTS", "PRINCIPALS", "PRIVILEGED", "ADMINS", "MACHINES", "PEOPLE", "NOT KNOWN"}}
	for _, a := range r.Accounts {
		row := []string{a.ID}
		for _, n := range []int{a.Score, a.Points, a.Principals, a.Privileged, a.Admins, a.Machines, a.People, a.Unknown} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, row)
	}
	return r.table(w, rows)
}

// writeEntries writes the highest scores, each with its reasons in words.
func (r standingReport) writeEntries(w io.Writer) error {
	shown, scored := r.Entries, 0
	for _, e := range r.Entries {
		if e.Score > 0 {
			scored++
		}
	}
	if scored == 0 {
		if len(r.Entries) > 0 {
			fmt.Fprintln(w, "\nThe list is empty: no principal that was read has a score. -o json has all.")
		}
		return nil
	}
	shown = shown[:scored]
	if r.output != "wide" {
		shown = shown[:min(scored, shownEntries)]
	}
	fmt.Fprintln(w)
	for _, e := range shown {
		fmt.Fprintf(w, "%3d  %s, %s\n", e.Score, printable(e.Principal), kindOf(e))
		for _, t := range e.Terms {
			fmt.Fprintf(w, "       +%d %s\n", t.Points, printable(t.Why))
		}
	}
	if scored > len(shown) {
		fmt.Fprintf(w, "and %d more with a score; -o wide shows all\n", scored-len(shown))
	}
	_, err := fmt.Fprintln(w, "\nA plan for one: the same command with --principal ARN")
	return err
}

func kindOf(e *standing.Entry) string {
	what := "role"
	if e.User {
		what = "user"
	}
	if e.Kind == standing.KindUnset {
		return what + " of machine or person: not known"
	}
	return what + " of " + map[standing.Kind]string{standing.Machine: "a machine", standing.Human: "people", standing.Both: "machines and people"}[e.Kind]
}

func (r standingReport) writeChanges(w io.Writer) error {
	if r.Trend == nil {
		return nil
	}
	said := false
	for _, list := range []struct {
		what string
		of   []standing.Change
	}{{"new privilege", r.Trend.New}, {"no longer privileged", r.Trend.Gone}, {"score up", r.Trend.Up}, {"score down", r.Trend.Down}} {
		for _, c := range list.of[:min(len(list.of), shownEntries)] {
			fmt.Fprintf(w, "%s: %s, %d, was %d\n", list.what, printable(c.Principal), c.Now, c.Then)
			said = true
		}
		if n := len(list.of) - shownEntries; n > 0 {
			fmt.Fprintf(w, "%s: %d more; -o json has all\n", list.what, n)
		}
	}
	if !said {
		fmt.Fprintln(w, "Nothing changed since the earlier report.")
	}
	return nil
}

func (r standingReport) writeProblems(w io.Writer) error {
	for _, root := range r.Roots {
		fmt.Fprintf(w, "account %s: %s\n", printable(root.Account), printable(root.Says))
	}
	for _, p := range r.Problems[:min(len(r.Problems), shownEntries)] {
		fmt.Fprintln(w, "not read: "+printable(p))
	}
	if n := len(r.Problems) - shownEntries; n > 0 {
		fmt.Fprintf(w, "not read: %d more; -o json has all\n", n)
	}
	return nil
}

// standingOne is one principal for people.
type standingOne struct {
	*app
	standingDetail
}

func (r standingOne) write(w io.Writer) error {
	e := r.Entry
	boundary := or(e.Boundary, "none")
	if e.MissingBoundary && e.Boundary != "" {
		boundary += ", which is not accepted"
	}
	err := facts(w, "", "principal", e.Principal, "id", e.ID, "used by", kindOf(e)+": "+e.How, "only AWS changes it", e.Protected, "not known", e.Unknown,
		"score", strconv.Itoa(e.Score), "administrator", e.Admin, "boundary", boundary)
	if err != nil {
		return err
	}
	for _, t := range e.Terms {
		fmt.Fprintf(w, "  +%d %s: %s\n", t.Points, t.Name, printable(t.Why))
	}
	for _, c := range e.Classes {
		fmt.Fprintf(w, "%s: %s%s\n", c.Name, printable(strings.Join(c.Actions[:min(len(c.Actions), 5)], ", ")), more(c.Count-5))
	}
	r.writeUse(w)
	for _, p := range e.Paths {
		fmt.Fprintf(w, "can become %s%s%s\n", printable(p.To), when(p.Admin, ", with all power"), when(p.Open != "", ", perhaps: "+printable(p.Open)))
		for i, s := range p.Steps {
			fmt.Fprintf(w, "  %d. %s\n", i+1, printable(s.Text))
		}
	}
	for _, o := range e.Outside {
		fmt.Fprintf(w, "from outside: %s: %s\n", printable(o.Who), printable(o.Why))
	}
	for _, k := range e.Keys {
		fmt.Fprintf(w, "access key: %s, %d days old, last used %s\n", when(k.Active, "active")+when(!k.Active, "not active"), k.Days, r.instant(k.Used))
	}
	return r.writePlan(w)
}

func (r standingOne) writeUse(w io.Writer) {
	u := r.Entry.Unused
	if u == nil {
		return
	}
	fmt.Fprintf(w, "privileged actions: %d used, %d unused, %d whose use is not recorded, %d not known\n", u.Used, u.Unused, u.Unobservable, u.NotKnown)
	if len(u.Actions) > 0 {
		fmt.Fprintf(w, "  unused: %s%s\n", printable(strings.Join(u.Actions[:min(len(u.Actions), 10)], ", ")), more(u.Unused-10))
	}
}

func (r standingOne) writePlan(w io.Writer) error {
	p := r.Plan
	if p.Why != "" {
		_, err := fmt.Fprintf(w, "\nno plan: %s\n", printable(p.Why))
		return err
	}
	fmt.Fprintf(w, "\nTo make it just-in-time:\n\n# entitlements/%s.yaml\n%s", p.Name, lines(p.Entitlement))
	if p.Trigger != "" {
		fmt.Fprintf(w, "\n# triggers/%s.yaml: %s\n%s", p.Name, printable(p.Evidence), lines(p.Trigger))
	}
	fmt.Fprintf(w, "\n# in identities.yaml\n%s\n", lines(p.Identities))
	if p.NoTrigger != "" {
		fmt.Fprintf(w, "no trigger: %s\n", printable(p.NoTrigger))
	}
	for _, off := range p.TakeOff {
		fmt.Fprintf(w, "take off %s: %s\n", printable(off.Policy), printable(off.How))
	}
	if p.Standing != "" {
		fmt.Fprintf(w, "put in its place (%d characters): %s\n", p.Size, printable(p.Standing))
	}
	if p.Dropped > 0 {
		fmt.Fprintf(w, "%s that wildcards allowed and nothing shows used: only the elevation allows them then\n", count(p.Dropped, "other action", "other actions"))
	}
	r.writeRecorded(w)
	for _, n := range p.Notes {
		fmt.Fprintln(w, "note: "+printable(n))
	}
	return nil
}

func (r standingOne) writeRecorded(w io.Writer) {
	c := r.Plan.Recorded
	if c.Calls == 0 {
		fmt.Fprintln(w, "what would have been refused is not known: no recorded call of it was given")
		return
	}
	fmt.Fprintf(w, "of %s, the smaller policy allows %d and refuses %d, which need an elevation; %d depend on what records do not say; %d would be lost\n",
		count(int(c.Calls), "recorded call", "recorded calls"), c.Allowed, c.Refused, c.Open, c.Lost)
	for _, u := range c.Which[:min(len(c.Which), 10)] {
		fmt.Fprintf(w, "  %s %s ×%d\n", printable(u.Action), printable(or(u.Resource, "on an unknown resource")), u.Times)
	}
}

// lines escapes each line of a text.
func lines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(printable(strings.TrimSuffix(line, "\n")) + "\n")
	}
	return b.String()
}
