// Package statemachines holds the definitions of the state machines, in plain Amazon States Language. The stack, the local
// engine and the tests read the same bytes; before use, ${wait}, ${grant} and ${revoke} become the names of the functions.
package statemachines

import _ "embed"

//go:embed elevation.asl.json
var elevation string

// Elevation is the definition of the state machine that carries one elevation from its request to its proven end. The
// slice is the caller's own.
func Elevation() []byte { return []byte(elevation) }
