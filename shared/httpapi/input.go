package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"curfew/shared/api"
	"curfew/shared/fault"
)

const maxBody = 16 << 10 // bytes

// input builds an operation's input. Package api checks it.
func (rt route) input(r *http.Request, o api.Operation) ([]byte, error) {
	members := map[string]json.RawMessage{}
	var err error
	switch {
	case rt.takes == query:
		members, err = readQuery(r.URL.RawQuery, o.In)
	case rt.method == http.MethodPost:
		members, err = readBody(r, rt.takes == nothing)
	}
	if err != nil {
		return nil, err
	}
	var m fault.Mistakes
	put := func(name string, values ...string) {
		if _, sent := members[name]; sent { // a body has no path or header members
			m.Add(name, "unknown field")
		}
		if len(values) > 1 || len(values) == 1 && values[0] == "" {
			m.Add(name, "want one, and not empty")
		}
		for _, v := range values {
			members[name] = text(v)
		}
	}
	for _, name := range []string{"id", "name"} {
		if value := r.PathValue(name); value != "" {
			put(name, fault.Printable(value)) // a wrong one is answered as one that does not exist
		}
	}
	if rt.takes == bodyAndKey {
		put("idempotency_key", r.Header.Values("Idempotency-Key")...)
	}
	if err := api.NotUnderstood(m); err != nil {
		return nil, err
	}
	return json.Marshal(members)
}

func text(s string) json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil { // cannot happen
		return json.RawMessage(`""`)
	}
	return b
}

func readBody(r *http.Request, mayBeAbsent bool) (map[string]json.RawMessage, error) {
	if err := checkMedia(r); err != nil && !mayBeAbsent {
		return nil, err
	}
	b, err := io.ReadAll(r.Body)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, refusef(tooLarge, "the body is over %d bytes", maxBody)
	}
	if err != nil {
		return nil, &refusal{kind: api.Invalid, detail: "the body could not be read to its end", err: err}
	}
	if mayBeAbsent && len(bytes.TrimSpace(b)) == 0 {
		return map[string]json.RawMessage{}, nil
	}
	if err := checkMedia(r); err != nil {
		return nil, err
	}
	return api.Members(b)
}

func checkMedia(r *http.Request) error {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset, named := params["charset"]
	if err != nil || media != "application/json" || named && !strings.EqualFold(charset, "utf-8") {
		return refusef(mediaType, "send the body as Content-Type: application/json")
	}
	return nil
}

// readQuery returns a query as members. State may repeat, or have commas.
func readQuery(raw string, in reflect.Type) (map[string]json.RawMessage, error) {
	q, err := url.ParseQuery(raw)
	if err != nil {
		return nil, refusef(api.Invalid, "the query is not well formed")
	}
	fields, members := api.Fields(in), map[string]json.RawMessage{}
	var m fault.Mistakes
	for name, values := range q {
		value := strings.Join(values, ",")
		f, known := fields[name]
		switch {
		case !known:
			m.Add("", "unknown query parameter: %s", fault.Printable(name))
		case len(values) > 1 && name != "state":
			m.Add(name, "want one")
		case f.Type.Kind() == reflect.Int && isNumber(value):
			members[name] = json.RawMessage(value)
		default:
			members[name] = text(value)
		}
	}
	return members, api.NotUnderstood(m)
}

// isNumber accepts whole numbers as JSON writes them.
func isNumber(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && strconv.Itoa(n) == s
}
