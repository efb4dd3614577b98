// Package adversary attempts to obtain or approve what one may not.
//
// Its tests are a table of attempts over HTTP against the whole of Curfew in memory: the real door, domain, catalog and
// state machine, under virtual time. Each attempt is refused, and leaves what invariant 10 of the design says and nothing
// else: what was not understood one line of the log; what was understood and refused one record in the caller's own chain
// of the day, and for a request an elevation in denied. IAM and every other elevation stay as they were.
//
//   - world_test.go: a Curfew with a door.          - attempt_test.go: one attempt, and what may be left of it.
//   - caller_test.go: who is who.                   - step_test.go: what happened before.
//   - catalog_test.go: what there is to ask for.    - adversary_test.go: all attempts, counted.
//   - request_test.go, body_test.go, principal_test.go: asking for what one may not have.
//   - decision_test.go: deciding on it.             - others_test.go: touching what is somebody else's.
//   - door_test.go: being somebody else.            - tamper_test.go, forgery_test.go: changing it after it was approved.
package adversary
