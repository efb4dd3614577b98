package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Decode reads a record from JSON whose members a store has kept in whatever order and white space, and brings its detail
// back to the bytes that were hashed. It is what undoes [Record.JSON], and passes over members that it does not know.
func Decode(body []byte) (Record, error) {
	var r Record
	if !json.Valid(body) {
		return r, json.Unmarshal(body, &r)
	}
	s := &scan{in: body}
	if s.peek() != '{' {
		return r, fmt.Errorf("a record is an object, not %.20q", body)
	}
	out := make([]byte, 0, len(body))
	for s.at++; s.peek() != '}'; {
		if s.peek() == ',' {
			s.at++
		}
		name := s.str()
		s.space()
		s.at++ // the colon
		from := len(out)
		var err error
		if out, err = canonicalValue(out, s); err == nil {
			err = r.set(string(name[1:len(name)-1]), out[from:len(out):len(out)])
		}
		if err != nil {
			return r, fmt.Errorf("member %s: %w", name, err)
		}
	}
	return r, nil
}

// set gives a member its value, which is canonical.
func (r *Record) set(name string, value []byte) (err error) {
	switch name {
	case "chain":
		r.Chain, err = unquoted(value)
	case "seq":
		r.Seq, err = strconv.ParseInt(string(value), 10, 64)
	case "at":
		err = r.At.UnmarshalJSON(value)
	case "kind":
		r.Kind, err = unquoted(value)
	case "actor":
		r.Actor, err = unquoted(value)
	case "late":
		err = json.Unmarshal(value, &r.Late)
	case "detail":
		r.Detail = value
	case "prev":
		r.Prev, err = unquoted(value)
	case "hash":
		r.Hash, err = unquoted(value)
	}
	return err
}

// unquoted is the text of a string. Most have no escape, and are what stands there.
func unquoted(value []byte) (text string, err error) {
	if value[0] == '"' && bytes.IndexByte(value, '\\') < 0 && utf8.Valid(value) {
		return string(value[1 : len(value)-1]), nil
	}
	err = json.Unmarshal(value, &text)
	return text, err
}
