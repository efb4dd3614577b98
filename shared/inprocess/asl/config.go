package asl

import (
	"context"
	"time"
)

// Function is a Lambda function: JSON in, JSON out; empty output is null. It runs in a goroutine of its own and goes on
// until it returns, as a Lambda does, even when its task has timed out or its execution was stopped. The context ends at
// the function's time-out and when the engine is closed; what it does after that is not waited for by its task.
type Function func(ctx context.Context, payload []byte) ([]byte, error)

// Config is what an [Engine] needs beside the definition.
type Config struct {
	// Functions by FunctionName, as the definition says it after substitution. A task whose function is not here fails
	// with Lambda.ResourceNotFoundException.
	Functions map[string]Function
	// ErrorName names a function's error, as the adapter of the real functions does. nil: all are Lambda.Unknown.
	ErrorName func(error) string
	// Jitter gives the numbers for JitterStrategy FULL, in [0,1). It is called by one goroutine at a time. nil: math/rand/v2.
	Jitter func() float64
	// OnClose is told of each execution that closed: the event "Step Functions Execution Status Change". It is called once
	// per closing, by a goroutine of the engine, after Describe shows the new status. nil: nobody is told.
	OnClose func(Closed)
	// FunctionTimeout is how long a function may run: then its task fails with Sandbox.Timedout. nil: 30 s.
	FunctionTimeout func(name string) time.Duration
	// Account, Region and Name (of the state machine) make the ARNs. Empty: 000000000000, us-east-1, elevation.
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

// Closed is the event of an execution that closed.
// See https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html.
type Closed struct {
	ARN, MachineARN, Name string
	Status                Status
	Input, Output         string // Output only if it succeeded
	Error, Cause          string // only if it did not
	StartedAt, StoppedAt  time.Time
}

// Execution is what is known of an execution.
type Execution struct {
	ARN, Name     string
	Status        Status
	Input, Output string
	Error, Cause  string
	// Path are the states that were entered, in order; a retry or a redrive does not enter anew.
	Path []string
	// Transitions is what the service would charge: states entered, and retries.
	Transitions int
	// Events is the length of the history.
	Events               int
	Redrives             int
	StartedAt, StoppedAt time.Time // StoppedAt is zero while it runs
}
