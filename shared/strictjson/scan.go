package strictjson

import "strings"

type Kind byte

// The kinds. End is the closing bracket of an object or a list.
const (
	End Kind = iota
	Object
	List
	String
	Number
	Bool
	Null
)

// String returns the kind with its article, for errors.
func (k Kind) String() string {
	return [...]string{"the end", "an object", "a list", "a string", "a number", "a boolean", "null"}[k]
}

// A Scanner walks through text that [Check] accepted; it does not check again. Unlike encoding/json it does not copy
// tokens.
//
// [Scanner.Next] returns the kind of the next value. In an object or list, call [Scanner.Enter] and read members or
// items until [Scanner.Closed]. [Scanner.Scalar] reads names too.
type Scanner struct {
	text string
	at   int
}

// Next skips white space, commas and colons and returns the kind of the next value.
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

// Offset returns the byte offset of the next value.
func (s *Scanner) Offset() int {
	s.Next()
	return s.at
}

// Enter moves past the bracket that [Scanner.Next] found.
func (s *Scanner) Enter() { s.at++ }

// Closed reports whether a closing bracket is next, and moves past it.
func (s *Scanner) Closed() bool {
	if s.Next() != End {
		return false
	}
	s.at++
	return true
}

// Scalar reads a string or name without quotes and escapes, or a number or word as written.
func (s *Scanner) Scalar() string {
	if s.Next() == String {
		raw, escaped := s.skipString()
		return unquoted(raw, escaped)
	}
	from := s.at
	for s.at < len(s.text) && !isDelimiter(s.text[s.at]) {
		s.at++
	}
	return s.text[from:s.at]
}

func isDelimiter(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', ',', ']', '}':
		return true
	}
	return false
}

func (s *Scanner) skipString() (raw string, escaped bool) {
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

// Raw reads the next value as written.
func (s *Scanner) Raw() string {
	from := s.Offset()
	s.Skip()
	return s.text[from:s.at]
}

// Skip moves past the next value.
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
			s.skipString()
		default:
			s.Scalar()
		}
		if open == 0 {
			return
		}
	}
}

// Unquote returns the text of a string that [Scanner.Raw] read.
func Unquote(quoted string) string {
	raw := quoted[1 : len(quoted)-1]
	return unquoted(raw, strings.IndexByte(raw, '\\') >= 0)
}
