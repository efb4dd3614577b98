package eventpattern

import "curfew/shared/strictjson"

func testOf(t strictjson.Value, at string) (test, error) {
	switch t.Kind {
	case strictjson.Object:
		return operator(t, at)
	case strictjson.List:
		return nil, errorAt(at, "want a string, a number, true, false, null or an operator, got a list")
	case strictjson.String:
		return exactText{t.Text, addressOf(t.Text)}, nil
	case strictjson.Number:
		return exactNumber(numberOf(t.Text)), nil
	}
	return exactWord(t.Text), nil
}

func operator(t strictjson.Value, at string) (test, error) {
	name, operand, err := singleMember(t, at)
	if err != nil {
		return nil, err
	}
	here := at + "." + name
	switch name {
	case "prefix":
		return affixOf(operand, here, prefix)
	case "suffix":
		return affixOf(operand, here, suffix)
	case "equals-ignore-case":
		return textTest(operand, here, func(s string) test { return foldedText(s) })
	case "wildcard":
		return wildcardOf(operand, here)
	case "numeric":
		return numericOf(operand, here)
	case "cidr":
		return cidrOf(operand, here)
	case "exists":
		return existsOf(operand, here)
	case "anything-but":
		return anythingButOf(operand, here)
	}
	return nil, errorAt(at, "unknown operator %q", name)
}

func existsOf(operand strictjson.Value, at string) (test, error) {
	switch {
	case operand.Kind != strictjson.Bool:
		return nil, errorAt(at, "want true or false, got %s", describe(operand))
	case operand.Text == "true":
		return presence{}, nil
	}
	return absence{}, nil
}

// presence is {"exists": true}: every scalar, null included, matches.
type presence struct{}

func (presence) matches(value) bool { return true }

// absence is {"exists": false}. It matches no value; field.absent records it.
type absence struct{}

func (absence) matches(value) bool { return false }
