package simulation

import "time"

// Oracle is the number that a finding counts in.
type Oracle string

// The numbers. All must be zero.
const (
	OrphanLeft   Oracle = "orphans"                 // a policy of ours without an open record
	Mismatch     Oracle = "record/world mismatches" // at rest, record and IAM differ; or a record never rests
	AllowedAfter Oracle = "calls allowed after a deadline"
	CutOff       Oracle = "early cut-offs"
	Overstayed   Oracle = "overstays beyond the bound"
	Rule         Oracle = "other rules broken" // invalid transition, invalid evidence, moved deadline
)

// Oracles returns all oracles in print order.
func Oracles() []Oracle {
	return []Oracle{OrphanLeft, Mismatch, AllowedAfter, CutOff, Overstayed, Rule}
}

// Wrong is one finding of an oracle.
type Wrong struct {
	Oracle Oracle
	At     time.Duration // since the beginning of the world
	Text   string
}

// bound is how long a grant may stay after the last fault; quietBound applies without faults.
const (
	bound      = 120 * time.Second
	quietBound = 60 * time.Second
	// repairTime is how long the sweep may take to repair a change by hand to an open elevation. Without an open record
	// only the next survey finds it.
	repairTime = 4 * time.Minute
)
