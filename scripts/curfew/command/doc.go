// Package command is the command line as a tree of commands over the client: what is typed, what is printed, and the
// number it exits with. It takes all that belongs to the process from [Env], so that a test runs it in process.
//
// What a server said is escaped before it is printed, because it may hold what a terminal would obey. A token is taken
// from the environment, never from a flag, and is never printed.
package command
