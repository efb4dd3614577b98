// Package eventbus tells the domain what the event bus tells: that a task
// started or ended, that a window opens, that an elevation is active for which
// a job waits.
//
// A [Reader] takes one event after another. Everything that an event says is a
// claim: it may pick one of a trigger's principals and name a task, and no
// more; before anything begins by it the fact is read back from the service
// that is said to tell it. What is not as it should be begins nothing and is a
// finding. Ends are believed: they can only take away.
//
// The Reader knows the domain by the interface [Domain] and the values of
// package trigger, and what is known of tasks by package task.
//
// # Loops
//
// What Curfew does causes events, and none of them may begin anything:
//
//   - a call to IAM, on the bus by CloudTrail, tells of no task (package events);
//   - nor does an announcement of ours, which can only start a job;
//   - what our own state machine tells is dropped;
//   - a job that Curfew started is told of by its service, and joins what it was
//     started for; if it comes too late for that it begins an elevation like any
//     other job, for which no job is started again (see [Reader.Take]).
package eventbus
