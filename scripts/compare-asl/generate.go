package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"

	"curfew/scripts/compare"
)

type object = map[string]any

// Instants in two of the forms of RFC 3339.
const (
	offset   = "2026-11-23T14:00:00+02:00"
	fraction = "2026-11-23T12:00:00.5Z"
)

var (
	texts   = []any{"", "a", "b", "ab", "a*b", `a\b`, "é"}
	numbers = []any{0, 1, -1, 1.5, 100}
	flags   = []any{true, false}
	times   = []any{"2026-11-23T12:00:00Z", offset, fraction, "2027-01-01T00:00:00Z"}
	scalars = slices.Concat(texts, numbers, flags, times, []any{nil, "2026-11-23"})
	paths   = []string{"$", "$", "$.a", "$.b", "$.t", "$.o", "$.o.x", "$.l", "$.l[0]", "$.l[1]", "$['a']"}
	rare    = []string{"$.r", "$.o.r", "$.missing", "$.o.missing", "$.l[7]", "$$.Execution.Name", "$$.State.Name", "$$.Execution.Input", "$$.StateMachine.Name"}
	names   = []string{"Quota", "Denied", "Transient"}
	types   = []string{"IsPresent", "IsNull", "IsString", "IsBoolean", "IsNumeric", "IsTimestamp"}
	signs   = []string{"Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"}
)

// generate returns machines, each with ten inputs: the other program takes long to read one.
func generate() func(*rand.Rand) Case {
	var machine json.RawMessage
	uses := 0
	return func(r *rand.Rand) Case {
		if uses%10 == 0 {
			b, err := json.Marshal(drawMachine(r))
			if err != nil {
				panic(err) // strings, numbers and maps
			}
			machine = b
		}
		uses++
		c := Case{Machine: machine, Input: input(r), Answers: []Answer{}}
		for range r.IntN(6) {
			if r.IntN(2) == 0 {
				c.Answers = append(c.Answers, Answer{Error: compare.Pick(r, names)})
			} else {
				c.Answers = append(c.Answers, Answer{OK: compare.Pick(r, []any{"echo", object{"x": 1}, []any{1, 2}, nil, 7})})
			}
		}
		return c
	}
}

func scalar(r *rand.Rand) any { return compare.Pick(r, scalars) }

func input(r *rand.Rand) any {
	return object{"a": compare.Pick(r, texts), "b": compare.Pick(r, numbers), "t": compare.Pick(r, times), "o": object{"x": compare.Pick(r, flags)}, "l": []any{scalar(r), object{"x": scalar(r)}}}
}

func path(r *rand.Rand) string {
	if r.IntN(30) == 0 {
		return compare.Pick(r, rare)
	}
	return compare.Pick(r, paths)
}

// drawMachine is a chain of states: S0 to the last, and Caught. A machine has states that choose, or states that change the shape of
// the data: the other program reads a missing variable of a comparison as false.
func drawMachine(r *rand.Rand) object {
	n, chooses := 1+r.IntN(4), r.IntN(2) == 0
	states := object{}
	uses := false
	for i := range n {
		next := fmt.Sprintf("S%d", i+1)
		s := state(r, next, chooses)
		for k, rule := range rulesOf(s) {
			marker := fmt.Sprintf("S%dRule%d", i, k)
			rule["Next"] = marker
			states[marker] = object{"Type": "Pass", "Result": marker, "ResultPath": "$.rule", "Next": next}
		}
		if _, catches := s["Catch"]; catches {
			uses = true
		}
		states[fmt.Sprintf("S%d", i)] = s
	}
	states[fmt.Sprintf("S%d", n)] = compare.Pick(r, []object{{"Type": "Succeed"}, {"Type": "Pass", "End": true}, {"Type": "Succeed", "OutputPath": "$.a"}})
	if r.IntN(8) == 0 {
		states[fmt.Sprintf("S%d", n)] = object{"Type": "Fail", "Error": "Gone", "Cause": "c"}
	}
	if uses {
		states["Caught"] = object{"Type": "Succeed"}
	}
	return object{"StartAt": "S0", "States": states}
}

