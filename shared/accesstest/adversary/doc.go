// Package adversary attempts to get or approve access without the right to it. The attempts go over HTTP to all of
// Curfew in memory, under virtual time.
//
// Curfew must refuse each attempt and leave only what invariant 10 allows. A call that was not understood leaves one
// log line. A refusal leaves one record in the caller's chain of the day, and of a request an elevation in denied. IAM
// and other elevations do not change.
package adversary
