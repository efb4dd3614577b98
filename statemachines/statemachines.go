// Package statemachines holds the state machine of an elevation. The stack, the local engine and the tests use the
// same bytes. They replace ${wait}, ${grant} and ${revoke} with function names.
package statemachines

import _ "embed"

//go:embed elevation.asl.json
var elevation string

// Elevation returns a copy of the definition.
func Elevation() []byte { return []byte(elevation) }
