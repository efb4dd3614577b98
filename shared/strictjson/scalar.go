package strictjson

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// str reads a string without its quotes.
func (c *checker) str() (raw string, escaped, ok bool) {
	from := c.at + 1
	for i := from; i < len(c.text); i++ {
		switch b := c.text[i]; {
		case b == '"':
			c.at = i + 1
			return c.text[from:i], escaped, true
		case b == '\\':
			n := c.escape(i)
			if n == 0 {
				return "", false, false
			}
			escaped = true
			i += n - 1
		case b < ' ':
			return "", false, c.fail(i, Syntax, "a control character in a string")
		}
	}
	return "", false, c.fail(len(c.text), Syntax, "unexpected end inside a string")
}

// escape returns the length of the escape at i, or 0 after a fault.
func (c *checker) escape(i int) int {
	if i+1 >= len(c.text) {
		c.fail(len(c.text), Syntax, "unexpected end inside a string")
		return 0
	}
	switch c.text[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		return c.unicode(i)
	}
	c.fail(i, Syntax, "an unknown escape in a string")
	return 0
}

// unicode is escape for \u0000 and surrogate pairs.
func (c *checker) unicode(i int) int {
	r, ok := codeUnit(c.text[i:])
	switch {
	case !ok:
		c.fail(i, Syntax, `want four hexadecimal digits after \u`)
		return 0
	case !utf16.IsSurrogate(r):
		return 6
	}
	if second, ok := codeUnit(c.text[i+6:]); ok && utf16.DecodeRune(r, second) != utf8.RuneError {
		return 12
	}
	if c.rules.LoneSurrogates {
		return 6
	}
	c.fail(i, LoneSurrogate, "half of a surrogate pair is not text")
	return 0
}

// codeUnit returns the code unit of the \u0000 at the start of s.
func codeUnit(s string) (r rune, ok bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	for i := 2; i < 6; i++ {
		digit := hexDigit(s[i])
		if digit < 0 {
			return 0, false
		}
		r = r<<4 | digit
	}
	return r, true
}

func hexDigit(c byte) rune {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0')
	case c >= 'a' && c <= 'f':
		return rune(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return rune(c-'A') + 10
	}
	return -1
}

func (c *checker) word(word string) bool {
	if !strings.HasPrefix(c.text[c.at:], word) {
		return c.unexpected("a value")
	}
	c.at += len(word)
	return true
}

func (c *checker) number() bool {
	if c.nextIs('-') {
		c.at++
	}
	if c.nextIs('0') {
		c.at++
	} else if !c.digits() {
		return false
	}
	if c.nextIs('.') {
		if c.at++; !c.digits() {
			return false
		}
	}
	if c.nextIs('e') || c.nextIs('E') {
		if c.at++; c.nextIs('+') || c.nextIs('-') {
			c.at++
		}
		return c.digits()
	}
	return true
}

func (c *checker) digits() bool {
	from := c.at
	for c.at < len(c.text) && c.text[c.at] >= '0' && c.text[c.at] <= '9' {
		c.at++
	}
	return c.at > from || c.unexpected("a digit")
}

func unquoted(raw string, escaped bool) string {
	if !escaped {
		return raw
	}
	return Unescape(raw)
}

// Unescape returns the text of a string as it stands between its quotes. Half of a surrogate pair becomes U+FFFD, as in encoding/json. An
// escape that JSON does not have, which [Check] refuses, stays as it is.
func Unescape(raw string) string {
	at := strings.IndexByte(raw, '\\')
	if at < 0 {
		return raw
	}
	out := append(make([]byte, 0, len(raw)), raw[:at]...)
	for i := at; i < len(raw); {
		if raw[i] != '\\' || i+1 == len(raw) {
			out = append(out, raw[i])
			i++
			continue
		}
		if r, ok := codeUnit(raw[i:]); ok {
			i += 6
			if utf16.IsSurrogate(r) {
				second, _ := codeUnit(raw[i:])
				if r = utf16.DecodeRune(r, second); r != utf8.RuneError {
					i += 6
				}
			}
			out = utf8.AppendRune(out, r)
			continue
		}
		if letter := strings.IndexByte(`"\/bfnrt`, raw[i+1]); letter >= 0 {
			out = append(out, "\"\\/\b\f\n\r\t"[letter])
		} else {
			out = append(out, raw[i:i+2]...)
		}
		i += 2
	}
	return string(out)
}
