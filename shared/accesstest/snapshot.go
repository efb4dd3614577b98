package accesstest

import (
	"time"

	"curfew/shared/access"
)

// snapshot is a world at one instant.
type snapshot struct {
	asked      map[string]string // the digest that was asked for, as api or trigger wrote it
	now        time.Time
	slack      time.Duration
	name       string
	elevations map[string]access.Elevation
	terms      map[string]access.Terms
	found      []access.Found
}
