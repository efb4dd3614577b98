package asl

import "errors"

// What the calls of an [Engine] answer, named as the service names it.
var (
	// ErrExecutionAlreadyExists: there is an execution of this name with another input, or it is closed.
	ErrExecutionAlreadyExists = errors.New("asl: execution already exists")
	// ErrExecutionDoesNotExist: there is no execution of this ARN, or it was forgotten.
	ErrExecutionDoesNotExist = errors.New("asl: execution does not exist")
	// ErrExecutionNotRedrivable: it runs, it succeeded, it closed more than 14 days ago, or its history is full.
	ErrExecutionNotRedrivable = errors.New("asl: execution cannot be redriven")
	// ErrInvalidName: an execution's name is 1 to 80 characters, without white space, brackets, wildcards and the like.
	ErrInvalidName = errors.New("asl: invalid name")
	// ErrInvalidInput: the input of an execution is not JSON, or larger than 256 KiB.
	ErrInvalidInput = errors.New("asl: invalid execution input")
	// ErrInvalidOutput: the output of a task is not JSON, or larger than 256 KiB.
	ErrInvalidOutput = errors.New("asl: invalid output")
	// ErrInvalidToken: this never was a task token.
	ErrInvalidToken = errors.New("asl: invalid token")
	// ErrTaskDoesNotExist: it has the form of a token, but this engine never gave it.
	ErrTaskDoesNotExist = errors.New("asl: task does not exist")
	// ErrTaskTimedOut: the task of this token is over: answered, timed out, retried, or its execution closed.
	ErrTaskTimedOut = errors.New("asl: task timed out: the task does not exist any more")
	// ErrClosed: the engine was closed.
	ErrClosed = errors.New("asl: engine is closed")
)

// The error names of the service that this engine gives.
// See https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html.
const (
	errAll              = "States.ALL"
	errTimeout          = "States.Timeout"
	errHeartbeatTimeout = "States.HeartbeatTimeout"
	errTaskFailed       = "States.TaskFailed"
	errRuntime          = "States.Runtime"
	errDataLimit        = "States.DataLimitExceeded"
	errResultPath       = "States.ResultPathMatchFailure"

	errFunctionUnknown = "Lambda.Unknown"   // it crashed
	errFunctionTimeout = "Sandbox.Timedout" // it was cut off
	errNoFunction      = "Lambda.ResourceNotFoundException"
)

// failure is an error inside an execution. Its name may be empty: SendTaskFailure need not name one.
type failure struct {
	name, cause string
	// closes is set if the execution itself is over, whatever the definition says: the status that it closes with, or
	// Running if it was interrupted from outside and there is nothing left to do.
	closes Status
}

// terminal tells the errors that no Retry and no Catch sees.
func (f *failure) terminal() bool {
	return f.closes != "" || f.name == errRuntime || f.name == errDataLimit
}

func interrupted() *failure { return &failure{closes: Running} }

// matches tells whether an ErrorEquals covers the failure.
func (f *failure) matches(equals []string) bool {
	if f.terminal() {
		return false
	}
	for _, name := range equals {
		switch {
		case name == errAll:
			return true
		case name == errTaskFailed && f.name != errTimeout && f.name != errHeartbeatTimeout:
			return true
		case name == errTimeout && f.name == errHeartbeatTimeout:
			return true
		case name == f.name && name != "":
			return true
		}
	}
	return false
}

// output is what a Catch puts at its ResultPath.
func (f *failure) output() any {
	out := map[string]any{"Cause": f.cause}
	if f.name != "" {
		out["Error"] = f.name
	}
	return out
}
