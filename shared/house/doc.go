// Package house keeps the rules of the repository as tests: which package may
// import which, what main may do, how long a chapter may be, that links lead
// somewhere. A rule that is only prose is forgotten; a rule that is a test is
// read when it is broken.
//
// It exports nothing and nothing imports it. Each rule is one entry of a table
// and carries an example that breaks it and one that keeps it, so that no rule
// can be written that never fails.
package house
