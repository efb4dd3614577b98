// Package logkeep holds, copies and opens the log of evidence in its bucket, with credentials of a person: no function of
// Curfew may hold or list it.
package logkeep
