// Package eventbus handles events: a task started or ended, a window opens, or an elevation is active and a job waits.
//
// An event is a claim. It may select one of a trigger's principals and name a task. [Reader] confirms a start with the
// service first. A suspect event begins nothing and is a finding. Ends only remove access, and need no confirmation.
//
// Events of Curfew's own actions must not cause a loop:
//
//   - An IAM call, from CloudTrail, is not a task (package events).
//   - An announcement can only start a job.
//   - Events of Curfew's state machine are dropped.
//   - A job that Curfew started joins its elevation. If it comes too late, it begins one without a job (see ownStart).
package eventbus
