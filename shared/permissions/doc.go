// Package permissions holds Curfew's roles against what Curfew does, and against what an attacker would do with them. It is
// a package of tests: there is nothing to import.
//
// The roles are those of the templates in infra/testdata, and [curfew/shared/iampolicy.Evaluate] is the judge of every call.
// Three things are proven:
//
//   - Nothing is missing: every call that the built functions were seen to make is allowed to the role that makes it.
//   - Nothing is spare: every permission of every role was needed by one of those calls, or is an exception with a reason.
//   - Nothing more: against a list of known ways to escalate and to tamper, each role of Curfew and an administrator under
//     Curfew's boundary can do what the design lets them, and nothing else; an administrator under Curfew's SCP alone can do
//     what is the account's, and what is listed as a known gap of the SCP.
//
// # The recorded calls
//
// testdata/calls.golden.jsonl has them, one line for each function, action, kind of resource and kind of leading key. They
// come from the built functions on stand-ins for AWS, which write down every call before it is sent. To record anew:
//
//	mkdir /tmp/calls
//	CURFEW_RECORD_FOLDER=/tmp/calls go run ./scripts/emulators -- go test -count=1 -parallel 16 -timeout 20m ./functions
//	CURFEW_RECORD_FOLDER=/tmp/calls go test ./shared/permissions -update
//
// Some calls are made only if two things happen at the same moment: several runs into one folder find more of them.
// Without -update, a recorded call that the file does not have fails the test.
package permissions
