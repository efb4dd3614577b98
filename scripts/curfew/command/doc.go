// Package command is the command line: a tree of commands over the client, their output, and their exit codes. [Env]
// has all that belongs to the process, so that tests run it in process.
//
// It escapes what a server said before printing it: terminals obey some characters. A token comes from the environment,
// never from a flag, and is never printed.
package command
