package asl

import (
	"encoding/json"
	"strconv"
	"time"
)

// pick applies InputPath or OutputPath; null gives an empty object.
func (s selector) pick(sc scope) (any, *failure) {
	if s.drop {
		return map[string]any{}, nil
	}
	return sc.get(s.path)
}

// place puts a result into the state's input by ResultPath; null drops the result.
func (s selector) place(input, result any) (any, *failure) {
	if s.drop {
		return input, nil
	}
	out, ok := put(input, s.path.steps, result)
	if !ok {
		return nil, &failure{name: errResultPath, cause: "ResultPath " + s.path.text + " does not fit the state's input"}
	}
	return out, nil
}

func (s scope) withData(data any) scope {
	s.data = data
	return s
}

// get follows a path. A missing node is States.Runtime, which cannot be caught.
func (s scope) get(p path) (any, *failure) {
	v, ok := s.find(p)
	if !ok {
		return nil, s.runtime("the path " + p.text + " is not in the input")
	}
	return v, nil
}

func (s scope) find(p path) (any, bool) {
	if p.context == "" {
		return follow(s.data, p.steps)
	}
	v, ok := s.context(p.context)
	if !ok {
		return nil, false
	}
	return follow(v, p.steps)
}

// runtime returns a States.Runtime error of this state.
func (s scope) runtime(cause string) *failure {
	return &failure{name: errRuntime, cause: "in the state " + strconv.Quote(s.state.name) + ": " + cause}
}

func (s scope) context(field string) (any, bool) {
	x, e := s.run.x, s.run.e
	switch field {
	case "Execution.Id":
		return x.arn, true
	case "Execution.Input":
		return x.inputTree, true
	case "Execution.Name":
		return x.name, true
	case "Execution.RedriveCount":
		return json.Number(strconv.Itoa(s.run.redrive)), true
	case "Execution.StartTime":
		return instant(x.startedAt), true
	case "State.EnteredTime":
		return instant(s.entered), true
	case "State.Name":
		return s.state.name, true
	case "State.RetryCount":
		return json.Number(strconv.Itoa(s.retries)), true
	case "StateMachine.Id":
		return e.machineARN, true
	case "StateMachine.Name":
		return e.config.Name, true
	case "Task.Token":
		return s.token, s.token != ""
	}
	return nil, false
}

// instant formats a time as the context object does: UTC, milliseconds.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// readInstant parses the RFC 3339 form of Wait and Choice, with upper-case T and Z.
func readInstant(v any) (time.Time, bool) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	return t, err == nil
}
