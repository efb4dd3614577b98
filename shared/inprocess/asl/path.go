package asl

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// path is a reference path to a single node: $, $.a.b, $['a'], $.a[0]; or $$.… in the context object.
type path struct {
	text    string
	context string // for $$: the context field, such as "Execution.Id"
	steps   []step
}

// step is a member name, or an index if element is set.
type step struct {
	name    string
	index   int
	element bool
}

// selector is InputPath, OutputPath or ResultPath: a path, or null (drop).
type selector struct {
	path path
	drop bool
}

// contextFields are the fields of the context object.
// See https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html.
var contextFields = []string{
	"Execution.Id", "Execution.Input", "Execution.Name", "Execution.RedriveCount", "Execution.StartTime",
	"State.EnteredTime", "State.Name", "State.RetryCount", "StateMachine.Id", "StateMachine.Name", "Task.Token",
}

func parsePath(text string) (path, error) {
	if rest, ok := strings.CutPrefix(text, "$$."); ok {
		return parseContextPath(text, rest)
	}
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return path{}, fmt.Errorf("%q is not a path (intrinsic functions are not known)", text)
	}
	steps, err := parseSteps(rest)
	if err != nil {
		return path{}, fmt.Errorf("%q is not a reference path: %w", text, err)
	}
	return path{text: text, steps: steps}, nil
}

func parseContextPath(text, rest string) (path, error) {
	for _, field := range contextFields {
		after, ok := strings.CutPrefix(rest, field)
		if !ok || after != "" && after[0] != '.' && after[0] != '[' {
			continue
		}
		steps, err := parseSteps(after)
		if err != nil {
			return path{}, fmt.Errorf("%q is not a reference path: %w", text, err)
		}
		return path{text: text, context: field, steps: steps}, nil
	}
	return path{}, fmt.Errorf("%q: the context object has no such field", text)
}

func parseSteps(text string) ([]step, error) {
	var steps []step
	for text != "" {
		s, rest, err := parseStep(text)
		if err != nil {
			return nil, err
		}
		steps, text = append(steps, s), rest
	}
	return steps, nil
}

func parseStep(text string) (step, string, error) {
	if rest, ok := strings.CutPrefix(text, "['"); ok {
		name, rest, ok := strings.Cut(rest, "']")
		if !ok || name == "" {
			return step{}, "", fmt.Errorf("no name in %s", text)
		}
		return step{name: name}, rest, nil
	}
	if rest, ok := strings.CutPrefix(text, "["); ok {
		digits, rest, _ := strings.Cut(rest, "]")
		index, err := strconv.ParseUint(digits, 10, 31)
		if err != nil {
			return step{}, "", fmt.Errorf("%q is not an index", digits)
		}
		return step{index: int(index), element: true}, rest, nil
	}
	rest, ok := strings.CutPrefix(text, ".")
	if !ok {
		return step{}, "", fmt.Errorf("unexpected %s", text)
	}
	end := strings.IndexAny(rest, ".[")
	if end < 0 {
		end = len(rest)
	}
	if name := rest[:end]; name != "" && !strings.ContainsAny(name, "*@?:,()]'\" ") {
		return step{name: name}, rest[end:], nil
	}
	return step{}, "", fmt.Errorf("no name in %s", text)
}

func follow(v any, steps []step) (any, bool) {
	for _, s := range steps {
		if s.element {
			list, ok := v.([]any)
			if !ok || s.index >= len(list) {
				return nil, false
			}
			v = list[s.index]
			continue
		}
		object, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = object[s.name]; !ok {
			return nil, false
		}
	}
	return v, true
}

// put returns v with the node at the steps replaced. It copies objects on the way, and creates missing ones. False: not
// possible.
func put(v any, steps []step, node any) (any, bool) {
	if len(steps) == 0 {
		return node, true
	}
	s := steps[0]
	if s.element {
		list, ok := v.([]any)
		if !ok || s.index >= len(list) {
			return nil, false
		}
		item, ok := put(list[s.index], steps[1:], node)
		list = slices.Clone(list)
		list[s.index] = item
		return list, ok
	}
	object, ok := v.(map[string]any)
	if !ok && v != nil {
		return nil, false
	}
	member, ok := put(object[s.name], steps[1:], node)
	object = maps.Clone(object)
	if object == nil {
		object = map[string]any{}
	}
	object[s.name] = member
	return object, ok
}