// rulesOf are the rules of a Choice. Each leads to a state that says which it was.
func rulesOf(s object) []object {
	rules, _ := s["Choices"].([]object)
	return rules
}

func state(r *rand.Rand, next string, chooses bool) object {
	switch kind := r.IntN(4); {
	case kind == 0:
		s := object{"Type": "Wait", "Next": next, "Seconds": r.IntN(9)}
		ways(r, s, chooses)
		delete(s, "ResultPath")
		return s
	case kind == 1:
		return invocation(r, next, chooses)
	case chooses:
		return choice(r, next)
	}
	s := object{"Type": "Pass", "Next": next}
	ways(r, s, false)
	if r.IntN(2) == 0 {
		s["Parameters"] = template(r, 2)
	} else if r.IntN(2) == 0 {
		s["Result"] = object{"a": scalar(r), "l": []any{scalar(r)}}
	}
	return s
}

func invocation(r *rand.Rand, next string, chooses bool) object {
	s := object{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": next}
	ways(r, s, chooses)
	payload := object{"FunctionName": "f"}
	if r.IntN(2) == 0 {
		payload["Payload"] = object{"p.$": path(r)} // not null itself: AWS does not say what the function then gets
	} else {
		payload["Payload"] = template(r, 2)
	}
	s["Parameters"] = payload
	if r.IntN(2) == 0 {
		s["ResultSelector"] = compare.Pick(r, []object{{"p.$": "$.Payload"}, {"all.$": "$"}, {"code.$": "$.StatusCode", "k": 1}})
	}
	if r.IntN(2) == 0 {
		retriers := []any{object{"ErrorEquals": compare.Some(r, names), "MaxAttempts": r.IntN(3), "IntervalSeconds": 1}, object{"ErrorEquals": equals(r), "MaxAttempts": r.IntN(2)}}
		s["Retry"] = retriers[r.IntN(3)/2:] // mostly both
	}
	if r.IntN(2) == 0 {
		catcher := object{"ErrorEquals": equals(r), "Next": "Caught"}
		resultPath(r, catcher)
		s["Catch"] = []any{catcher}
	}
	return s
}

func equals(r *rand.Rand) []string {
	if r.IntN(3) == 0 {
		return []string{"States.ALL"}
	}
	return compare.Some(r, append([]string{"States.TaskFailed", "States.Timeout"}, names...))
}

func ways(r *rand.Rand, s object, keepsShape bool) {
	if keepsShape {
		s["ResultPath"] = compare.Pick(r, []any{nil, "$.r", "$.o.r"})
		return
	}
	resultPath(r, s)
	for _, name := range []string{"InputPath", "OutputPath"} {
		switch r.IntN(12) {
		case 0:
			s[name] = nil
		case 1, 2:
			s[name] = path(r)
		}
	}
}

func resultPath(r *rand.Rand, s object) {
	switch r.IntN(4) {
	case 0:
		s["ResultPath"] = nil
	case 1, 2:
		s["ResultPath"] = compare.Pick(r, []string{"$", "$.r", "$.o.r", "$.new.deep", "$.r", "$.r", "$.r", "$.a.r"})
	}
}

func template(r *rand.Rand, deep int) object {
	t := object{}
	for _, name := range compare.Some(r, []string{"a", "b", "o", "l"}) {
		switch {
		case r.IntN(2) == 0:
			t[name+".$"] = path(r)
		case deep > 0 && r.IntN(3) == 0:
			t[name] = template(r, deep-1)
		case deep > 0 && r.IntN(3) == 0:
			t[name] = []any{scalar(r), template(r, deep-1)}
		default:
			t[name] = scalar(r)
		}
	}
	return t
}
