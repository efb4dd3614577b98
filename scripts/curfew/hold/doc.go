// Package hold keeps an elevation for as long as a command runs: it waits until access may be relied upon, runs the
// command, tells Curfew that its holder lives, and ends the elevation when the command is over.
//
// The command keeps what it would have without Curfew: its standard streams, its terminal, its signals and its exit code.
// What ends first ends the other: the command's exit ends the elevation, and an elevation that is over ends the command.
// Nothing here is what takes access away: if this process dies, the lost heartbeat or the deadline does.
//
//   - hold.go: what is held, and where it stands.   - await.go: until it is active.   - keep.go: while it lasts.
//   - run.go: the command beside it.                - end.go: ending it.              - ticket.go: picked up later.
//   - process*.go: signals and process groups, by system.
package hold
