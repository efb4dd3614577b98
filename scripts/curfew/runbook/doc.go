// Package runbook tests the commands in infra/README.md:
//
//   - commands_test.go reads them: a command that no test knows fails by name.
//   - scp_test.go evaluates the calls of each under the SCPs, as an operator, a deployer and another administrator.
//   - effects_test.go, effects_home_test.go and effects_member_test.go run each aws command on moto, and check its effect.
//   - emergency_test.go tests the emergency role's trust policy and alarm.
//
// To run them on moto:
//
//	go run ./scripts/emulators -- go test -v ./scripts/curfew/runbook
package runbook
