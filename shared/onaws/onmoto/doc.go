// Package onmoto has the parts of an installation of Curfew on moto: tables, state machine, invocations and an issuer.
// Tests and scripts/acceptance use them. On AWS the CDK makes these parts.
package onmoto
