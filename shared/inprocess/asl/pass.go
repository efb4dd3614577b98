package asl

// passOn returns the output of a state that passes its input on.
func (s scope) passOn() (any, *failure) {
	in, fail := s.state.input.pick(s)
	if fail != nil {
		return nil, fail
	}
	return s.state.output.pick(s.withData(in))
}

type succeed struct{}

func (succeed) run(s scope) (any, *target, *failure) {
	out, fail := s.passOn()
	return out, nil, fail
}

// stop is a Fail state.
type stop struct{ name, cause string }

func (w stop) run(scope) (any, *target, *failure) {
	return nil, nil, &failure{name: w.name, cause: w.cause}
}

// pass is a Pass state.
type pass struct {
	result     template // literal or nil
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
		result, fail = w.parameters.fill(s.withData(result))
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
	out, fail = s.state.output.pick(s.withData(out))
	return out, s.state.next, fail
}
