// Package simulation lets many elevations live at once in a world where things go wrong, under virtual time, and holds two
// oracles against that world after every change.
//
// What runs is the product: the verbs of [access.Service] as the deployed functions call them, the shipped state machine,
// the ports in memory. What is simulated is what is around it: people and machines, latencies, faults of single calls,
// outages, somebody who edits IAM by hand, a table that is restored, a bus that loses events, clocks that disagree.
//
// Everything is drawn from a seed. A draw is keyed by what it is for (which function, of which elevation, which call of
// which operation), not by the order in which goroutines ask, so that a [Schedule] means the same in every run and a failure
// can be made smaller by leaving faults out.
//
// The oracles: the evaluator asks IAM whether calls are allowed, before and after each deadline; the control plane is
// held against the records, policy by policy. Both work on each change as it is made; when a world is over, all of it is
// read and verified once more, and the two must agree.
package simulation
