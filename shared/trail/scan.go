package trail

import (
	"errors"
	"strings"

	"curfew/shared/strictjson"
)

const maxDepth = strictjson.MaxDepth

var (
	errShort  = errors.New("the text ends inside a value")
	errSyntax = errors.New("the text is not JSON")
	errDeep   = errors.New("the text is nested too deeply")
)

// scan reads JSON once, forward, without copies. It accepts what CloudTrail's shippers produce and JSON forbids
// (invalid UTF-8, control characters in a string, doubled names), so package strictjson does not fit.
type scan struct {
	s string
	i int
}

func (c *scan) space() {
	for c.i < len(c.s) {
		switch c.s[c.i] {
		case ' ', '\t', '\r', '\n':
			c.i++
		default:
			return
		}
	}
}

func (c *scan) peek() (byte, error) {
	c.space()
	if c.i >= len(c.s) {
		return 0, errShort
	}
	return c.s[c.i], nil
}

func (c *scan) enter(bracket byte) error {
	b, err := c.peek()
	if err == nil && b != bracket {
		err = errSyntax
	}
	if err == nil {
		c.i++
	}
	return err
}

// member reads the name of the next member, and its colon.
func (c *scan) member() (name string, more bool, err error) {
	b, err := c.peek()
	if err == nil && b == ',' {
		c.i++
		b, err = c.peek()
	}
	switch {
	case err != nil:
		return "", false, err
	case b == '}':
		c.i++
		return "", false, nil
	case b != '"':
		return "", false, errSyntax
	}
	if name, err = c.quoted(); err != nil {
		return "", false, err
	}
	if b, err = c.peek(); err == nil && b != ':' {
		err = errSyntax
	}
	c.i++
	return name, true, err
}

func (c *scan) item() (more bool, err error) {
	b, err := c.peek()
	if err == nil && b == ',' {
		c.i++
		b, err = c.peek()
	}
	if err == nil && b == ']' {
		c.i++
		return false, nil
	}
	return err == nil, err
}

// quoted reads a string and returns it with its escapes.
func (c *scan) quoted() (string, error) {
	from := c.i + 1
	for at := from; ; {
		n := strings.IndexByte(c.s[at:], '"')
		if n < 0 {
			return "", errShort
		}
		end := at + n
		slashes := 0
		for end-slashes > from && c.s[end-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			c.i = end + 1
			return c.s[from:end], nil
		}
		at = end + 1
	}
}

func (c *scan) skip() error {
	b, err := c.peek()
	if err != nil {
		return err
	}
	switch b {
	case '"':
		_, err := c.quoted()
		return err
	case '{', '[':
		return c.skipBrackets()
	case '}', ']', ',', ':':
		return errSyntax
	}
	for c.i < len(c.s) {
		switch c.s[c.i] {
		case ',', '}', ']', ' ', '\t', '\r', '\n':
			return nil
		}
		c.i++
	}
	return errShort // a number may go on in the next part of the text
}

func (c *scan) skipBrackets() error {
	for depth, most := 0, 0; c.i < len(c.s); {
		switch c.s[c.i] {
		case '"':
			if _, err := c.quoted(); err != nil {
				return err
			}
			continue
		case '{', '[':
			depth++
			most = max(most, depth)
		case '}', ']':
			depth--
		}
		c.i++
		if depth == 0 {
			if most > maxDepth {
				return errDeep
			}
			return nil
		}
	}
	return errShort
}

func (c *scan) raw() (string, error) {
	if _, err := c.peek(); err != nil {
		return "", err
	}
	from := c.i
	err := c.skip()
	return c.s[from:c.i], err
}
