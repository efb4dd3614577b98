package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"curfew/shared/api"
)

// The kinds of problem of HTTP alone; those of operations are in package api.
const (
	unauthenticated  = "unauthenticated"
	methodNotAllowed = "method-not-allowed"
	tooLarge         = "too-large"
	mediaType        = "media-type"
)

// meaning is the status and title of a kind of problem.
type meaning struct {
	kind   string
	status int
	title  string
}

// meanings are those of all kinds, in the order of the document.
func meanings() []meaning {
	return []meaning{
		{api.Invalid, http.StatusBadRequest, "Not understood"},
		{unauthenticated, http.StatusUnauthorized, "Not authenticated"},
		{api.Denied, http.StatusForbidden, "Refused"},
		{api.NotFound, http.StatusNotFound, "Not found"},
		{methodNotAllowed, http.StatusMethodNotAllowed, "No such method here"},
		{api.Conflict, http.StatusConflict, "Not possible in this state"},
		{api.Quota, http.StatusConflict, "A quota of AWS is full"},
		{tooLarge, http.StatusRequestEntityTooLarge, "Too large"},
		{mediaType, http.StatusUnsupportedMediaType, "Not JSON"},
		{api.KeyReused, http.StatusUnprocessableEntity, "Idempotency key reused"},
		{api.Throttled, http.StatusTooManyRequests, "Too many"},
		{api.Unavailable, http.StatusServiceUnavailable, "Try again"},
		{api.Internal, http.StatusInternalServerError, "Internal error"},
	}
}

// problemOf is the answer to an error.
func problemOf(err error) api.Problem {
	p := api.ProblemOf(err)
	if r, ok := errors.AsType[*refusal](err); ok && r.kind != "" {
		p = api.Problem{Kind: r.kind, Detail: r.detail}
	}
	for _, m := range meanings() {
		if p.Status, p.Title = m.status, m.title; m.kind == p.Kind {
			break
		}
	}
	return p
}

// refusal is a call that did not reach the domain.
type refusal struct {
	kind   string // of HTTP; empty: that of err
	detail string
	err    error // for the log
}

func (r *refusal) Error() string { return r.detail }
func (r *refusal) Unwrap() error { return r.err }

func refuse(err error) error { return &refusal{err: err} }

func refusef(kind, format string, args ...any) error {
	return &refusal{kind: kind, detail: fmt.Sprintf(format, args...)}
}

// encode writes an answer as JSON; what is JSON already stays as it is.
func encode(body any) ([]byte, error) {
	if raw, ok := body.(json.RawMessage); ok {
		return raw, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(body)
	return b.Bytes(), err
}

func write(w http.ResponseWriter, status int, media string, raw []byte) {
	w.Header().Set("Content-Type", media)
	w.WriteHeader(status)
	_, _ = w.Write(raw) // whoever asked is gone: there is nobody to tell
}

func writeProblem(w http.ResponseWriter, p api.Problem) {
	raw, err := encode(p)
	if err != nil { // texts and a number: there is nothing that could fail
		raw = nil
	}
	write(w, p.Status, "application/problem+json", raw)
}
