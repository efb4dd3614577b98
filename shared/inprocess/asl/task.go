package asl

import (
	"encoding/json"
	"time"
)

// The supported integrations.
const (
	invokeResource   = "arn:aws:states:::lambda:invoke"
	callbackResource = invokeResource + ".waitForTaskToken"
)

// task is a Task state.
type task struct {
	callback  bool
	function  string
	payload   template // nil: an empty object
	timeout   bound
	heartbeat bound
	result    template // ResultSelector; nil: unchanged
	place     selector
	retriers  []retrier
	catchers  []catcher
}

// bound is a number of seconds: fixed (0: absent), or from a path.
type bound struct {
	seconds int64
	path    *path
}

func readTask(f *fields) *task {
	w := &task{
		timeout:   f.bound("TimeoutSeconds"),
		heartbeat: f.bound("HeartbeatSeconds"),
		result:    f.template("ResultSelector"),
		place:     f.resultPath(),
		retriers:  readRetry(f),
		catchers:  readCatch(f),
	}
	switch resource := f.needText("Resource"); resource {
	case invokeResource:
	case callbackResource:
		w.callback = true
	default:
		f.fault("Resource", "%q is not known", resource)
	}
	if !w.callback && (w.heartbeat != bound{}) {
		f.fault("HeartbeatSeconds", "only a task that waits for its token has heartbeats here")
	}
	if w.timeout.seconds > 0 && w.heartbeat.seconds >= w.timeout.seconds {
		f.fault("HeartbeatSeconds", "not below TimeoutSeconds")
	}
	w.readInvocation(f)
	return w
}

func (w *task) readInvocation(f *fields) {
	v, ok := f.take("Parameters")
	if !ok {
		f.fault("Parameters", "missing")
		return
	}
	p := readFields(f.where+": Parameters", v)
	w.function = p.needText("FunctionName")
	w.payload = p.template("Payload")
	if from := p.path("Payload.$"); from != nil {
		if w.payload != nil {
			p.fault("Payload.$", "Payload is given too")
		}
		w.payload = *from
	}
	if err := p.done(); err != nil {
		f.errs = append(f.errs, err)
	}
	if !w.callback && usesToken(w.payload) {
		f.fault("Parameters", "only a task that waits for its token has $$.Task.Token")
	}
}

func usesToken(t template) bool {
	switch t := t.(type) {
	case path:
		return t.context == "Task.Token"
	case object:
		for _, m := range t {
			if usesToken(m.from) {
				return true
			}
		}
	case list:
		for _, item := range t {
			if usesToken(item) {
				return true
			}
		}
	}
	return false
}

// bound reads name or its path form, not both.
func (f *fields) bound(name string) bound {
	b := bound{f.integer(name, 1, mostSeconds, 0), f.path(name + "Path")}
	if b.seconds > 0 && b.path != nil {
		f.fault(name, "%sPath is given too", name)
	}
	return b
}

// seconds returns the bound in this scope, or absent. A path to anything except a positive integer is an error that
// cannot be caught.
func (s scope) seconds(b bound, absent time.Duration) (time.Duration, *failure) {
	n := b.seconds
	if b.path != nil {
		v, fail := s.get(*b.path)
		if fail != nil {
			return 0, fail
		}
		var ok bool
		if n, ok = wholeNumber(v); !ok || n < 1 || n > mostSeconds {
			return 0, s.runtime(b.path.text + " is not a whole number from 1 to 99999999")
		}
	}
	if n == 0 {
		return absent, nil
	}
	return time.Duration(n) * time.Second, nil
}

// run makes attempts until one succeeds or Retry gives up. Then Catch takes the error, or the execution fails.
func (w *task) run(s scope) (any, *target, *failure) {
	in, fail := s.state.input.pick(s)
	if fail != nil {
		return nil, nil, fail
	}
	again := retries{retriers: w.retriers}
	for {
		out, fail := w.try(s, in)
		if fail == nil {
			return out, s.state.next, nil
		}
		delay, ok := again.delay(fail, s.run.e.jitter)
		if !ok {
			return w.catch(s, fail)
		}
		if fail := s.run.sleep(delay); fail != nil {
			return nil, nil, fail
		}
		if fail := s.run.countRetry(); fail != nil {
			return nil, nil, fail
		}
		s.retries++
	}
}

func (w *task) catch(s scope, fail *failure) (any, *target, *failure) {
	for _, c := range w.catchers {
		if !fail.matches(c.equals) {
			continue
		}
		out, fail := c.place.place(s.data, fail.output())
		return out, c.next, fail
	}
	return nil, nil, fail
}

func (w *task) try(s scope, in any) (any, *failure) {
	result, fail := w.call(s.withData(in))
	if fail != nil {
		return nil, fail
	}
	if w.result != nil {
		if result, fail = w.result.fill(s.withData(result)); fail != nil {
			return nil, fail
		}
	}
	out, fail := w.place.place(s.data, result)
	if fail != nil {
		return nil, fail
	}
	return s.state.output.pick(s.withData(out))
}

// call returns the task's result: the token's answer, or the service's description of the invocation.
func (w *task) call(s scope) (any, *failure) {
	limits, fail := w.limits(s)
	if fail != nil {
		return nil, fail
	}
	if w.callback {
		waiting := s.run.e.open()
		s.token = waiting.token
		defer s.run.e.retire(waiting)
		payload, fail := w.fill(s)
		if fail != nil {
			return nil, fail
		}
		return s.run.await(w.function, payload, waiting, limits)
	}
	payload, fail := w.fill(s)
	if fail != nil {
		return nil, fail
	}
	output, fail := s.run.invoke(w.function, payload, limits)
	if fail != nil {
		return nil, fail
	}
	if w.result == nil && w.place.drop { // the result is not used
		return nil, nil
	}
	answer, err := decode(output)
	if err != nil { // cannot happen: already validated
		return nil, s.runtime(err.Error())
	}
	return map[string]any{"ExecutedVersion": "$LATEST", "Payload": answer, "StatusCode": json.Number("200")}, nil
}

func (w *task) fill(s scope) ([]byte, *failure) {
	if w.payload == nil {
		return []byte("{}"), nil
	}
	v, fail := w.payload.fill(s)
	if fail != nil {
		return nil, fail
	}
	payload := encode(v)
	return payload, tooLarge(payload, "payload of the state "+s.state.name)
}

func (w *task) limits(s scope) (limits, *failure) {
	timeout, fail := s.seconds(w.timeout, mostSeconds*time.Second)
	if fail != nil {
		return limits{}, fail
	}
	heartbeat, fail := s.seconds(w.heartbeat, 0)
	if fail != nil {
		return limits{}, fail
	}
	if heartbeat >= timeout {
		return limits{}, s.runtime("the heartbeat is not below the time-out")
	}
	return limits{timeout, heartbeat}, nil
}
