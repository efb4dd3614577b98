package eventpattern

// testOf reads one entry of a field's list: a scalar, or an object with one operator.
func testOf(t tree, at string) (test, error) {
	switch t.kind {
	case object:
		return operator(t, at)
	case list:
		return nil, wrong(at, "want a string, a number, true, false, null or an operator, got a list")
	case text:
		return exactText{t.text, addressOf(t.text)}, nil
	case number:
		return exactNumberOf(t.text), nil
	}
	return exactWord(t.text), nil
}

// operator reads an object with one operator, as in {"prefix": "us-"}.
func operator(t tree, at string) (test, error) {
	name, operand, err := only(t, at)
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
	return nil, wrong(at, "unknown operator %q", name)
}

// only gives the one member of an object.
func only(t tree, at string) (string, tree, error) {
	if len(t.parts) != 1 {
		return "", tree{}, wrong(at, "%d operators in one object, want 1", len(t.parts))
	}
	return t.names[0], t.parts[0], nil
}

// textTest makes a test of an operand that must be a string.
func textTest(operand tree, at string, made func(string) test) (test, error) {
	if operand.kind != text {
		return nil, wrong(at, "want a string, got %s", operand.describe())
	}
	return made(operand.text), nil
}

// existsOf reads {"exists": true} and {"exists": false}.
func existsOf(operand tree, at string) (test, error) {
	switch operand.value {
	case value{word, "true"}:
		return presence{}, nil
	case value{word, "false"}:
		return absence{}, nil
	}
	return nil, wrong(at, "want true or false, got %s", operand.describe())
}

// presence is {"exists": true}: every scalar, null too, says that the field is there.
type presence struct{}

func (presence) holds(value) bool { return true }

// absence is {"exists": false}. No value shows it; the field remembers it.
type absence struct{}

func (absence) holds(value) bool { return false }
