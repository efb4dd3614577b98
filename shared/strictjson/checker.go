package strictjson

import (
	"fmt"
	"unicode/utf8"
)

// checker goes through a text once. Its methods go behind what they read, and return false after they set the fault.
// It is not built on json.Valid: that knows no place, and one pass that also sees depth and names takes less time.
type checker struct {
	text  string
	at    int
	rules Rules
	depth int   // the most
	fault Error // of the method that returned false
}

func (c *checker) fail(offset int, reason Reason, why string) bool {
	c.fault = Error{Reason: reason, Offset: offset, Why: why}
	return false
}

// unexpected is the fault that the grammar wants something else here.
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

// is reports whether the byte is here.
func (c *checker) is(b byte) bool { return c.at < len(c.text) && c.text[c.at] == b }

// judge asks a function of the rules about the string that begins there.
func (c *checker) judge(from int, s string, ask func(string) error) bool {
	err := ask(s)
	if err == nil {
		return true
	}
	c.fail(from, Refused, err.Error())
	c.fault.Err = err
	return false
}
