package evidence

import (
	"bytes"
	"encoding/json"
	"slices"

	"curfew/shared/strictjson"
)

// Canonical returns the JSON of RFC 8785 (JCS): https://www.rfc-editor.org/rfc/rfc8785. Nil has no bytes.
//
// It refuses text that is not UTF-8, lone surrogates, duplicate names, and numbers beyond ±(2^53-1). encoding/json has
// already replaced invalid UTF-8 in Go strings with U+FFFD.
func Canonical(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	return appendCanonical(nil, v, rules)
}

func appendCanonical(out []byte, v any, r strictjson.Rules) ([]byte, error) {
	raw, ok := v.(json.RawMessage)
	if !ok {
		b, err := marshal(v)
		if err != nil {
			return nil, err
		}
		raw = b
	}
	s, err := strictjson.Scan(string(raw), r)
	if err != nil {
		return nil, err
	}
	return canonicalValue(slices.Grow(out, len(raw)+1), &s) // 1: see canonicalObject
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

// Sorting finds duplicate names.
var rules = strictjson.Rules{Names: strictjson.Repeated}

// detailRules is for a detail: the record around it needs depth too.
var detailRules = strictjson.Rules{Names: strictjson.Repeated, MaxDepth: strictjson.MaxDepth - 20}

func canonicalValue(out []byte, s *strictjson.Scanner) ([]byte, error) {
	switch s.Next() {
	case strictjson.Object:
		return canonicalObject(out, s)
	case strictjson.List:
		return canonicalList(out, s)
	case strictjson.String:
		return canonicalString(out, s.Raw()), nil
	case strictjson.Number:
		return canonicalNumber(out, s.Scalar())
	}
	return append(out, s.Scalar()...), nil
}

func canonicalList(out []byte, s *strictjson.Scanner) ([]byte, error) {
	out = append(out, '[')
	first := true
	for s.Enter(); !s.Closed(); first = false {
		if !first {
			out = append(out, ',')
		}
		var err error
		if out, err = canonicalValue(out, s); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

// member has offsets into the output: name, its end, value's end.
type member struct{ from, named, to int }

// canonicalObject sorts only if necessary.
func canonicalObject(out []byte, s *strictjson.Scanner) ([]byte, error) {
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
		if all[i].compare(all[i+1], out) >= 0 { // also for a duplicate
			if out, err = arrange(out, begin, all); err != nil {
				return nil, err
			}
			break
		}
	}
	out[len(out)-1] = '}'
	return out, nil
}

// canonicalMembers ends each member with a comma.
func canonicalMembers(out []byte, all []member, s *strictjson.Scanner) ([]byte, []member, error) {
	for s.Enter(); !s.Closed(); {
		m := member{from: len(out)}
		out = canonicalString(out, s.Raw())
		m.named = len(out)
		var err error
		if out, err = canonicalValue(append(out, ':'), s); err != nil {
			return nil, nil, err
		}
		m.to = len(out)
		out, all = append(out, ','), append(all, m)
	}
	return out, all, nil
}

func (m member) compare(n member, in []byte) int {
	return compareNames(in[m.from:m.named], in[n.from:n.named])
}

// sortMembers refuses duplicate names: readers differ in which one counts.
func sortMembers(all []member, in []byte) error {
	slices.SortFunc(all, func(a, b member) int { return a.compare(b, in) })
	for i, m := range all {
		if i > 0 && m.compare(all[i-1], in) == 0 {
			return givenTwice(string(in[m.from:m.named]))
		}
	}
	return nil
}

func arrange(out []byte, begin int, all []member) ([]byte, error) {
	was := slices.Clone(out[begin:])
	for i := range all {
		all[i] = member{all[i].from - begin, all[i].named - begin, all[i].to - begin}
	}
	if err := sortMembers(all, was); err != nil {
		return nil, err
	}
	out = out[:begin+1]
	for _, m := range all {
		out = append(append(out, was[m.from:m.to]...), ',')
	}
	return out, nil
}
