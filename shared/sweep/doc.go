// Package sweep is the net that makes every other failure temporary: once a minute it holds the records and IAM against each other,
// and has what should have ended ended. Two more nets have their doors here, the TTL record and the execution's own end; canary.go
// tries one net a day, each in its turn.
//
// To read it: sweep.go is one pass, by the records that are due, and pass.go what its parts share; active.go, waiting.go, survey.go
// are the other parts, by what is active, by the requests that wait, by IAM; found.go says what is odd; nets.go has the doors.
//
// It is a caller of the domain, as the functions are: it decides what has to end, and package access ends it.
package sweep
