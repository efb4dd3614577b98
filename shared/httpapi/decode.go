package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of a body.
const (
	maxBody  = 16 << 10 // bytes
	maxDepth = 4        // nothing that is described is deeper than 2
)

// memberName is what members are called, ours and the parameters of an entitlement. encoding/json also takes a member
// under a name that differs in case, or by a letter that folds to the same: with this there is no such name.
var memberName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)

// decode reads a body as exactly one JSON object of T. Whatever is unclear is an error: two readers of one body must never
// see two requests in it.
func decode[T any](r *http.Request) (T, error) {
	var v T
	if err := checkMedia(r); err != nil {
		return v, err
	}
	b, err := readBody(r)
	if err != nil {
		return v, err
	}
	return v, unmarshal(b, &v)
}

// nothing reads a body that should not be there: an empty object is as good as none.
func nothing(r *http.Request) error {
	b, err := readBody(r)
	if err != nil || len(bytes.TrimSpace(b)) == 0 {
		return err
	}
	if err := checkMedia(r); err != nil {
		return err
	}
	return unmarshal(b, &struct{}{})
}

func checkMedia(r *http.Request) error {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset, named := params["charset"]
	if err != nil || media != "application/json" || named && !strings.EqualFold(charset, "utf-8") {
		return refuse(mediaType, "send the body as Content-Type: application/json")
	}
	return nil
}

func readBody(r *http.Request) ([]byte, error) {
	b, err := io.ReadAll(r.Body)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, refuse(tooLarge, "the body is over %d bytes", maxBody)
	}
	if err != nil {
		return nil, &refusal{kind: invalid, detail: "the body could not be read to its end", err: err}
	}
	return b, nil
}

// unmarshal decodes what [scan] has passed.
func unmarshal(b []byte, v any) error {
	if err := scan(b); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return refuse(invalid, "%s: a %s does not belong there", t.Field, strings.Fields(t.Value)[0])
	}
	if err != nil {
		return refuse(invalid, "%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// scan refuses what encoding/json lets pass: two members of one name, names in another case, null, invalid UTF-8, control
// characters, anything after the object, and depth.
func scan(b []byte) error {
	if !utf8.Valid(b) {
		return refuse(invalid, "the body is not valid UTF-8")
	}
	s := scanner{json.NewDecoder(bytes.NewReader(b))}
	s.UseNumber()
	first, err := s.Token()
	if err != nil {
		return s.syntax()
	}
	if first != json.Delim('{') {
		return refuse(invalid, "the body is not an object")
	}
	if err := s.object(1); err != nil {
		return err
	}
	if _, err := s.Token(); err != io.EOF {
		return refuse(invalid, "something follows the object")
	}
	return nil
}

type scanner struct{ *json.Decoder }

func (s scanner) syntax() error {
	return refuse(invalid, "the body is not JSON, at or after byte %d", s.InputOffset())
}

// object is called after its opening brace, and reads its closing one.
func (s scanner) object(depth int) error {
	seen := map[string]bool{}
	for s.More() {
		token, err := s.Token()
		if err != nil {
			return s.syntax()
		}
		name, _ := token.(string) // the decoder lets nothing else be there
		switch {
		case !memberName.MatchString(name):
			return refuse(invalid, "unknown field: names are of lower-case letters, digits, - and _")
		case seen[name]:
			return refuse(invalid, "%s is there twice", name)
		}
		seen[name] = true
		if err := s.value(name, depth); err != nil {
			return err
		}
	}
	return s.closing()
}

func (s scanner) array(name string, depth int) error {
	for s.More() {
		if err := s.value(name, depth); err != nil {
			return err
		}
	}
	return s.closing()
}

func (s scanner) closing() error {
	if _, err := s.Token(); err != nil {
		return s.syntax()
	}
	return nil
}

func (s scanner) value(name string, depth int) error {
	token, err := s.Token()
	if err != nil {
		return s.syntax()
	}
	switch t := token.(type) {
	case nil:
		return refuse(invalid, "%s is null: leave it out", name)
	case string:
		return checkText(name, t)
	case json.Delim:
		if depth == maxDepth {
			return refuse(invalid, "%s is too deep", name)
		}
		if t == '{' {
			return s.object(depth + 1)
		}
		return s.array(name, depth+1)
	}
	return nil
}

// checkText refuses control characters. U+FFFD is what is left of half a surrogate pair.
func checkText(name, s string) error {
	for _, r := range s {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return refuse(invalid, "%s: character U+%04X is not allowed", name, r)
		}
	}
	return nil
}

// instant reads one instant in the one form there is: two forms of one instant would be two requests under one
// idempotency key. Absent is the zero time.
func instant(name string, s *string) (time.Time, error) {
	if s == nil {
		return time.Time{}, nil
	}
	const form = "2006-01-02T15:04:05Z"
	t, err := time.Parse(form, *s)
	if err != nil || t.Format(form) != *s || t.IsZero() {
		return time.Time{}, refuse(invalid, "%s: want an instant as 2026-10-05T09:00:00Z, in UTC and whole seconds", name)
	}
	return t, nil
}
