package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"curfew/shared/access"
	"curfew/shared/fault"
)

// kind is the last part of a problem's type.
type kind string

const (
	invalid          kind = "invalid"
	unauthenticated  kind = "unauthenticated"
	denied           kind = "denied"
	notFound         kind = "not-found"
	methodNotAllowed kind = "method-not-allowed"
	conflict         kind = "conflict"
	quota            kind = "quota"
	tooLarge         kind = "too-large"
	mediaType        kind = "media-type"
	keyReused        kind = "idempotency-key-reused"
	internal         kind = "internal"
	unavailable      kind = "unavailable"
)

// kinds are all of them, in the order of the document.
func kinds() []kind {
	return []kind{invalid, unauthenticated, denied, notFound, methodNotAllowed, conflict, quota, tooLarge, mediaType,
		keyReused, internal, unavailable}
}

// means is a kind's status and title.
func (k kind) means() (status int, title string) {
	switch k {
	case invalid:
		return http.StatusBadRequest, "Not understood"
	case unauthenticated:
		return http.StatusUnauthorized, "Not authenticated"
	case denied:
		return http.StatusForbidden, "Refused"
	case notFound:
		return http.StatusNotFound, "Not found"
	case methodNotAllowed:
		return http.StatusMethodNotAllowed, "No such method here"
	case conflict:
		return http.StatusConflict, "Not possible in this state"
	case quota:
		return http.StatusConflict, "A quota of AWS is full"
	case tooLarge:
		return http.StatusRequestEntityTooLarge, "Too large"
	case mediaType:
		return http.StatusUnsupportedMediaType, "Not JSON"
	case keyReused:
		return http.StatusUnprocessableEntity, "Idempotency key reused"
	case unavailable:
		return http.StatusServiceUnavailable, "Try again"
	}
	return http.StatusInternalServerError, "Internal error"
}

// kindOf is the kind of problem that an error of the domain is.
func kindOf(err error) kind {
	switch fault.KindOf(err) {
	case fault.Invalid:
		return invalid
	case fault.Denied:
		return denied
	case fault.NotFound:
		return notFound
	case fault.Conflict:
		if slices.Contains(fault.Reasons(err), access.ReasonKeyReused) {
			return keyReused
		}
		return conflict
	case fault.Quota:
		return quota
	case fault.Transient:
		return unavailable
	}
	return internal
}

// problem is why a call failed (RFC 9457).
type problem struct {
	Type      string   `json:"type"` // urn:curfew:problem:<kind>
	Title     string   `json:"title"`
	Status    int      `json:"status"`
	Detail    string   `json:"detail"`              // one line: what happened and why
	Reasons   []string `json:"reasons,omitempty"`   // ids of the rules and policies that refused
	Elevation string   `json:"elevation,omitempty"` // the one in denied that keeps the refusal
	// Nearest are what a scope that matches nothing may have meant, or all that it matches.
	Nearest []fault.Known `json:"nearest,omitempty"`
}

// What is said of those kinds whose text is not for the caller.
const (
	faultDetail  = "something went wrong on our side"
	againDetail  = "this did not succeed now, or it is not known whether it did: try again"
	hiddenDetail = "there is no such elevation, or it is not for you to see"
)

// againAfter is what Retry-After says, in seconds.
const againAfter = "1"

func newProblem(k kind, detail string) problem {
	status, title := k.means()
	return problem{Type: "urn:curfew:problem:" + string(k), Title: title, Status: status, Detail: detail}
}

// problemOf is the answer to an error. What is not there and what is hidden are told in the same words, whichever verb
// asked and whatever its error says.
func problemOf(err error) problem {
	if r, ok := errors.AsType[*refusal](err); ok {
		return newProblem(r.kind, r.detail)
	}
	p := newProblem(kindOf(err), err.Error())
	switch kindOf(err) {
	case internal:
		p.Detail = faultDetail
	case unavailable:
		p.Detail = againDetail
	case notFound:
		p.Detail = hiddenDetail
	default:
		p.Reasons, p.Nearest = fault.Reasons(err), fault.Nearest(err)
	}
	if kept, ok := errors.AsType[*keptError](err); ok {
		p.Elevation = kept.elevation
	}
	return p
}

// refusal is a call that did not reach the domain.
type refusal struct {
	kind   kind
	detail string
	err    error // for the log
}

func (r *refusal) Error() string { return r.detail }
func (r *refusal) Unwrap() error { return r.err }

func refuse(k kind, format string, args ...any) error {
	return &refusal{kind: k, detail: fmt.Sprintf(format, args...)}
}

// keptError is a denial that is kept as an elevation in denied.
type keptError struct {
	error
	elevation string
}

func (k *keptError) Unwrap() error { return k.error }

// reply is what a verb gives to be written. Status 0 is 200.
type reply struct {
	status   int
	location string
	body     any
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

func writeProblem(w http.ResponseWriter, p problem) {
	raw, err := encode(p)
	if err != nil { // texts and a number: there is nothing that could fail
		raw = nil
	}
	write(w, p.Status, "application/problem+json", raw)
}
