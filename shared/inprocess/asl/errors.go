package asl

import "errors"

// Errors of an [Engine], named as in the service.
var (
	// ErrExecutionAlreadyExists: an execution of this name has another input or is closed.
	ErrExecutionAlreadyExists = errors.New("asl: execution already exists")
	// ErrExecutionDoesNotExist: the ARN is unknown or forgotten.
	ErrExecutionDoesNotExist = errors.New("asl: execution does not exist")
	// ErrExecutionNotRedrivable: see [Engine.Redrive].
	ErrExecutionNotRedrivable = errors.New("asl: execution cannot be redriven")
	// ErrInvalidName: a name has 1 to 80 characters, without white space, brackets and wildcards.
	ErrInvalidName = errors.New("asl: invalid name")
	// ErrInvalidInput: the input of an execution is not JSON, or exceeds 256 KiB.
	ErrInvalidInput = errors.New("asl: invalid execution input")
	// ErrInvalidOutput: the output of a task is not JSON, or exceeds 256 KiB.
	ErrInvalidOutput = errors.New("asl: invalid output")
	// ErrInvalidToken: not a task token.
	ErrInvalidToken = errors.New("asl: invalid token")
	// ErrTaskDoesNotExist: a well-formed token that this engine did not issue.
	ErrTaskDoesNotExist = errors.New("asl: task does not exist")
	// ErrTaskTimedOut: the token's task is over: answered, timed out or retried, or its execution closed.
	ErrTaskTimedOut = errors.New("asl: task timed out: the task does not exist any more")
	// ErrClosed: the engine is closed.
	ErrClosed = errors.New("asl: engine is closed")
)

// Error names of the service.
// See https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html.
const (
	errAll              = "States.ALL"
	errTimeout          = "States.Timeout"
	errHeartbeatTimeout = "States.HeartbeatTimeout"
	errTaskFailed       = "States.TaskFailed"
	errRuntime          = "States.Runtime"
	errDataLimit        = "States.DataLimitExceeded"
	errResultPath       = "States.ResultPathMatchFailure"

	errFunctionUnknown = "Lambda.Unknown"   // the function crashed
	errFunctionTimeout = "Sandbox.Timedout" // the function timed out
	errNoFunction      = "Lambda.ResourceNotFoundException"
)

// failure is an error inside an execution. Its name may be empty, as in SendTaskFailure.
type failure struct {
	name, cause string
	heartbeat   bool // a time-out that States.HeartbeatTimeout matches too
	// closes is the status with which the whole execution ends, whatever the definition says. Running: interrupted from
	// outside, nothing left to do.
	closes Status
}

// terminal reports whether Retry and Catch ignore the error. The guide says that States.ALL does not catch States.DataLimitExceeded
// either. Histories of the service that LocalStack's tests record show that it does. If not, the execution fails: net 3.
func (f *failure) terminal() bool {
	return f.closes != "" || f.name == errRuntime
}

func interruptedFailure() *failure { return &failure{closes: Running} }

func (f *failure) matches(equals []string) bool {
	if f.terminal() {
		return false
	}
	for _, name := range equals {
		switch {
		case name == errAll:
			return true
		case name == errTaskFailed && f.name != errTimeout:
			return true
		case name == errHeartbeatTimeout && f.heartbeat:
			return true
		case name == f.name && name != "":
			return true
		}
	}
	return false
}

func (f *failure) output() any {
	out := map[string]any{"Cause": f.cause}
	if f.name != "" {
		out["Error"] = f.name
	}
	return out
}
