package inprocess

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"slices"

	"curfew/shared/access"
)

// maxRow is the largest item of DynamoDB in bytes, names included.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const maxRow = 400 << 10

// item makes the stored form of a row, which nobody changes any more: its body is written anew, its index is a copy.
func item(r access.Row) (*access.Row, error) {
	if err := checkRow(r); err != nil {
		return nil, err
	}
	body, err := rewrite(r.Body)
	if err != nil {
		return nil, access.Errorf(access.Invalid, "row %s: its body is no JSON object: %w", name(r.Key), err)
	}
	r.Body, r.Index = body, maps.Clone(r.Index)
	if size(r) > maxRow {
		return nil, access.Errorf(access.Invalid, "row %s has %d bytes, more than %d", name(r.Key), size(r), maxRow)
	}
	r = r.Kept()
	return &r, nil
}

func checkRow(r access.Row) error {
	if r.Version < 1 {
		return access.Errorf(access.Invalid, "row %s has version %d, less than 1", name(r.Key), r.Version)
	}
	if r.Key.Table == access.AuditTable && (len(r.Index) > 0 || !r.Expires.IsZero()) {
		return access.Errorf(access.Invalid, "row %s: the audit table has no indexes and no TTL", name(r.Key))
	}
	for index, place := range r.Index {
		if !knownIndex(index) || place.Partition == "" || place.Sort == "" {
			return access.Errorf(access.Invalid, "row %s has no proper place in index %q", name(r.Key), index)
		}
	}
	return nil
}

func checkKey(k access.Key) error {
	if k.Table != access.AccessTable && k.Table != access.AuditTable {
		return access.Errorf(access.Invalid, "there is no table %q", k.Table)
	}
	if k.Partition == "" || k.Sort == "" {
		return access.Errorf(access.Invalid, "key %s is not complete", name(k))
	}
	return nil
}

// name is how errors name a key.
func name(k access.Key) string { return string(k.Table) + "/" + k.Partition + "/" + k.Sort }

func size(r access.Row) int {
	n := len(r.Key.Partition) + len(r.Key.Sort) + len(r.Body)
	for index, place := range r.Index {
		n += len(index) + len(place.Partition) + len(place.Sort)
	}
	return n
}

// copied is a row for a caller, who may do with it what he likes.
func copied(r *access.Row) access.Row {
	c := *r
	c.Body, c.Index = slices.Clone(r.Body), maps.Clone(r.Index)
	return c
}

// rewrite keeps the meaning of a JSON object and not its bytes: no white space, and the members of every object in the
// reverse order, so that whoever relies on the bytes that he wrote finds out here and not on AWS.
func rewrite(body json.RawMessage) (json.RawMessage, error) {
	if !json.Valid(body) {
		var v any
		return nil, json.Unmarshal(body, &v)
	}
	in := tight(body)
	if in[0] != '{' {
		return nil, io.ErrUnexpectedEOF // JSON, and no object
	}
	t := turner{spare: make([]byte, 0, len(in))}
	out, _ := t.backward(make([]byte, 0, len(in)), in)
	return out, nil
}

// tight is valid JSON without white space; as it is if it has none outside of its strings.
func tight(body []byte) []byte {
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			i += quoted(body[i:]) - 1
		case ' ', '\t', '\r', '\n':
			var out bytes.Buffer
			_ = json.Compact(&out, body) // it is valid
			return out.Bytes()
		}
	}
	return body
}

// turner writes tight JSON backward. It keeps room to write in.
type turner struct{ spare []byte }

// backward writes the value at the beginning of tight JSON, and gives what follows it.
func (t *turner) backward(out, in []byte) (written, rest []byte) {
	switch in[0] {
	case '{':
		return t.object(out, in)
	case '[':
		for out, in = append(out, '['), in[1:]; in[0] != ']'; {
			if in[0] == ',' {
				out, in = append(out, ','), in[1:]
			}
			out, in = t.backward(out, in)
		}
		return append(out, ']'), in[1:]
	case '"':
		n := quoted(in)
		return append(out, in[:n]...), in[n:]
	}
	n := bytes.IndexAny(in, ",]}")
	return append(out, in[:n]...), in[n:]
}

// object writes the members one after the other as they come, and then anew from the last to the first.
func (t *turner) object(out, in []byte) (written, rest []byte) {
	begin := len(out)
	var few [32]int
	starts := few[:0] // of the members, from begin on
	for in = in[1:]; in[0] != '}'; {
		if in[0] == ',' {
			in = in[1:]
		}
		starts = append(starts, len(out)-begin)
		n := quoted(in) + 1 // the name and its colon
		out, in = t.backward(append(out, in[:n]...), in[n:])
	}
	t.spare = append(t.spare[:0], out[begin:]...)
	out = append(out[:begin], '{')
	end := len(t.spare)
	for i, start := range slices.Backward(starts) {
		if out = append(out, t.spare[start:end]...); i > 0 {
			out = append(out, ',')
		}
		end = start
	}
	return append(out, '}'), in[1:]
}

// quoted is the length of the string at the beginning of in, with its quotes.
func quoted(in []byte) int {
	for i := 1; ; i++ {
		switch in[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
}
