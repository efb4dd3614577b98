// Package simulation runs many concurrent elevations under faults and virtual time. Two oracles check the world after
// every change.
//
// The product is real: the verbs of [access.Service] as the deployed functions call them, the shipped state machine,
// the ports in memory. Its environment is simulated: callers, latencies, faults of single calls, outages, changes of
// IAM by hand, a restored table, lost events, clock skew.
//
// Everything is drawn from a seed. The key of a draw is its use (function, elevation, operation, number of the call),
// not the order of goroutines. So a [Schedule] is reproducible, and a failure can be shrunk.
//
// One oracle asks IAM whether calls are allowed, before and after each deadline. The other compares every policy in IAM
// with the records. Both work on each change. At the end everything is read and verified again, and both must agree.
package simulation
