package eventpattern

import (
	"bytes"
	"encoding/json"
)

// A kind is what a JSON value is, told by its first byte.
type kind byte

const (
	object kind = '{'
	list   kind = '['
	text   kind = '"'
	number kind = '0'
	word   kind = 't' // true, false, null
)

// A value is a JSON scalar: a string without its quotes and escapes, anything
// else as it is written.
type value struct {
	kind kind
	text string
}

// A scanner walks through text that json.Valid has accepted, and therefore
// never looks whether it may. It makes no copies; encoding/json would make one
// of every token.
type scanner struct {
	text string
	at   int
}

// next skips white space, commas and colons, and gives the kind of what follows.
// Before a closing bracket it is that bracket.
func (s *scanner) next() kind {
	for {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n', ',', ':':
			s.at++
		case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			return number
		case 't', 'f', 'n':
			return word
		default:
			return kind(c)
		}
	}
}

// enter goes behind the bracket that opens an object or a list.
func (s *scanner) enter() { s.at++ }

// closed goes behind the closing bracket, if that is what follows.
func (s *scanner) closed() bool {
	if c := s.next(); c != '}' && c != ']' {
		return false
	}
	s.at++
	return true
}

// scalar reads the string, number or word that follows, or a member's name.
func (s *scanner) scalar() value {
	k := s.next()
	if k == text {
		return value{k, s.string()}
	}
	start := s.at
	for !s.ended() {
		s.at++
	}
	return value{k, s.text[start:s.at]}
}

// ended tells whether a number or word ends here. It is always inside an object.
func (s *scanner) ended() bool {
	switch s.text[s.at] {
	case ' ', '\t', '\r', '\n', ',', ']', '}':
		return true
	}
	return false
}

// string reads the string that begins here.
func (s *scanner) string() string {
	start := s.at
	if escaped := s.pass(); !escaped {
		return s.text[start+1 : s.at-1]
	}
	var decoded string
	if json.Unmarshal([]byte(s.text[start:s.at]), &decoded) != nil {
		return s.text[start+1 : s.at-1] // cannot be: the text is valid
	}
	return decoded
}

// pass goes behind the string that begins here, and tells whether it has escapes.
func (s *scanner) pass() (escaped bool) {
	for s.at++; s.text[s.at] != '"'; s.at++ {
		if s.text[s.at] == '\\' {
			escaped = true
			s.at++
		}
	}
	s.at++
	return escaped
}

// skip goes behind the value that follows.
func (s *scanner) skip() {
	open := 0
	for {
		switch s.next() {
		case object, list:
			open++
			s.at++
		case '}', ']':
			open--
			s.at++
		case text:
			s.pass()
		default:
			s.scalar()
		}
		if open == 0 {
			return
		}
	}
}

// A tree is a JSON value with its members in their order, also those whose
// name came before. Only patterns, which are short, are made into trees.
type tree struct {
	value          // the scalar, or only the kind
	names []string // of an object's members
	parts []tree   // the members of an object, the items of a list
}

// tree reads the value that follows.
func (s *scanner) tree() tree {
	k := s.next()
	if k != object && k != list {
		return tree{value: s.scalar()}
	}
	t := tree{value: value{kind: k}}
	for s.enter(); !s.closed(); {
		if k == object {
			t.names = append(t.names, s.scalar().text)
		}
		t.parts = append(t.parts, s.tree())
	}
	return t
}

// isObject tells whether valid JSON text is an object.
func isObject(text []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{"))
}

// tooDeep tells whether more than MaxDepth objects and lists of valid JSON text
// are inside each other. Most texts do not have so many at all.
func tooDeep(text []byte) bool {
	if bytes.Count(text, []byte("{"))+bytes.Count(text, []byte("[")) <= MaxDepth {
		return false
	}
	deepest, now, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}', c == ']':
			now--
		}
	}
	return deepest > MaxDepth
}
