package inprocess

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"curfew/shared/fault"
	"curfew/shared/record"
)

// maxRow is the largest item of DynamoDB in bytes, names included.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const maxRow = 400 << 10

// item makes the stored form of a row, which nobody changes any more: its body is written anew, its index is a copy.
func item(r record.Row) (*record.Row, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	body, err := rewrite(r.Body)
	if err != nil {
		return nil, fault.Errorf(fault.Invalid, "row %s: its body is no JSON object: %w", r.Key, err)
	}
	r.Body, r.Index = body, maps.Clone(r.Index)
	if size(r) > maxRow {
		return nil, fault.Errorf(fault.Invalid, "row %s has %d bytes, more than %d", r.Key, size(r), maxRow)
	}
	r = r.Kept()
	return &r, nil
}

func size(r record.Row) int {
	n := len(r.Key.Partition) + len(r.Key.Sort) + len(r.Body)
	for index, place := range r.Index {
		n += len(index) + len(place.Partition) + len(place.Sort)
	}
	return n
}

// rewrite keeps the meaning of a JSON object and not its bytes: no white space, and the members of every object in the
// reverse order, so that whoever relies on the bytes that he wrote finds out here and not on AWS. It goes through the body
// once: every row that is written comes by here.
func rewrite(body json.RawMessage) (json.RawMessage, error) {
	t := turner{in: body, out: make([]byte, 0, len(body)), spare: make([]byte, 0, len(body))}
	t.space()
	if t.next() != '{' || !t.value(1) {
		return nil, t.why()
	}
	if t.space(); t.at != len(t.in) {
		return nil, t.why()
	}
	return t.out, nil
}

// turner reads JSON strictly and writes it backward.
type turner struct {
	in    []byte
	at    int
	out   []byte
	spare []byte // room to write in
}

// why is what encoding/json has against what was refused.
func (t *turner) why() error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(t.in, &object); err != nil {
		return err
	}
	return errors.New("it is null")
}

// next is the next byte; 0, which JSON has nowhere, at the end.
func (t *turner) next() byte {
	if t.at == len(t.in) {
		return 0
	}
	return t.in[t.at]
}

func (t *turner) space() {
	for t.at < len(t.in) && (t.in[t.at] == ' ' || t.in[t.at] == '\t' || t.in[t.at] == '\r' || t.in[t.at] == '\n') {
		t.at++
	}
}

// maxDepth is encoding/json's.
const maxDepth = 10000

// value writes the next value, and reports whether it is one.
func (t *turner) value(depth int) bool {
	from := t.at
	switch c := t.next(); {
	case c == '{' && depth <= maxDepth:
		return t.object(depth)
	case c == '[' && depth <= maxDepth:
		return t.list(depth)
	case c == '"':
		return t.text()
	case c == '-' || '0' <= c && c <= '9':
		if !t.number() {
			return false
		}
		t.out = append(t.out, t.in[from:t.at]...)
		return true
	}
	for _, word := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(t.in[t.at:], []byte(word)) {
			t.at += len(word)
			t.out = append(t.out, word...)
			return true
		}
	}
	return false
}

// members goes through what stands between two brackets and is separated by commas.
func (t *turner) members(end byte, member func() bool) bool {
	t.at++
	if t.space(); t.next() == end {
		t.at++
		return true
	}
	for {
		if t.space(); !member() {
			return false
		}
		t.space()
		c := t.next()
		t.at++
		if c != ',' {
			return c == end
		}
	}
}

func (t *turner) list(depth int) bool {
	t.out = append(t.out, '[')
	begin := len(t.out)
	ok := t.members(']', func() bool {
		if len(t.out) > begin {
			t.out = append(t.out, ',')
		}
		return t.value(depth + 1)
	})
	t.out = append(t.out, ']')
	return ok
}

// object writes the members one after the other as they come, and then anew from the last to the first.
func (t *turner) object(depth int) bool {
	begin := len(t.out)
	var few [40]int
	starts := few[:0] // of the members, from begin on; few rows have more
	ok := t.members('}', func() bool {
		starts = append(starts, len(t.out)-begin)
		if t.next() != '"' || !t.text() {
			return false
		}
		if t.space(); t.next() != ':' {
			return false
		}
		t.at++
		t.out = append(t.out, ':')
		t.space()
		return t.value(depth + 1)
	})
	t.spare = append(t.spare[:0], t.out[begin:]...)
	t.out = append(t.out[:begin], '{')
	end := len(t.spare)
	for i, start := range slices.Backward(starts) {
		if t.out = append(t.out, t.spare[start:end]...); i > 0 {
			t.out = append(t.out, ',')
		}
		end = start
	}
	t.out = append(t.out, '}')
	return ok
}

// text writes the next string as it stands.
func (t *turner) text() bool {
	from := t.at
	for t.at++; t.at < len(t.in); t.at++ {
		switch c := t.in[t.at]; {
		case c == '"':
			t.at++
			t.out = append(t.out, t.in[from:t.at]...)
			return true
		case c < ' ':
			return false
		case c == '\\':
			if !t.escape() {
				return false
			}
		}
	}
	return false
}

// escape goes to the last byte of what follows a backslash.
func (t *turner) escape() bool {
	t.at++
	c := t.next()
	if c != 'u' {
		return c != 0 && bytes.IndexByte([]byte(`"\/bfnrt`), c) >= 0
	}
	for range 4 {
		t.at++
		if c := t.next() | 0x20; !('0' <= t.next() && t.next() <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return true
}

func (t *turner) number() bool {
	if t.next() == '-' {
		t.at++
	}
	if t.next() == '0' {
		t.at++
	} else if !t.digits() {
		return false
	}
	if t.next() == '.' {
		if t.at++; !t.digits() {
			return false
		}
	}
	if t.next()|0x20 != 'e' {
		return true
	}
	if t.at++; t.next() == '+' || t.next() == '-' {
		t.at++
	}
	return t.digits()
}

// digits goes past at least one.
func (t *turner) digits() bool {
	from := t.at
	for '0' <= t.next() && t.next() <= '9' {
		t.at++
	}
	return t.at > from
}
