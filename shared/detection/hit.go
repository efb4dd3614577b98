package detection

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"curfew/shared/finding"
)

// Hit is why a finding is raised. Hits of one Kind and Subject are one finding.
type Hit struct {
	Kind      string // KindDetection or KindError
	Detection string
	Severity  finding.Severity
	What      string // one line
	Subject   string
	Account   string
	At        time.Time
	Events    []string // ids
	Why, Do   string
	DryRun    bool // only to be counted
	// Answer concerns Elevation; empty: none. A failed call has none: others could provoke answers.
	Answer    Answer
	Elevation string
}

// The kinds of hits.
const (
	KindDetection = "detection"
	KindError     = "detection-error" // the detection could not judge the event
)

func (d *Detection) hit(e *Event, subject string) Hit {
	h := Hit{
		Kind: KindDetection, Detection: d.Name, Severity: d.Severity, What: d.About + ": " + what(e), Subject: d.Name + " " + visible(subject),
		Account: visible(e.Record.Account), At: e.Record.Time, Events: []string{visible(e.Record.ID)}, Why: d.Why, Do: d.Do + e.stopText(), DryRun: d.DryRun,
	}
	if e.Elevation != nil {
		h.Elevation = e.Elevation.ID
		if e.allowed() && !d.DryRun && e.Verdict.Elevation == e.Elevation.ID { // another session of the principal ends nothing
			h.Answer = d.Answer
		}
	}
	return h
}

// failure is the hit of a detection that cannot judge: one finding for each, as an error often comes with every event.
func (d *Detection) failure(e *Event, err error) Hit {
	h := d.hit(e, "")
	h.Kind, h.Severity, h.Subject, h.Answer = KindError, finding.High, d.Name, ""
	h.What = visible("detection " + d.Name + " cannot judge " + e.Record.Source + " " + e.Record.Name + ": " + err.Error())
	h.Why = "Events that a detection cannot judge are missed until it is corrected."
	h.Do = "Correct the detection's pattern or when, and add the event to tests.yaml."
	return h
}

func what(e *Event) string {
	r, d := e.Record, &e.Record.Identity
	var b strings.Builder
	fmt.Fprintf(&b, "%s by %s", visible(strings.TrimSuffix(r.Source, ".amazonaws.com")+":"+r.Name), visible(cmp.Or(d.ARN, e.principal())))
	if e.Who.Name != "" && e.Who.Name != d.ARN {
		fmt.Fprintf(&b, " (%s %s)", visible(string(e.Who.Kind)), visible(e.Who.Name))
	}
	fmt.Fprintf(&b, " in account %s, %s", visible(r.Account), visible(r.Region))
	if e.Elevation != nil {
		fmt.Fprintf(&b, ", elevation %s %s", visible(e.Elevation.ID), visible(e.Elevation.State))
	}
	if r.Error != "" {
		fmt.Fprintf(&b, ", failed with %s", visible(r.Error))
	}
	return b.String()
}
