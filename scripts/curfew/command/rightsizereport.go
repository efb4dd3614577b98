package command

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// sizedReport writes what rightsize found, for people.
type sizedReport struct {
	*app
	sized
}

func (a *app) sizedReport(s sized) sizedReport { return sizedReport{a, s} }

// write prints the numbers, the lists, and the diff of each policy.
func (r sizedReport) write(w io.Writer) error {
	by := count(r.Elevations, "elevation", "elevations") + when(r.Elevations > 0, " since "+r.instant(r.From))
	if r.Role != "" {
		by = r.records(r.From, r.Until)
	}
	fmt.Fprintf(w, "%s: %d of %s used by %s", printable(r.Entitlement+r.Role), len(r.Used), count(r.Allowed, "action was", "actions were"), by)
	if len(r.Doubts) > 0 {
		fmt.Fprintln(w, "; nothing may be called unused")
	} else {
		fmt.Fprintf(w, "; %s taken off; %s unobservable and kept\n", count(len(r.Off), "is", "are"), count(len(r.Unobservable), "is", "are"))
	}
	if r.Partly > 0 {
		fmt.Fprintf(w, "  not all calls of %s are known; the known ones are kept\n", count(r.Partly, "more elevation", "more elevations"))
	}
	if len(r.Doubts) > 0 {
		return nil // the failure says why
	}
	if n := len(r.Spare); n > 0 {
		fmt.Fprintf(w, "  %s unused and stay, because of the policy's size or form\n", count(n, "is", "are"))
	}
	fmt.Fprintf(w, "  proven: the new policy allows %s\n", count(r.Proven, "different recorded call", "different recorded calls"))
	for _, list := range []struct {
		what  string
		names []string
	}{{"used", r.Used}, {"taken off", r.Off}, {"unobservable", r.Unobservable}, {"not known", r.Unknown}, {"unused, stays", r.Spare}} {
		if err := r.names(w, list.what, list.names); err != nil {
			return err
		}
	}
	for _, p := range r.Policies {
		for _, note := range p.Notes {
			fmt.Fprintf(w, "%s: %s\n", printable(p.Name), printable(note))
		}
		switch {
		case p.Policy == "":
			fmt.Fprintf(w, "%s: nothing of it was used; the whole policy can go\n", printable(p.Name))
		case p.Diff == "":
			fmt.Fprintf(w, "%s: stays as it is\n", printable(p.Name))
		default:
			fmt.Fprintf(w, "%s: %d characters, %d before\n--- before\n+++ after\n", printable(p.Name), p.Size, p.Was)
			for line := range strings.Lines(p.Diff) {
				fmt.Fprintln(w, printable(strings.TrimSuffix(line, "\n")))
			}
		}
	}
	return nil
}

// records says of which time records were read.
func (r sizedReport) records(from, until time.Time) string {
	if from.IsZero() {
		return "no record: none was read"
	}
	return fmt.Sprintf("the records from %s to %s", r.instant(from), r.instant(until))
}

// names lists names; -o wide lists all.
func (r sizedReport) names(w io.Writer, what string, all []string) error {
	const most = 8
	var rows [][]string
	for i, name := range all {
		if i == most && r.output != "wide" {
			rows = append(rows, []string{"  " + what, fmt.Sprintf("and %d more", len(all)-most)})
			break
		}
		rows = append(rows, []string{"  " + what, name})
	}
	return table(w, rows)
}
