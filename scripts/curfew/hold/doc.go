// Package hold keeps an elevation while a command runs: it waits until access is usable, runs the command, sends
// heartbeats, and ends the elevation when the command is over.
//
// The command keeps its standard streams, terminal, signals and exit code. Its exit ends the elevation, and the end of
// the elevation ends the command. If this process dies, the lost heartbeat or the deadline ends access.
//
//   - hold.go: the holder and its pace
//   - await.go: until the elevation is active
//   - keep.go: heartbeats and looks while it is active
//   - run.go: the command
//   - end.go: ending the elevation
//   - ticket.go: resuming later
//   - process*.go: signals and process groups, by system
package hold
