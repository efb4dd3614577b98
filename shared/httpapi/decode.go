package httpapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"curfew/shared/strictjson"
)

// Bounds of a body.
const (
	maxBody  = 16 << 10 // bytes
	maxDepth = 4        // nothing that is described is deeper than 2
)

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

// unmarshal reads one object. The error has the path to the member and the reason, and no value.
func unmarshal(b []byte, v any) error {
	err := strictjson.Decode(b, rules, v)
	e, ok := errors.AsType[*strictjson.Error](err)
	switch {
	case !ok:
		return err
	case e.Path == "":
		return refuse(invalid, "the body: %s", e)
	}
	return refuse(invalid, "%s", e)
}

// rules are what a body may be as JSON. There is no null, and no name but those of lower-case letters: encoding/json also
// fills a member from a name that differs in case, or by a letter that folds to the same.
var rules = strictjson.Rules{MaxDepth: maxDepth, Object: true, NoNull: true, Name: checkName, Text: checkText}

// memberName is what members are called, ours and the parameters of an entitlement.
var memberName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)

func checkName(name string) error {
	if !memberName.MatchString(name) {
		return errors.New("unknown field: names are of lower-case letters, digits, - and _")
	}
	return nil
}

// checkText refuses control characters, and U+FFFD, which is what other readers make of what is no text.
func checkText(s string) error {
	for _, r := range s {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return fmt.Errorf("character U+%04X is not allowed", r)
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
