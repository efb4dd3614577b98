package accesstest

import (
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/inprocess"
)

// World is a whole Curfew in memory. Its clock is the one of package time: tell stories under testing/synctest.
type World struct {
	*inprocess.System
	Catalog *Catalog
	IAM     *inprocess.IAM

	t       testing.TB
	checker checker
	faults  *Faults
	eyes    *access.Service // over ports without faults: for looking, not for doing
}

// WorldSettings say how a world differs from the pleasant one. The zero value is the pleasant one.
type WorldSettings struct {
	Store inprocess.StoreSettings
	IAM   inprocess.IAMSettings
	// Slack is how long after it was due a grant may still be there: 60 s, and the outage that the story makes.
	Slack time.Duration
}

// checker remembers what it saw, to know what must not change.
type checker struct {
	slack   time.Duration
	last    map[string]access.Elevation
	foreign map[string]string // what of IAM is not ours, as the story began
	// audited is how many records there were when every chain was last verified. Records are only ever added, so that the
	// same number is the same records; the check at the end of a story verifies them all once more.
	audited int
	// paused: the story is breaking the world by hand.
	paused bool
	// headless are chains of elevations whose record the story itself deleted by hand.
	headless []string
	// forgiven are principals on which the story itself edited IAM by hand.
	forgiven map[string]bool
}
