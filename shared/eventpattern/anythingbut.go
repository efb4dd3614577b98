package eventpattern

import (
	"slices"

	"curfew/shared/strictjson"
)

// anythingBut is {"anything-but": …}: every scalar for which no test holds. A missing field does not match.
type anythingBut []test

func (a anythingBut) matches(v value) bool {
	return !slices.ContainsFunc(a, func(t test) bool { return t.matches(v) })
}

func anythingButOf(operand strictjson.Value, at string) (test, error) {
	if operand.Kind == strictjson.Object {
		name, inner, err := singleMember(operand, at)
		if err != nil {
			return nil, err
		}
		switch name {
		case "prefix", "suffix", "equals-ignore-case", "wildcard":
		default:
			return nil, errorAt(at, "operator %q does not go with anything-but", name)
		}
		return newAnythingBut(inner, at+"."+name, func(t strictjson.Value, here string) (test, error) {
			return butOperator(name, t, here)
		})
	}
	if err := checkSameKind(operand, at); err != nil {
		return nil, err
	}
	return newAnythingBut(operand, at, butValue)
}

func newAnythingBut(operand strictjson.Value, at string, made func(strictjson.Value, string) (test, error)) (test, error) {
	entries := []strictjson.Value{operand}
	if operand.Kind == strictjson.List {
		entries = operand.Items
	}
	if len(entries) == 0 {
		return nil, errorAt(at, "an empty list, want at least one value")
	}
	var a anythingBut
	for _, entry := range entries {
		t, err := made(entry, at)
		if err != nil {
			return nil, err
		}
		a = append(a, t)
	}
	return a, nil
}

// checkSameKind refuses a list that mixes strings and numbers.
func checkSameKind(operand strictjson.Value, at string) error {
	if len(operand.Items) == 0 {
		return nil
	}
	first := operand.Items[0].Kind
	if slices.ContainsFunc(operand.Items, func(t strictjson.Value) bool { return t.Kind != first }) {
		return errorAt(at, "want only strings or only numbers in one list")
	}
	return nil
}

func butValue(t strictjson.Value, at string) (test, error) {
	switch t.Kind {
	case strictjson.String:
		return sameText(t.Text), nil
	case strictjson.Number:
		n, err := boundOf(t.Text, at)
		return exactNumber(n), err
	}
	return nil, errorAt(at, "want a string, a number, a list of either or an operator, got %s", describe(t))
}

func butOperator(name string, t strictjson.Value, at string) (test, error) {
	if t.Kind != strictjson.String {
		return nil, errorAt(at, "want a string or a list of strings, got %s", describe(t))
	}
	switch name {
	case "equals-ignore-case":
		return foldedText(t.Text), nil
	case "wildcard":
		return wildcardOf(t, at)
	}
	if t.Text == "" {
		return nil, errorAt(at, "an empty string, which every string has")
	}
	on := prefix
	if name == "suffix" {
		on = suffix
	}
	return affix{t.Text, on, false}, nil
}

// sameText compares byte by byte, IP addresses too, unlike [exactText].
type sameText string

func (s sameText) matches(v value) bool { return v.kind == strictjson.String && v.text == string(s) }
