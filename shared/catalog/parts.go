package catalog

import "time"

// The parts of a catalog.
const (
	settingsFile    = "catalog.yaml"
	identitiesFile  = "identities.yaml"
	testsFile       = "tests.yaml"
	entitlementsDir = "entitlements"
	triggersDir     = "triggers"
	detectionsDir   = "detections"
	eventsDir       = "events"
	policiesDir     = "policies"
)

const (
	shortest       = time.Minute
	usuallyLongest = 12 * time.Hour
	everLongest    = 30 * 24 * time.Hour
)

// What happens when others change a marked principal.
const (
	onForeignReport     = "report"
	onForeignQuarantine = "quarantine"
)
