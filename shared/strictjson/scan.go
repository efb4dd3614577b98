package strictjson

import "strings"

// Kind is what a JSON value is.
type Kind byte

// The kinds of values. End is the closing bracket of an object or a list.
const (
	End Kind = iota
	Object
	List
	String
	Number
	Bool
	Null
)

// String is the kind with its article, for errors.
func (k Kind) String() string {
	return [...]string{"the end", "an object", "a list", "a string", "a number", "a boolean", "null"}[k]
}

// A Scanner walks through text that [Check] accepted, so it never looks whether it may. It makes no copies: encoding/json makes
// one of every token.
//
// [Scanner.Next] gives the kind of what follows; for an object or list [Scanner.Enter] is called, and then the members or
// items are read until [Scanner.Closed]. The name of a member is read with [Scanner.Scalar].
type Scanner struct {
	text string
	at   int
}

// Next skips white space, commas and colons, and gives the kind of what follows.
func (s *Scanner) Next() Kind {
	for {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n', ',', ':':
			s.at++
		case '{':
			return Object
		case '[':
			return List
		case '"':
			return String
		case 't', 'f':
			return Bool
		case 'n':
			return Null
		case '}', ']':
			return End
		default:
			return Number
		}
	}
}

// Offset is the byte at which what follows begins.
func (s *Scanner) Offset() int {
	s.Next()
	return s.at
}

// Enter goes behind the bracket that [Scanner.Next] found.
func (s *Scanner) Enter() { s.at++ }

// Closed goes behind the closing bracket, if that is what follows.
func (s *Scanner) Closed() bool {
	if s.Next() != End {
		return false
	}
	s.at++
	return true
}

// Scalar reads a string or name, without its quotes and escapes, or a number or word as it is written.
func (s *Scanner) Scalar() string {
	if s.Next() == String {
		raw, escaped := s.pass()
		return plain(raw, escaped)
	}
	from := s.at
	for s.at < len(s.text) && !ends(s.text[s.at]) {
		s.at++
	}
	return s.text[from:s.at]
}

// ends reports whether a number or word ends before a byte.
func ends(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', ',', ']', '}':
		return true
	}
	return false
}

// pass goes behind the string that begins here.
func (s *Scanner) pass() (raw string, escaped bool) {
	from := s.at + 1
	for s.at++; s.text[s.at] != '"'; s.at++ {
		if s.text[s.at] == '\\' {
			escaped = true
			s.at++
		}
	}
	s.at++
	return s.text[from : s.at-1], escaped
}

// Raw reads the value that follows, as it is written.
func (s *Scanner) Raw() string {
	from := s.Offset()
	s.Skip()
	return s.text[from:s.at]
}

// Skip goes behind the value that follows.
func (s *Scanner) Skip() {
	for open := 0; ; {
		switch s.Next() {
		case Object, List:
			open++
			s.at++
		case End:
			open--
			s.at++
		case String:
			s.pass()
		default:
			s.Scalar()
		}
		if open == 0 {
			return
		}
	}
}

// Unquote gives the text of a string that [Scanner.Raw] read.
func Unquote(quoted string) string {
	raw := quoted[1 : len(quoted)-1]
	return plain(raw, strings.IndexByte(raw, '\\') >= 0)
}
