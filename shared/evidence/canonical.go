package evidence

import (
	"bytes"
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// Canonical writes v as JSON in the one form that is hashed: members of objects in order of the bytes of their names, no white space,
// no escape where JSON needs none (not even of <, > and & as encoding/json has it), numbers as they were written. A nil v
// has no bytes.
func Canonical(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	raw, ok := v.(json.RawMessage)
	if !ok { // encoding/json checks a RawMessage inside of v as it writes it
		b, err := marshal(v)
		if err != nil {
			return nil, err
		}
		raw = b
	} else if !json.Valid(raw) { // whatever somebody else wrote
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

// canonicalString writes a string that may have a needless escape anew: there is more than one way to escape.
func canonicalString(out, quoted []byte) ([]byte, error) {
	if bytes.IndexByte(quoted, '\\') < 0 || tersest(quoted) {
		return append(out, quoted...), nil
	}
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		return nil, err
	}
	b, err := marshal(text)
	return append(out, b...), err
}

// tersest reports whether every escape in a string is the one that encoding/json would write. It knows ASCII only.
func tersest(quoted []byte) bool {
	for i := 0; i < len(quoted); i++ {
		switch c := quoted[i]; {
		case c >= utf8.RuneSelf:
			return false
		case c == '\\':
			if i++; bytes.IndexByte([]byte(`"\bfnrt`), quoted[i]) < 0 {
				return false
			}
		}
	}
	return true
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

// member is one member of an object, as it was written into the output: where its name begins, where that ends, and where
// its value ends.
type member struct{ from, named, to int }

// canonicalObject writes the members as they come, and then brings them into order.
func canonicalObject(out []byte, s *scan) ([]byte, error) {
	begin := len(out)
	var few [32]member // more than most objects have
	out, all, err := canonicalMembers(append(out, '{'), few[:0], s)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return append(out, '}'), nil
	}
	for i := range all[1:] {
		if all[i].compare(all[i+1], out) >= 0 { // the same name twice, too
			out = arrange(out, begin, all)
			break
		}
	}
	out[len(out)-1] = '}'
	return out, nil
}

// canonicalMembers writes the members of the next object as they come, each with a comma after it, and says where.
func canonicalMembers(out []byte, all []member, s *scan) ([]byte, []member, error) {
	for s.at++; s.peek() != '}'; {
		if s.peek() == ',' {
			s.at++
		}
		m := member{from: len(out)}
		var err error
		if out, err = canonicalString(out, s.str()); err != nil {
			return nil, nil, err
		}
		m.named = len(out)
		s.space()
		s.at++ // the colon
		if out, err = canonicalValue(append(out, ':'), s); err != nil {
			return nil, nil, err
		}
		m.to = len(out)
		out, all = append(out, ','), append(all, m)
	}
	s.at++
	return out, all, nil
}

// compare is by the bytes of the names, without their quotes.
func (m member) compare(n member, in []byte) int {
	return bytes.Compare(in[m.from+1:m.named-1], in[n.from+1:n.named-1])
}

// arrange writes the members of the object that begins there anew, in the order of their names.
func arrange(out []byte, begin int, all []member) []byte {
	was := slices.Clone(out[begin:])
	for i := range all {
		all[i] = member{all[i].from - begin, all[i].named - begin, all[i].to - begin}
	}
	slices.SortStableFunc(all, func(a, b member) int { return a.compare(b, was) })
	out = out[:begin+1]
	for i, m := range all {
		if i+1 < len(all) && m.compare(all[i+1], was) == 0 {
			continue // named twice: the last counts, as for whoever decodes it
		}
		out = append(append(out, was[m.from:m.to]...), ',')
	}
	return out
}
