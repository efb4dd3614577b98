package asl

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
)

// Data between states is an immutable tree of map[string]any, []any, string, json.Number, bool and nil from decode.
// Sharing it is the same as encoding and decoding it, without the cost.

// limit is the size of a payload in bytes of UTF-8: input, output, and what a task gets.
const limit = 256 << 10

// decode reads one JSON value; empty text is null.
func decode(text []byte) (any, error) {
	if len(text) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // keep a number as it was written
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

// encode writes v without white space, members sorted.
func encode(v any) []byte { return appendJSON(make([]byte, 0, 256), v) }

// appendJSON is json.Marshal for these few types, without reflection and without HTML escapes.
func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case map[string]any:
		return appendObject(b, v)
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, item)
		}
		return append(b, ']')
	case string:
		return appendString(b, v)
	case json.Number:
		return append(b, v...)
	case bool:
		if v {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	}
	return append(b, "null"...)
}

func appendObject(b []byte, object map[string]any) []byte {
	var room [16]string
	names := slices.AppendSeq(room[:0], maps.Keys(object))
	slices.Sort(names)
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, name), ':')
		b = appendJSON(b, object[name])
	}
	return append(b, '}')
}

func appendString(b []byte, s string) []byte {
	if needsNoEscape(s) {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return append(b, `""`...) // cannot happen: a string always encodes
	}
	return append(b, strings.TrimSuffix(out.String(), "\n")...)
}

func needsNoEscape(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return false
		}
	}
	return true
}

func tooLarge(text []byte, what string) *failure {
	if len(text) <= limit {
		return nil
	}
	return &failure{name: errDataLimit, cause: "the " + what + " exceeds the limit of 262144 bytes"}
}
