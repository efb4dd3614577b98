package strictjson

import (
	"fmt"
	"unicode/utf8"
)

// checker reads a text once. Its methods move past what they read; they return false after setting fault. json.Valid
// would need a second pass.
type checker struct {
	text  string
	at    int
	rules Rules
	depth int // limit
	fault Error
}

func (c *checker) fail(offset int, reason Reason, why string) bool {
	c.fault = Error{Reason: reason, Offset: offset, Why: why}
	return false
}

func (c *checker) unexpected(want string) bool {
	if c.at >= len(c.text) {
		return c.fail(len(c.text), Syntax, "unexpected end, want "+want)
	}
	r, _ := utf8.DecodeRuneInString(c.text[c.at:])
	return c.fail(c.at, Syntax, fmt.Sprintf("unexpected character %q, want %s", r, want))
}

func (c *checker) space() {
	for c.at < len(c.text) {
		switch c.text[c.at] {
		case ' ', '\t', '\r', '\n':
			c.at++
		default:
			return
		}
	}
}

func (c *checker) nextIs(b byte) bool { return c.at < len(c.text) && c.text[c.at] == b }

// callRule calls a function of the rules with the string that begins at from.
func (c *checker) callRule(from int, s string, ask func(string) error) bool {
	err := ask(s)
	if err == nil {
		return true
	}
	c.fail(from, Refused, err.Error())
	c.fault.Err = err
	return false
}
