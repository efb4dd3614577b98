package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

// outcome of a step.
type outcome string

const (
	holds      outcome = "holds"
	holdsNot   outcome = "DOES NOT HOLD"
	failed     outcome = "FAILED"
	skipped    outcome = "skipped"
	notChecked outcome = "not checkable here"
)

// row is the result of one step.
type row struct {
	Chapter string  `json:"chapter"`
	Step    string  `json:"step"`
	Proves  string  `json:"proves"`
	Place   string  `json:"place"`
	Page    string  `json:"page,omitempty"`
	Outcome outcome `json:"outcome"`
	Says    string  `json:"says"` // what was measured, or why not
	Seconds float64 `json:"seconds"`
}

// report is what the command prints.
type report struct {
	Where string   `json:"where"` // "AWS" or "moto"
	Rows  []row    `json:"rows"`
	Left  []string `json:"left"`  // not removed
	Stays []string `json:"stays"` // outlives the removal on purpose
}

// ok reports whether nothing failed and nothing is left that the removal should have taken away.
func (r report) ok() bool {
	for _, x := range r.Rows {
		if x.Outcome == failed || x.Outcome == holdsNot {
			return false
		}
	}
	return len(r.Left) == 0
}

func (r report) write(out io.Writer, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(r)
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	counts := map[outcome]int{}
	fmt.Fprintf(t, "\nCHAPTER\tSTEP\tOUTCOME\tMEASURED, OR WHY\tPROVES\tRESTS ON IT\n")
	for _, x := range r.Rows {
		counts[x.Outcome]++
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", x.Chapter, x.Step, x.Outcome, x.Says, x.Proves, x.Place)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\non %s: %d hold, %d do not hold, %d failed, %d skipped, %d not checkable here\n",
		r.Where, counts[holds], counts[holdsNot], counts[failed], counts[skipped], counts[notChecked])
	for _, stays := range r.Stays {
		fmt.Fprintln(out, "stays:", stays)
	}
	if len(r.Left) == 0 {
		_, err := fmt.Fprintln(out, "all else was removed")
		return err
	}
	for _, left := range r.Left {
		fmt.Fprintln(out, "left over:", left)
	}
	return nil
}
