package accesstest

import (
	"time"

	"curfew/shared/access"
)

// snapshot is a world at one instant.
type snapshot struct {
	asked      map[string]string // requested digests, as api or trigger stored them
	now        time.Time
	slack      time.Duration
	name       string
	elevations map[string]access.Elevation
	terms      map[string]access.Terms
	found      []access.Found
	quarantine map[string]access.Quarantine
}
