package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"curfew/shared/api"
	"curfew/shared/fault"
)

// Kinds of HTTP alone.
const (
	unauthenticated  api.Kind = "unauthenticated"
	methodNotAllowed api.Kind = "method-not-allowed"
	tooLarge         api.Kind = "too-large"
	mediaType        api.Kind = "media-type"
)

type meaning struct {
	kind   api.Kind
	status int
	title  string
}

// meanings has the order of the document.
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

func problemOf(err error) api.Problem {
	p := api.ProblemOf(err)
	if r, ok := errors.AsType[*refusal](err); ok {
		p = api.Problem{Kind: r.kind, Detail: r.detail, Reasons: fault.Reasons(r.err), RetryAfter: r.seconds()}
	}
	for _, m := range meanings() {
		if p.Status, p.Title = m.status, m.title; m.kind == p.Kind {
			break
		}
	}
	return p
}

// refusal is the error of a call that did not reach the domain.
type refusal struct {
	kind   api.Kind
	detail string
	err    error // for the log
	wait   time.Duration
}

func (r *refusal) Error() string { return r.detail }

func (r *refusal) seconds() int64 { return int64((r.wait + time.Second - 1) / time.Second) }

func refusef(kind api.Kind, format string, args ...any) error {
	return &refusal{kind: kind, detail: fmt.Sprintf(format, args...)}
}

func encode(body any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(body)
	return b.Bytes(), err
}

func write(w http.ResponseWriter, status int, media string, raw []byte) {
	w.Header().Set("Content-Type", media)
	w.WriteHeader(status)
	_, _ = w.Write(raw) // fails only if the caller has gone
}

func writeProblem(w http.ResponseWriter, p api.Problem) {
	raw, err := encode(p)
	if err != nil { // cannot happen
		raw = nil
	}
	write(w, p.Status, "application/problem+json", raw)
}
