package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// Problem is the API's refusal of a call (RFC 9457). All its text is the server's: escape it before it is shown.
type Problem struct {
	Kind      string   // as "denied", the last part of the problem's type; empty if something before the API answered
	Status    int      // of HTTP
	Title     string   // what this kind of problem is
	Detail    string   // what happened here, in one line
	Reasons   []string // the ids of the rules and policies that refused
	Elevation string   // the elevation it is about; after a refused request, the one left in denied
	Nearest   []Known  // what a scope that matches nothing may have meant, or all that it matches
}

// Known is what a scope can mean.
type Known struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"` // as tables print it, where that differs
}

// Error is the detail, or what there is.
func (p *Problem) Error() string {
	switch {
	case p.Detail != "":
		return p.Detail
	case p.Title != "":
		return p.Title
	}
	return fmt.Sprintf("the API answered %d %s", p.Status, http.StatusText(p.Status))
}

// NoAnswerError is a call that got no answer that could be read. A call that changes something may have had its effect.
type NoAnswerError struct {
	Err error
}

// Error says what kept the answer away.
func (e *NoAnswerError) Error() string { return "no answer from the API: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *NoAnswerError) Unwrap() error { return e.Err }

const problemType = "urn:curfew:problem:"

// readProblem makes a problem of an answer that is not success, whoever gave it.
func readProblem(r *http.Response, body []byte) *Problem {
	p := &Problem{Status: r.StatusCode}
	var wire struct {
		Type      string   `json:"type"`
		Title     string   `json:"title"`
		Detail    string   `json:"detail"`
		Reasons   []string `json:"reasons"`
		Elevation string   `json:"elevation"`
		Nearest   []Known  `json:"nearest"`
		// Message is what API Gateway says when its authorizer refused and the API was not asked.
		Message string `json:"message"`
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if !strings.HasSuffix(kind, "json") || json.Unmarshal(body, &wire) != nil {
		return p
	}
	p.Kind, _ = strings.CutPrefix(wire.Type, problemType)
	if p.Kind == wire.Type { // a type that is not ours
		p.Kind = ""
	}
	p.Title, p.Detail, p.Reasons, p.Elevation, p.Nearest = wire.Title, wire.Detail, wire.Reasons, wire.Elevation, wire.Nearest
	if p.Detail == "" {
		p.Detail = wire.Message
	}
	if p.Kind == "" && unrecognised(r.Header.Get("X-Amzn-Errortype")) {
		p.Kind = "unauthenticated"
	}
	return p
}

// unrecognised reports whether API Gateway could not tell who calls. It says 403 to that as well as to a refusal.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
func unrecognised(errorType string) bool {
	name, _, _ := strings.Cut(errorType, ":")
	switch name {
	case "UnrecognizedClientException", "InvalidSignatureException", "SignatureDoesNotMatch", "ExpiredTokenException",
		"IncompleteSignatureException", "MissingAuthenticationTokenException", "UnauthorizedException":
		return true
	}
	return false
}

// maxAnswer bounds what is read of an answer: 200 elevations, or one with its whole timeline, are far below it.
const maxAnswer = 8 << 20

func readAnswer(r *http.Response) ([]byte, error) {
	defer r.Body.Close()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = &UnreadableError{fmt.Errorf("it is larger than %d MiB", maxAnswer>>20)}
	}
	return body, err
}

// decode reads the one JSON value of an answer. Members that this client does not know are left out: the API may grow.
func decode(body []byte, out any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(out); err != nil {
		return fmt.Errorf("it is not the JSON that was expected: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("there is more than one JSON value in it")
	}
	return nil
}

// UnreadableError is an answer that is not what the API promises. A call that changes something may have had its effect.
type UnreadableError struct {
	Err error
}

// Error says what is wrong with the answer.
func (e *UnreadableError) Error() string { return "the API's answer cannot be read: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *UnreadableError) Unwrap() error { return e.Err }
