package trail

import (
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds nesting. CloudTrail's deepest published record has 12 levels.
const maxDepth = 200

var (
	errShort  = errors.New("the text ends inside a value")
	errSyntax = errors.New("the text is not JSON")
	errDeep   = errors.New("the text is nested too deeply")
)

// scan reads JSON once, forward, without copies. It accepts what CloudTrail's shippers produce and JSON forbids (invalid UTF-8,
// control characters in a string, doubled names). The Scanner of package strictjson walks text that was checked in a pass before;
// here each byte is read once.
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

// peek skips white space and gives the next byte, without reading it.
func (c *scan) peek() (byte, error) {
	c.space()
	if c.i >= len(c.s) {
		return 0, errShort
	}
	return c.s[c.i], nil
}

// enter reads the opening bracket of an object or list.
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

// member reads the name of the next member of an object, and its colon. At the end of the object there is no more.
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

// item reports whether a list has one more item, and stands before it.
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

// quoted reads a string and gives what is between its quotes, escapes as they are.
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

// skip reads over one value, whatever it is.
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

// raw reads over one value and gives its text.
func (c *scan) raw() (string, error) {
	if _, err := c.peek(); err != nil {
		return "", err
	}
	from := c.i
	err := c.skip()
	return c.s[from:c.i], err
}

// unescape gives the string that stands escaped between quotes. An escape that JSON does not have stays as it is.
func unescape(s string) string {
	at := strings.IndexByte(s, '\\')
	if at < 0 {
		return s
	}
	b := append(make([]byte, 0, len(s)), s[:at]...)
	for at < len(s) {
		if s[at] != '\\' || at+1 == len(s) {
			b = append(b, s[at])
			at++
			continue
		}
		if r, n := codePoint(s[at:]); n > 0 {
			b = utf8.AppendRune(b, r)
			at += n
			continue
		}
		if i := strings.IndexByte(`"\/bfnrt`, s[at+1]); i >= 0 {
			b = append(b, "\"\\/\b\f\n\r\t"[i])
		} else {
			b = append(b, s[at:at+2]...)
		}
		at += 2
	}
	return string(b)
}

// codePoint reads \uXXXX at the start of s, or two that are one code point, and gives its length; 0: there is no such escape.
func codePoint(s string) (rune, int) {
	r, ok := unit(s)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(r) {
		if low, ok := unit(s[6:]); ok {
			if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
				return both, 12
			}
		}
		return utf8.RuneError, 6
	}
	return r, 6
}

func unit(s string) (r rune, ok bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	for _, c := range []byte(s[2:6]) {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
