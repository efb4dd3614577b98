package evidence

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Canonical writes v as JSON in the one form that is hashed: members of objects in order of the bytes of their names, no white space,
// no escape where JSON needs none (not even of <, > and & as encoding/json has it), numbers as they were written. A nil v
// has no bytes.
func Canonical(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	raw, ok := v.(json.RawMessage)
	if !ok {
		b, err := marshal(v)
		if err != nil {
			return nil, err
		}
		raw = b
	}
	// encoding/json checked what it wrote; a RawMessage, inside or alone, is whatever somebody else wrote.
	if !json.Valid(raw) {
		var any any
		return nil, json.Unmarshal(raw, &any)
	}
	return canonicalValue(make([]byte, 0, len(raw)), &scan{in: raw})
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// scan goes through JSON that is valid.
type scan struct {
	in []byte
	at int
}

func (s *scan) space() {
	for s.at < len(s.in) && (s.in[s.at] == ' ' || s.in[s.at] == '\t' || s.in[s.at] == '\n' || s.in[s.at] == '\r') {
		s.at++
	}
}

// peek is the first byte of what comes next.
func (s *scan) peek() byte {
	s.space()
	return s.in[s.at]
}

// str is the next string with its quotes, as it was written.
func (s *scan) str() []byte {
	s.space()
	from := s.at
	for s.at++; s.in[s.at] != '"'; s.at++ {
		if s.in[s.at] == '\\' {
			s.at++
		}
	}
	s.at++
	return s.in[from:s.at]
}

// rest is the next number or literal.
func (s *scan) rest() []byte {
	s.space()
	from := s.at
	for s.at < len(s.in) && !bytes.ContainsRune([]byte(",]} \t\n\r"), rune(s.in[s.at])) {
		s.at++
	}
	return s.in[from:s.at]
}

func canonicalValue(out []byte, s *scan) ([]byte, error) {
	switch s.peek() {
	case '{':
		return canonicalObject(out, s)
	case '[':
		return canonicalList(out, s)
	case '"':
		return canonicalString(out, s.str())
	}
	return append(out, s.rest()...), nil
}

// canonicalString writes a string that has an escape anew: there is more than one way to escape.
func canonicalString(out, quoted []byte) ([]byte, error) {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return append(out, quoted...), nil
	}
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		return nil, err
	}
	b, err := marshal(text)
	return append(out, b...), err
}

func canonicalList(out []byte, s *scan) ([]byte, error) {
	out = append(out, '[')
	var err error
	for s.at++; s.peek() != ']'; {
		if s.peek() == ',' {
			out = append(out, ',')
			s.at++
		}
		if out, err = canonicalValue(out, s); err != nil {
			return nil, err
		}
	}
	s.at++
	return append(out, ']'), nil
}

// member is one member of an object, written already.
type member struct{ name, value []byte }

func canonicalObject(out []byte, s *scan) ([]byte, error) {
	var all []member
	for s.at++; s.peek() != '}'; {
		if s.peek() == ',' {
			s.at++
		}
		name, err := canonicalString(nil, s.str())
		if err != nil {
			return nil, err
		}
		s.space()
		s.at++ // the colon
		value, err := canonicalValue(nil, s)
		if err != nil {
			return nil, err
		}
		all = append(all, member{name, value})
	}
	s.at++
	slices.SortStableFunc(all, func(a, b member) int { return bytes.Compare(a.name[1:len(a.name)-1], b.name[1:len(b.name)-1]) })
	out = append(out, '{')
	for i, m := range all {
		if i+1 < len(all) && bytes.Equal(m.name, all[i+1].name) {
			continue // named twice: the last counts, as for whoever decodes it
		}
		if out[len(out)-1] != '{' {
			out = append(out, ',')
		}
		out = append(append(append(out, m.name...), ':'), m.value...)
	}
	return append(out, '}'), nil
}
