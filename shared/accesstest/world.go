package accesstest

import (
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/inprocess"
)

// World is all of Curfew in memory. It uses package time: run stories under testing/synctest.
type World struct {
	*inprocess.System
	Catalog *Catalog
	IAM     *inprocess.IAM

	t         testing.TB
	began     time.Time
	lake      string // a folder
	checker   checker
	faults    *Faults
	faultless *access.Service // over ports without faults, for reads
}

// WorldSettings configure a world. The zero value has no delays.
type WorldSettings struct {
	Store inprocess.StoreSettings
	IAM   inprocess.IAMSettings
	// Slack is the longest outage of the story. A grant may be overdue by 60 s plus Slack.
	Slack time.Duration
}

// checker remembers earlier states to find forbidden changes.
type checker struct {
	slack         time.Duration
	last          map[string]access.Elevation
	otherPolicies map[string]string // other policies in IAM at the start
	// audited is the number of records at the last verification of all chains. Records are append-only, so the same
	// number means the same records. The check at the end verifies all again.
	audited int
	// paused: the story breaks the world by hand.
	paused bool
	// chainsWithoutHead are chains of elevations whose record the story deleted by hand.
	chainsWithoutHead []string
	// evidenceChanged: the story restored a table, or changed evidence by hand.
	evidenceChanged bool
	// editedByHand are principals that the story edited by hand.
	editedByHand map[string]bool
	// baselines is how many rows of baselines were there at the last check of them, and the sum of their versions.
	baselines [2]int64
}
