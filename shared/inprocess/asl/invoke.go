package asl

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// start runs a function in its own goroutine. The channel gets one answer: the result or the time-out.
func (r *run) start(name string, payload []byte) <-chan answer {
	answers := make(chan answer, 1)
	deliver := func(a answer) {
		select {
		case answers <- a:
		default: // the other answer came first
		}
	}
	fn := r.e.config.Functions[name]
	if fn == nil {
		deliver(answer{fail: &failure{name: errNoFunction, cause: "there is no function " + name}})
		return answers
	}
	ctx, cancel := context.WithTimeout(r.e.ctx, r.e.config.FunctionTimeout(name))
	unwatch := context.AfterFunc(ctx, func() { deliver(answer{fail: cutOff()}) })
	r.e.all.Go(func() {
		defer cancel()
		defer unwatch()
		a := answer{fail: crashFailure("the function exited without an answer")}
		defer func() {
			if p := recover(); p != nil {
				a.fail = crashFailure(fmt.Sprint("the function crashed: ", p))
			}
			deliver(a)
		}()
		out, err := fn(ctx, payload)
		a = r.e.read(ctx, out, err)
	})
	return answers
}

func crashFailure(cause string) *failure { return &failure{name: errFunctionUnknown, cause: cause} }

// read turns a function's result into what the service sees. A late result is a time-out.
func (e *Engine) read(ctx context.Context, out []byte, err error) answer {
	if ctx.Err() != nil {
		return answer{fail: cutOff()}
	}
	if err != nil {
		return answer{fail: e.functionError(err)}
	}
	if len(out) > limit {
		return answer{fail: &failure{name: errDataLimit, cause: "the function's output exceeds the limit of 262144 bytes"}}
	}
	if len(out) > 0 && !json.Valid(out) {
		_, err := decode(out) // for the error's text
		return answer{fail: crashFailure(fmt.Sprintf("the function's output is not JSON: %v", err))}
	}
	return answer{output: out}
}

func cutOff() *failure {
	return &failure{name: errFunctionTimeout, cause: `{"errorType":"Sandbox.Timedout","errorMessage":"the function timed out"}`}
}

func (e *Engine) functionError(err error) *failure {
	name := e.config.ErrorName(err)
	cause := encode(map[string]any{"errorType": name, "errorMessage": err.Error()})
	return &failure{name: name, cause: string(cause)}
}

// limits are the time-outs of one attempt; heartbeat 0: none.
type limits struct{ timeout, heartbeat time.Duration }

// invoke runs the function of a task and waits for its output or the task's end.
func (r *run) invoke(name string, payload []byte, l limits) ([]byte, *failure) {
	if fail := r.countEvents(2); fail != nil { // scheduled, started
		return nil, fail
	}
	a := r.wait(r.start(name, payload), time.Now().Add(l.timeout))
	if a.fail != nil && a.fail.closes != "" {
		return nil, a.fail
	}
	if fail := r.countEvents(1); fail != nil { // succeeded, failed or timed out
		return nil, fail
	}
	return a.output, a.fail
}

func (r *run) wait(answers <-chan answer, until time.Time) answer {
	timer := time.NewTimer(time.Until(earlierOf(until, r.deadline)))
	defer timer.Stop()
	select {
	case a := <-answers:
		return a
	case <-timer.C:
		return answer{fail: r.checkTimeOut(until)}
	case <-r.stopped:
		return answer{fail: interruptedFailure()}
	}
}

// checkTimeOut returns the time-out of the execution or of the task, the earlier one.
func (r *run) checkTimeOut(until time.Time) *failure {
	if !r.deadline.After(until) {
		return r.executionTimeOut()
	}
	return &failure{name: errTimeout, cause: "the task timed out"}
}

func earlierOf(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
