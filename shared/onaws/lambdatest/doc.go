// Package lambdatest runs built function binaries as Lambda does: each in its own process, over the Runtime API. Tests
// and measurements of cold starts use it.
package lambdatest
