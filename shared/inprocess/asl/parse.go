package asl

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"curfew/shared/strictjson"
)

// Parse reads a definition. functions are the values for ${name}, and must contain every such name; nil leaves the text
// unchanged. The error lists all problems: invalid JSON, duplicate names, unknown fields and states, unreachable
// states.
func Parse(definition []byte, functions map[string]string) (*Machine, error) {
	text, err := substitute(definition, functions)
	if err != nil {
		return nil, fmt.Errorf("asl: %w", err)
	}
	// The service refuses duplicate names; decoding would keep the last.
	if err := strictjson.Check(string(text), strictjson.Rules{}); err != nil {
		return nil, fmt.Errorf("asl: %w", err)
	}
	v, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("asl: %w", err)
	}
	m, err := readMachine(v)
	if err != nil {
		return nil, fmt.Errorf("asl: %w", err)
	}
	return m, nil
}

func substitute(text []byte, values map[string]string) ([]byte, error) {
	if values == nil {
		return text, nil
	}
	var errs []error
	out := regexp.MustCompile(`\$\{[^}"]*\}`).ReplaceAllFunc(text, func(name []byte) []byte {
		value, ok := values[string(name[2:len(name)-1])]
		if !ok {
			errs = append(errs, fmt.Errorf("no value for %s", name))
		}
		quoted := appendString(nil, value)
		return quoted[1 : len(quoted)-1]
	})
	return out, errors.Join(errs...)
}

func readMachine(v any) (*Machine, error) {
	f := readFields("machine", v)
	f.text("Comment")
	if language := f.text("QueryLanguage"); language != "" && language != "JSONPath" {
		f.fault("QueryLanguage", "%s is not known", language)
	}
	if version := f.text("Version"); version != "" && version != "1.0" {
		f.fault("Version", "%s is not known", version)
	}
	m := &Machine{timeout: time.Duration(f.integer("TimeoutSeconds", 1, 99_999_999, int64(year/time.Second))) * time.Second}
	start := f.needText("StartAt")
	states, ok := f.take("States")
	if !ok {
		f.fault("States", "missing")
	}
	graph, err := readStates(states)
	if err := errors.Join(f.done(), err); err != nil {
		return nil, err
	}
	if m.start = graph[start]; m.start == nil {
		return nil, fmt.Errorf("machine: StartAt: there is no state %q", start)
	}
	return m, link(m.start, graph)
}

func readStates(v any) (map[string]*state, error) {
	object, ok := v.(map[string]any)
	if v != nil && !ok {
		return nil, errors.New("machine: States: not an object")
	}
	graph := make(map[string]*state, len(object))
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(object)) {
		st, err := readState(name, object[name])
		errs = append(errs, err)
		graph[name] = st
	}
	return graph, errors.Join(errs...)
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

// readWays reads what Task, Wait and Pass share: paths, and exactly one of Next and End.
func (st *state) readWays(f *fields) {
	st.readPaths(f)
	next, end := f.text("Next"), f.boolean("End")
	if (next == "") == !end {
		f.fault("Next", "exactly one of Next and End: true is needed")
	}
	if next != "" {
		st.next = &target{name: next}
	}
}

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

// link resolves the names of next states, and finds unreachable states.
func link(start *state, graph map[string]*state) error {
	var errs []error
	reached := map[*state]bool{start: true}
	for queue := []*state{start}; len(queue) > 0; queue = queue[1:] {
		for _, t := range queue[0].targets() {
			t.state = graph[t.name]
			if t.state == nil {
				errs = append(errs, fmt.Errorf("state %s: there is no state %q to go to", queue[0].name, t.name))
				continue
			}
			if !reached[t.state] {
				reached[t.state] = true
				queue = append(queue, t.state)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(graph)) {
		if !reached[graph[name]] {
			errs = append(errs, fmt.Errorf("state %s: nothing leads to it", name))
		}
	}
	return errors.Join(errs...)
}
