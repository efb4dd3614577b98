package command

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"curfew/scripts/curfew/trail"
)

// trailReport is a report for people.
type trailReport struct {
	*app
	trail.Report
}

func (a *app) trailReport(r trail.Report) trailReport { return trailReport{a, r} }

func (r trailReport) write(w io.Writer) error {
	t := r.Totals
	fmt.Fprintf(w, "%s, %s, %s", count(int(t.Files), "file", "files"), megabytes(t.Bytes), count(int(t.Records), "record", "records"))
	if !r.From.IsZero() {
		fmt.Fprintf(w, " from %s to %s", r.instant(r.From), r.instant(r.To))
	}
	fmt.Fprintln(w)
	for _, write := range []func(io.Writer) error{r.writeRights, r.writeUnused, r.writeUnresolved, r.writeUnread} {
		if err := write(w); err != nil {
			return err
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintln(w, "note: "+printable(n))
	}
	_, err := fmt.Fprintf(w, "sum: %d by elevations, %d by own policies, %d by services of AWS, %d of other principals, %d unresolved, %d that came twice\n",
		t.Elevations, t.Standing, t.Service, t.Other, t.Unresolved, t.Twice)
	return err
}

// writeRights writes a row for each right that was used, or whose use was denied.
func (r trailReport) writeRights(w io.Writer) error {
	rows := [][]string{{"RIGHT", "TASK", "PRINCIPAL", "WHO", "EVENTS", "DENIED", "FIRST", "LAST", "ACTIONS"}}
	for _, e := range r.Elevations {
		if e.Usage.Events > 0 {
			rows = append(rows, r.row(e.Elevation, e.Task, e.Principal, e.Use()))
		}
	}
	for _, p := range r.Standing {
		rows = append(rows, r.row("own policies", "-", or(p.Principal, p.PrincipalID), p.Use()))
	}
	if len(rows) == 1 {
		_, err := fmt.Fprintln(w, "No call was made by an elevation or by a principal that Curfew may elevate.")
		return err
	}
	return r.table(w, rows)
}

func (r trailReport) row(right, task, principal string, u trail.Use) []string {
	return []string{right, task, nameOfARN(principal), people(u.People), strconv.FormatInt(u.Events, 10), strconv.FormatInt(u.Denied, 10),
		r.instant(time.Unix(u.First, 0)), r.instant(time.Unix(u.Last, 0)), r.actions(u)}
}

// nameOfARN is the end of an ARN: a role's or user's name.
func nameOfARN(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// people names those at the beginning, three at most.
func people(all []trail.Person) string {
	const shown = 3
	var names []string
	for _, p := range all[:min(len(all), shown)] {
		name := nameOfARN(p.Name)
		if p.Kind == "unknown" {
			name = "unknown"
		}
		names = append(names, name)
	}
	return or(strings.Join(names, ", ")+more(len(all)-shown), "-")
}

// actions are the most frequent; -o wide has all.
func (r trailReport) actions(u trail.Use) string {
	shown := 3
	if r.output == "wide" {
		shown = len(u.Actions)
	}
	var names []string
	for _, x := range u.Actions[:min(len(u.Actions), shown)] {
		names = append(names, fmt.Sprintf("%s ×%d", x.Name, x.Events))
	}
	return or(strings.Join(names, ", ")+more(len(u.Actions)-shown), "-")
}

func more(n int) string { return when(n > 0, fmt.Sprintf(" and %d more", n)) }

// writeUnused names elevations of which the records show no use, and of those whose use may not be shown.
func (r trailReport) writeUnused(w io.Writer) error {
	var unused []string
	hidden := 0
	for _, e := range r.Elevations {
		if e.Usage.Events == 0 {
			unused = append(unused, e.Elevation)
		}
		if len(e.Unobservable) > 0 {
			hidden++
		}
	}
	const shown = 10
	if len(unused) > 0 {
		fmt.Fprintf(w, "%s no use here: %s%s\n", count(len(unused), "elevation has", "elevations have"), printable(strings.Join(unused[:min(len(unused), shown)], ", ")), more(len(unused)-shown))
	}
	if hidden > 0 {
		fmt.Fprintf(w, "%s actions that CloudTrail shows only with data events on; -o json lists them (unobservable)\n", count(hidden, "elevation allows", "elevations allow"))
	}
	return nil
}

func (r trailReport) writeUnresolved(w io.Writer) error {
	for _, u := range r.Unresolved {
		fmt.Fprintf(w, "unresolved: %s: %s\n", count(int(u.Events), "call", "calls"), u.Means)
		if len(u.Examples) > 0 {
			x := u.Examples[0]
			fmt.Fprintf(w, "  for example %s by %s at %s, event %s\n", printable(x.Call), printable(or(x.Principal, "an unknown principal")), r.instant(time.Unix(x.Time, 0)), printable(x.Event))
		}
		fmt.Fprintf(w, "  do: %s\n", u.Do)
	}
	return nil
}

func (r trailReport) writeUnread(w io.Writer) error {
	for _, u := range r.Unread {
		fmt.Fprintf(w, "not read: %s: %s\n", count(int(u.Times), "time", "times"), u.Reason)
		if len(u.Examples) > 0 {
			fmt.Fprintf(w, "  for example %s at byte %d\n", printable(u.Examples[0].File), u.Examples[0].Offset)
		}
		fmt.Fprintf(w, "  do: %s\n", u.Do)
	}
	if n := r.Totals.TooOld; n > 0 {
		fmt.Fprintf(w, "not counted: %s more than 8 days after newer ones: whether they were counted before is not known\n  do: give the files of one time span alone\n", count(int(n), "record came", "records came"))
	}
	return nil
}
