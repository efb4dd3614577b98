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

// rewrite keeps the meaning of a JSON object and as little else as the contract allows: no white space, and members in
// falling order, so that whoever relies on the bytes that he wrote finds out here and not on AWS.
func rewrite(body json.RawMessage) (json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		return nil, err
	}
	if object == nil {
		return nil, io.ErrUnexpectedEOF // the body is null
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, io.ErrNoProgress // something follows the object
	}
	var b bytes.Buffer
	b.Grow(len(body))
	if err := writeJSON(&b, object); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func writeJSON(b *bytes.Buffer, value any) error {
	switch v := value.(type) {
	case map[string]any:
		return writeObject(b, v)
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := writeJSON(b, e); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return nil
	}
	text, err := json.Marshal(value)
	b.Write(text)
	return err
}

func writeObject(b *bytes.Buffer, object map[string]any) error {
	b.WriteByte('{')
	names := slices.Sorted(maps.Keys(object))
	for i, n := range slices.Backward(names) {
		if i < len(names)-1 {
			b.WriteByte(',')
		}
		if err := writeJSON(b, n); err != nil {
			return err
		}
		b.WriteByte(':')
		if err := writeJSON(b, object[n]); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}
