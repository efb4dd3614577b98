package eventpattern

import (
	"fmt"

	"curfew/shared/strictjson"
)

func errorAt(at, format string, args ...any) error {
	if at == "" {
		return fmt.Errorf(format, args...)
	}
	return fmt.Errorf("%s: %w", at, fmt.Errorf(format, args...))
}

func describe(t strictjson.Value) string {
	if t.Kind == strictjson.Bool {
		return t.Text
	}
	return t.Kind.String()
}

func singleMember(t strictjson.Value, at string) (string, strictjson.Value, error) {
	if len(t.Members) != 1 {
		return "", strictjson.Value{}, errorAt(at, "%d operators in one object, want 1", len(t.Members))
	}
	return t.Members[0].Name, t.Members[0].Value, nil
}

func textTest(operand strictjson.Value, at string, made func(string) test) (test, error) {
	if operand.Kind != strictjson.String {
		return nil, errorAt(at, "want a string, got %s", describe(operand))
	}
	return made(operand.Text), nil
}
