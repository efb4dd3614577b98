// Package adversary attempts to get or approve access without the right to it. The attempts go over HTTP to all of
// Curfew in memory, under virtual time.
//
// Curfew must refuse each attempt and leave only what invariant 10 allows. A call that was not understood leaves one
// log line. A refusal leaves one record in the caller's chain of the day, and of a request an elevation in denied. IAM
// and other elevations do not change.
//
//   - world_test.go: Curfew with its API.           - attempt_test.go: one attempt and what it may leave.
//   - caller_test.go: the callers.                  - step_test.go: what happened before.
//   - catalog_test.go: the entitlements.            - adversary_test.go: all attempts.
//   - request_test.go, body_test.go, principal_test.go: forbidden requests.
//   - decision_test.go: forbidden decisions.        - others_test.go: other callers' elevations.
//   - door_test.go: impersonation.                  - tamper_test.go, forgery_test.go: changes after approval.
//   - delegation_test.go: decisions in the stead of others.
//   - scene_test.go: attacks on what is stored.     - scenes_test.go: attacks on IAM, events and the catalog.
package adversary
