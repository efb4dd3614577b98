package asl

import (
	"slices"
	"time"
)

const (
	// mostEvents is the size of a history. The last event reports the failure by this limit.
	mostEvents = 25_000
	// redriveWithin is how long after its end an execution can be redriven.
	redriveWithin = 14 * 24 * time.Hour
)

func newExecution(arn, name, input string, tree any, m *Machine) *execution {
	x := &execution{arn: arn, name: name, input: input, machine: m, inputTree: tree, startedAt: time.Now(), at: m.start, data: tree}
	x.now = Execution{ARN: arn, Name: name, Status: Running, Input: input, StartedAt: x.startedAt, Events: 1}
	return x
}

func (x *execution) startAgain(input string) (string, error) {
	if x.status() != Running || x.input != input {
		return "", ErrExecutionAlreadyExists
	}
	return x.arn, nil
}

func (x *execution) status() Status {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.now.Status
}

func (x *execution) stoppedAt() (time.Time, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.now.StoppedAt, x.now.Status != Running
}

func (x *execution) describe() Execution {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := x.now
	now.Path = slices.Clone(now.Path)
	return now
}

func (x *execution) interrupt() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.now.Status == Running && x.run != nil {
		close(x.run.stopped)
		x.run = nil
	}
}

func (x *execution) abort(machineARN, name, cause string) (Closed, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.now.Status != Running {
		return Closed{}, false
	}
	close(x.run.stopped)
	x.run = nil
	return x.close(machineARN, "", &failure{name: name, cause: cause, closes: Aborted}), true
}

// close ends the execution; fail is nil on success. x.mu is held.
func (x *execution) close(machineARN, output string, fail *failure) Closed {
	x.now.Events++
	x.now.StoppedAt = time.Now()
	switch {
	case fail == nil:
		x.now.Status, x.now.Output = Succeeded, output
	case fail.closes != "":
		x.now.Status, x.now.Error, x.now.Cause = fail.closes, fail.name, fail.cause
	default:
		x.now.Status, x.now.Error, x.now.Cause = Failed, fail.name, fail.cause
	}
	return Closed{
		ARN: x.arn, MachineARN: machineARN, Name: x.name, Status: x.now.Status, Input: x.input, Output: x.now.Output,
		Error: x.now.Error, Cause: x.now.Cause, StartedAt: x.startedAt, StoppedAt: x.now.StoppedAt,
	}
}

func (x *execution) reopen(now time.Time) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.now.Status == Running, x.now.Status == Succeeded,
		now.Sub(x.now.StoppedAt) > redriveWithin,
		now.Sub(x.startedAt) >= year,
		x.now.Events >= mostEvents-1:
		return 0, ErrExecutionNotRedrivable
	}
	x.now.Status, x.now.Error, x.now.Cause, x.now.StoppedAt = Running, "", "", time.Time{}
	x.now.Events++
	x.now.Redrives++
	return x.now.Redrives, nil
}
