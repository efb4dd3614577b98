// Package sweep is the net that makes every other failure temporary: once a minute it holds the records and IAM against each other,
// and has what should have ended ended. Two more nets have their doors here, the TTL record and the execution's own end; canary.go
// tries each of them once a day.
//
// It is a caller of the domain, as the functions are: it decides what has to end, and package access ends it.
package sweep
