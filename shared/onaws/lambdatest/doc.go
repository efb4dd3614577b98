// Package lambdatest runs the built binaries of functions as Lambda does: each in a process of its own, with an
// environment and nothing else, asked over the Runtime API.
//
// A [Process] is one such execution environment; it is for tests, and for measuring how fast a function starts.
package lambdatest
