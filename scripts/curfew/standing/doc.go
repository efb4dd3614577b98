// Package standing reads from AWS what package curfew/shared/standing analyses: an account's details, its credential report, and the
// last-accessed data of privileged principals. It changes nothing.
//
// Reading may take long. A state file keeps what was read, so that an interrupted reading continues.
package standing
