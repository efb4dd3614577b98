package strictjson

import (
	"fmt"
	"unicode/utf8"
)

// Check verifies that the text is one JSON value that follows the rules. The error is an [*Error].
func Check(text string, r Rules) error {
	if r.MaxBytes > 0 && len(text) > r.MaxBytes {
		return &Error{Reason: TooLarge, Offset: -1, Why: fmt.Sprintf("%d bytes, want at most %d", len(text), r.MaxBytes)}
	}
	c := checker{text: text, rules: r, depth: r.depth()}
	if !utf8.ValidString(text) {
		c.fail(firstInvalid(text), NotUTF8, "not valid UTF-8")
	} else if c.checkDocument() {
		return nil
	}
	fault := c.fault // c itself stays off the heap
	if fault.Path == "" && fault.Reason != NotUTF8 {
		fault.Path = pathTo(text, fault.Offset)
	}
	return &fault
}

// Scan checks the text and returns a Scanner at its start. The error is an [*Error].
func Scan(text string, r Rules) (Scanner, error) {
	if err := Check(text, r); err != nil {
		return Scanner{}, err
	}
	return Scanner{text: text}, nil
}

func firstInvalid(text string) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(text)
}

func (c *checker) checkDocument() bool {
	c.space()
	if c.rules.Object && c.at < len(c.text) && c.text[c.at] != '{' {
		return c.fail(c.at, NotObject, "want an object")
	}
	if !c.value(1) {
		return false
	}
	if c.space(); c.at < len(c.text) {
		return c.fail(c.at, Trailing, "something follows the value")
	}
	return true
}

func (c *checker) value(depth int) bool {
	if c.at >= len(c.text) {
		return c.unexpected("a value")
	}
	switch b := c.text[c.at]; b {
	case '{':
		return c.object(depth)
	case '[':
		return c.list(depth)
	case '"':
		from := c.at
		raw, escaped, ok := c.str()
		return ok && (c.rules.Text == nil || c.callRule(from, unquoted(raw, escaped), c.rules.Text))
	case 't':
		return c.word("true")
	case 'f':
		return c.word("false")
	case 'n':
		if c.rules.NoNull {
			return c.fail(c.at, NullValue, "null: leave it out")
		}
		return c.word("null")
	default:
		if b == '-' || b >= '0' && b <= '9' {
			return c.number()
		}
		return c.unexpected("a value")
	}
}

func (c *checker) list(depth int) bool {
	if depth > c.depth {
		return c.tooDeep()
	}
	c.at++
	if c.space(); c.nextIs(']') {
		c.at++
		return true
	}
	for {
		if !c.value(depth + 1) {
			return false
		}
		switch c.space(); {
		case c.nextIs(','):
			c.at++
			c.space()
		case c.nextIs(']'):
			c.at++
			return true
		default:
			return c.unexpected("a comma or the end of the list")
		}
	}
}

func (c *checker) object(depth int) bool {
	if depth > c.depth {
		return c.tooDeep()
	}
	c.at++
	if c.space(); c.nextIs('}') {
		c.at++
		return true
	}
	var names objectNames
	for {
		if !c.member(&names, depth) {
			return false
		}
		switch c.space(); {
		case c.nextIs(','):
			c.at++
			c.space()
		case c.nextIs('}'):
			c.at++
			return true
		default:
			return c.unexpected("a comma or the end of the object")
		}
	}
}

func (c *checker) member(names *objectNames, depth int) bool {
	if !c.nextIs('"') {
		return c.unexpected("the name of a member")
	}
	from := c.at
	raw, escaped, ok := c.str()
	if !ok || !c.name(names, from, unquoted(raw, escaped)) {
		return false
	}
	if c.space(); !c.nextIs(':') {
		return c.unexpected("a colon")
	}
	c.at++
	c.space()
	return c.value(depth + 1)
}

func (c *checker) tooDeep() bool {
	return c.fail(c.at, TooDeep, fmt.Sprintf("objects and lists nested deeper than %d", c.depth))
}
