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

// Between states data is a tree of map[string]any, []any, string, json.Number, bool and nil that came out of decode, and
// that nobody changes: passing it on is the same as encoding and decoding it again, and costs nothing.

// limit is the most that a payload may measure: input, output and what a task is given, in UTF-8.
const limit = 256 << 10

// decode reads one JSON value; nothing at all is null.
func decode(text []byte) (any, error) {
	if len(text) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // a number is passed on as it was written
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

// encode writes v without white space, the members of objects in order of their names.
func encode(v any) []byte { return appendJSON(make([]byte, 0, 256), v) }

// appendJSON does what json.Marshal does for the few types that there are, without reflection and without escaping HTML.
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
	if plain(s) {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return append(b, `""`...) // a string always encodes
	}
	return append(b, strings.TrimSuffix(out.String(), "\n")...)
}

// plain tells that a string needs no escape.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return false
		}
	}
	return true
}

// tooLarge is States.DataLimitExceeded if what the text is measures more than the limit.
func tooLarge(text []byte, what string) *failure {
	if len(text) <= limit {
		return nil
	}
	return &failure{name: errDataLimit, cause: "the " + what + " exceeds the limit of 262144 bytes"}
}
