package simulation

import "time"

// Oracle is which of the numbers a wrong counts in.
type Oracle string

// The numbers. All of them are to be zero.
const (
	OrphanLeft   Oracle = "orphans"                 // a policy of ours without an open record, where none may be
	Mismatch     Oracle = "record/world mismatches" // at rest, record and world say different things; or a record is never at rest
	AllowedAfter Oracle = "calls allowed after a deadline"
	CutOff       Oracle = "early cut-offs"
	Overstayed   Oracle = "overstays beyond the bound"
	Rule         Oracle = "other rules broken" // a move that there is not, evidence that does not verify, a moved deadline
)

// Oracles are all of them, in the order in which they are printed.
func Oracles() []Oracle {
	return []Oracle{OrphanLeft, Mismatch, AllowedAfter, CutOff, Overstayed, Rule}
}

// Wrong is one thing that an oracle found.
type Wrong struct {
	Oracle Oracle
	At     time.Duration // since the beginning of the world
	Text   string
}

// bound is how long after the last thing that went wrong a grant may still be there; without any fault, quietBound.
const (
	bound      = 120 * time.Second
	quietBound = 60 * time.Second
	// mending is how long the sweep may take to see and remove what somebody did by hand to an elevation under way; what no
	// open record explains any more is seen by the next survey only.
	mending = 4 * time.Minute
)
