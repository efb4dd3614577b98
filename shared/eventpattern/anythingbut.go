package eventpattern

import "slices"

// anythingBut is {"anything-but": …}: every scalar, of any kind, for which none
// of the tests holds. A field that is missing has no scalar and does not match.
type anythingBut []test

func (a anythingBut) holds(v value) bool {
	return !slices.ContainsFunc(a, func(t test) bool { return t.holds(v) })
}

// anythingButOf reads the operand of anything-but: a string, a number, a list
// of either, or an operator on a string or on a list of strings.
func anythingButOf(operand tree, at string) (test, error) {
	if operand.kind == object {
		name, inner, err := only(operand, at)
		if err != nil {
			return nil, err
		}
		switch name {
		case "prefix", "suffix", "equals-ignore-case", "wildcard":
		default:
			return nil, wrong(at, "operator %q does not go with anything-but", name)
		}
		return excepted(inner, at+"."+name, func(t tree, here string) (test, error) {
			return butOperator(name, t, here)
		})
	}
	if err := alike(operand, at); err != nil {
		return nil, err
	}
	return excepted(operand, at, butValue)
}

// excepted makes the tests of a single operand, or of all in a list.
func excepted(operand tree, at string, made func(tree, string) (test, error)) (test, error) {
	entries := []tree{operand}
	if operand.kind == list {
		entries = operand.parts
	}
	if len(entries) == 0 {
		return nil, wrong(at, "an empty list, want at least one value")
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

// alike refuses a list of strings and numbers together.
func alike(operand tree, at string) error {
	if len(operand.parts) == 0 {
		return nil
	}
	first := operand.parts[0].kind
	if slices.ContainsFunc(operand.parts, func(t tree) bool { return t.kind != first }) {
		return wrong(at, "want only strings or only numbers in one list")
	}
	return nil
}

// butValue is a plain string or number. A number that cannot be compared is
// refused here, though not as an exact value.
func butValue(t tree, at string) (test, error) {
	switch t.kind {
	case text:
		return sameText(t.text), nil
	case number:
		n := exactNumberOf(t.text)
		if !n.inRange {
			return nil, wrong(at, "%s is beyond -5e9..5e9 or has more than 6 decimals", t.text)
		}
		return n, nil
	}
	return nil, wrong(at, "want a string, a number, a list of either or an operator, got %s", t.describe())
}

// butOperator is an operator on one string.
func butOperator(name string, t tree, at string) (test, error) {
	if t.kind != text {
		return nil, wrong(at, "want a string or a list of strings, got %s", t.describe())
	}
	switch name {
	case "equals-ignore-case":
		return foldedText(t.text), nil
	case "wildcard":
		return wildcardOf(t, at)
	}
	if t.text == "" {
		return nil, wrong(at, "an empty string, which every string has")
	}
	on := prefix
	if name == "suffix" {
		on = suffix
	}
	return affix{t.text, on, false}, nil
}

// sameText is a string, byte by byte. Addresses are no exception here: only a
// listed value is made into an address.
type sameText string

func (s sameText) holds(v value) bool { return v.kind == text && v.text == string(s) }
