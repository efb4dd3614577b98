package strictjson

import (
	"math/bits"
	"strings"
	"unicode/utf8"
)

// A Cutter reads canonical JSON (RFC 8785) of a known layout in one pass, without a copy. It fails on a text of another
// layout and on rare spellings (\u escapes, names beyond ASCII, signs and fractions), which need [Scan]. The text is UTF-8.
type Cutter struct {
	Text   string
	At     int
	Failed bool
}

func (c *Cutter) Begins(with string) bool { return strings.HasPrefix(c.Text[c.At:], with) }

// After moves past a fixed text.
func (c *Cutter) After(fixed string) *Cutter {
	if !c.Begins(fixed) {
		c.Failed = true
		return c
	}
	c.At += len(fixed)
	return c
}

// Plain reads a string without escapes.
func (c *Cutter) Plain() string {
	raw, _ := c.raw("")
	return raw
}

// terse are the escapes of two characters that canonical JSON has.
const terse = `"\bfnrt`

// Terse reads a string without \u escapes.
func (c *Cutter) Terse() string { return unquoted(c.raw(terse)) }

// String reads any string of a text that [Check] accepted.
func (c *Cutter) String() string { return unquoted(c.raw(terse + "/u")) }

// raw accepts some escapes.
func (c *Cutter) raw(escapes string) (raw string, escaped bool) {
	if c.After(`"`); c.Failed {
		return "", false
	}
	from := c.At
	for at := from; ; at += 2 {
		if at = skipPlain(c.Text, at); at == len(c.Text) {
			break
		}
		if c.Text[at] == '"' {
			c.At = at + 1
			return c.Text[from:at], escaped
		}
		if c.Text[at] != '\\' || at+1 == len(c.Text) || strings.IndexByte(escapes, c.Text[at+1]) < 0 {
			break
		}
		escaped = true
	}
	c.Failed = true
	return "", false
}

// skipPlain returns the offset of the next quote, backslash or control character.
func skipPlain(text string, at int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; at+8 <= len(text); at += 8 {
		s := text[at : at+8]
		w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		quote, backslash := w^('"'*ones), w^('\\'*ones)
		found := ((w-' '*ones)&^w | (quote-ones)&^quote | (backslash-ones)&^backslash) & highs
		if found != 0 { // the lowest is exact
			return at + bits.TrailingZeros64(found)/8
		}
	}
	for at < len(text) && text[at] >= ' ' && text[at] != '"' && text[at] != '\\' {
		at++
	}
	return at
}

// Counter reads an unsigned integer of at most 15 digits.
func (c *Cutter) Counter() (n int64) {
	from := c.At
	for c.At < len(c.Text) && c.Text[c.At]-'0' <= 9 {
		n = 10*n + int64(c.Text[c.At]-'0')
		c.At++
	}
	if size := c.At - from; size == 0 || size > 15 || size > 1 && c.Text[from] == '0' {
		c.Failed = true
	}
	return n
}

// cutDepth is less than any limit of [Rules].
const cutDepth = 64

// Value reads a value as written.
func (c *Cutter) Value() string {
	from := c.At
	if c.value(cutDepth); c.Failed {
		return ""
	}
	return c.Text[from:c.At]
}

func (c *Cutter) value(depth int) {
	if depth == 0 || c.At == len(c.Text) {
		c.Failed = true
		return
	}
	switch c.Text[c.At] {
	case '{':
		c.object(depth, "")
	case '[':
		c.list(depth)
	case '"':
		c.raw(terse)
	case 't':
		c.After("true")
	case 'f':
		c.After("false")
	case 'n':
		c.After("null")
	default:
		c.Counter()
	}
}

// Find reads an object, and returns its member of a name as written; "": there is none.
func (c *Cutter) Find(name string) string { return c.object(cutDepth, name) }

func (c *Cutter) object(depth int, want string) (found string) {
	if c.After("{"); c.Begins("}") {
		c.At++
		return ""
	}
	for before, first := "", true; ; first = false {
		name := c.Plain()
		if c.After(":"); c.Failed || !first && before >= name || !isASCII(name) {
			c.Failed = true
			return ""
		}
		from := c.At
		if c.value(depth - 1); c.Failed {
			return ""
		}
		if name == want {
			found = c.Text[from:c.At]
		}
		if !c.Begins(",") {
			c.After("}")
			return found
		}
		c.At++
		before = name
	}
}

func (c *Cutter) list(depth int) {
	c.At++
	if c.Begins("]") {
		c.At++
		return
	}
	for {
		if c.value(depth - 1); c.Failed || !c.Begins(",") {
			break
		}
		c.At++
	}
	c.After("]")
}

func isASCII(name string) bool {
	for i := range len(name) {
		if name[i] >= 0x80 {
			return false
		}
	}
	return true
}

// Ended reports whether the whole text was read, without a failure.
func (c *Cutter) Ended() bool { return !c.Failed && c.At == len(c.Text) }

// IsPlainlyCanonical reports whether a text is canonical JSON without a rare spelling.
func IsPlainlyCanonical(text string) bool {
	c := Cutter{Text: text}
	c.value(cutDepth)
	return c.Ended() && utf8.ValidString(text)
}
