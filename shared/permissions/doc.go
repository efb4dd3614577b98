// Package permissions tests Curfew's IAM roles, as the templates in infra/testdata have them, with
// [curfew/shared/iampolicy.Evaluate]:
//
//   - Complete: every recorded call of a built function is allowed.
//   - Minimal: every permission is used by a recorded call, or is an exception with a reason.
//   - Safe: known ways to escalate and tamper are denied, or are listed as known gaps.
//
// testdata/calls.golden.jsonl holds the recorded calls. To record again:
//
//	mkdir /tmp/calls
//	CURFEW_RECORD_FOLDER=/tmp/calls go run ./scripts/emulators -- go test -count=1 -parallel 16 -timeout 20m ./functions
//	CURFEW_RECORD_FOLDER=/tmp/calls go test ./shared/permissions -update
//
// Some calls need a race: several runs into one folder find more. Without -update, a new call fails the test.
package permissions
