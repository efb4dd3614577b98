package asl

import (
	"context"
	"time"
)

// Function is a Lambda function: JSON in, JSON out; empty output is null. It runs in its own goroutine until it
// returns, even after its task timed out or its execution stopped, as in Lambda. The context ends at the function's
// time-out and when the engine closes. The task does not wait longer.
type Function func(ctx context.Context, payload []byte) ([]byte, error)

// Config configures an [Engine].
type Config struct {
	// Functions by FunctionName after substitution. A missing function fails with Lambda.ResourceNotFoundException.
	Functions map[string]Function
	// ErrorName returns the error name of a function's error. nil: always Lambda.Unknown.
	ErrorName func(error) string
	// Jitter returns numbers in [0,1) for JitterStrategy FULL. Calls are serialized. nil: math/rand/v2.
	Jitter func() float64
	// OnClose gets the event "Step Functions Execution Status Change". A goroutine of the engine calls it once per
	// closing, after Describe shows the new status. nil: not called.
	OnClose func(Closed)
	// FunctionTimeout is the time-out of a function; then its task fails with Sandbox.Timedout. nil: 30 s.
	FunctionTimeout func(name string) time.Duration
	// Account, Region and Name (of the state machine) are parts of the ARNs. Defaults: 000000000000, us-east-1,
	// elevation.
	Account, Region, Name string
}

// Status of an execution.
type Status string

// The states of an execution.
const (
	Running   Status = "RUNNING"
	Succeeded Status = "SUCCEEDED"
	Failed    Status = "FAILED"
	TimedOut  Status = "TIMED_OUT"
	Aborted   Status = "ABORTED"
)

// Closed is the event of a closed execution.
// See https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html.
type Closed struct {
	ARN, MachineARN, Name string
	Status                Status
	Input, Output         string // Output only on success
	Error, Cause          string // only on failure
	StartedAt, StoppedAt  time.Time
}

// Execution describes an execution.
type Execution struct {
	ARN, Name     string
	Status        Status
	Input, Output string
	Error, Cause  string
	// Path lists the states entered, in order. Retries and redrives do not enter again.
	Path []string
	// Transitions are those the service charges: states entered, and retries.
	Transitions int
	// Events is the length of the history.
	Events               int
	Redrives             int
	StartedAt, StoppedAt time.Time // StoppedAt is zero while running
}
