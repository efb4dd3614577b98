// Package events reads what the event bus tells of tasks: that a backup job
// runs, that an alarm closed, that a rotation ended.
//
// [Read] turns one event, in EventBridge's envelope, into a [Signal]: which
// task, whether it started or ended, when, where, and on whose account. It is
// strict about every field that it uses and takes no notice of the others,
// because AWS adds fields when it likes. It decides nothing: a Signal is a
// claim, and whoever grants on it reads the fact back from the service first.
//
// The folder holds one example of every event that is read, in examples/, and
// the schemas of the two events that are Curfew's own, in schema/. What is read
// from which event, and which shapes were not found in AWS's own text, is in
// README.md.
package events
