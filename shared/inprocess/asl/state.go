package asl

import "fmt"

// state is one state of a machine, compiled.
type state struct {
	name   string
	input  selector
	output selector
	next   *target // nil: it ends the execution
	work   work
}

// work is what a type of state does. It takes the state's input as it came in, and gives its output and where to go: nil
// ends the execution.
type work interface {
	run(s scope) (out any, next *target, fail *failure)
}

// target is where a transition leads.
type target struct {
	name  string
	state *state
}

// targets are all ways out.
func (st *state) targets() []*target {
	var all []*target
	if st.next != nil {
		all = append(all, st.next)
	}
	switch w := st.work.(type) {
	case *choice:
		for _, r := range w.rules {
			all = append(all, r.next)
		}
		if w.otherwise != nil {
			all = append(all, w.otherwise)
		}
	case *task:
		for i := range w.catchers {
			all = append(all, w.catchers[i].next)
		}
	}
	return all
}

func readState(name string, v any) (*state, error) {
	f := readFields("state "+name, v)
	f.text("Comment")
	if language := f.text("QueryLanguage"); language != "" && language != "JSONPath" {
		f.fault("QueryLanguage", "%s is not known", language)
	}
	st := &state{name: name}
	switch kind := f.text("Type"); kind {
	case "Task":
		st.readWays(f)
		st.work = readTask(f)
	case "Wait":
		st.readWays(f)
		st.work = readWait(f)
	case "Pass":
		st.readWays(f)
		st.work = readPass(f)
	case "Choice":
		st.readPaths(f)
		st.work = readChoice(f)
	case "Succeed":
		st.readPaths(f)
		st.work = succeed{}
	case "Fail":
		st.work = stop{name: f.text("Error"), cause: f.text("Cause")}
	default:
		return nil, fmt.Errorf("state %s: the Type %q is not known", name, kind)
	}
	return st, f.done()
}

func (st *state) readPaths(f *fields) {
	st.input, st.output = f.selector("InputPath"), f.selector("OutputPath")
}

// readWays reads what Task, Wait and Pass share: the paths, and exactly one of Next and End.
func (st *state) readWays(f *fields) {
	st.readPaths(f)
	next, end := f.text("Next"), f.yes("End")
	if (next == "") == !end {
		f.fault("Next", "exactly one of Next and End: true is needed")
	}
	if next != "" {
		st.next = &target{name: next}
	}
}

// through is the output of a state that only passes its input on.
func (s scope) through() (any, *failure) {
	in, fail := s.state.input.pick(s)
	if fail != nil {
		return nil, fail
	}
	return s.state.output.pick(s.of(in))
}

type succeed struct{}

func (succeed) run(s scope) (any, *target, *failure) {
	out, fail := s.through()
	return out, nil, fail
}

// stop is a Fail state.
type stop struct{ name, cause string }

func (w stop) run(scope) (any, *target, *failure) {
	return nil, nil, &failure{name: w.name, cause: w.cause}
}

// pass is a Pass state.
type pass struct {
	result     template // a literal, or nil
	parameters template
	place      selector
}

func readPass(f *fields) *pass {
	w := &pass{parameters: f.template("Parameters"), place: f.resultPath()}
	if v, ok := f.take("Result"); ok {
		w.result = literal{v}
	}
	return w
}

func (w *pass) run(s scope) (any, *target, *failure) {
	result, fail := s.state.input.pick(s)
	if fail == nil && w.parameters != nil {
		result, fail = w.parameters.fill(s.of(result))
	}
	if fail == nil && w.result != nil {
		result, fail = w.result.fill(s)
	}
	if fail != nil {
		return nil, nil, fail
	}
	out, fail := w.place.place(s.data, result)
	if fail != nil {
		return nil, nil, fail
	}
	out, fail = s.state.output.pick(s.of(out))
	return out, s.state.next, fail
}
