package client

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// NoAnswerError is a call that got no answer that could be read. A call that changes something may have had its effect.
type NoAnswerError struct {
	Err error
}

// Error says what kept the answer away.
func (e *NoAnswerError) Error() string { return "no answer from the API: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *NoAnswerError) Unwrap() error { return e.Err }

// readProblem makes a problem of an answer that is not success, of the API or of a proxy.
func readProblem(r *http.Response, body []byte) *Problem {
	p := &Problem{}
	var gateway struct {
		// Message is what API Gateway says when its authorizer refused, or it throttled, and the API was not asked.
		Message string `json:"message"`
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if strings.HasSuffix(kind, "json") && json.Unmarshal(body, p) == nil {
		_ = json.Unmarshal(body, &gateway) // it was read before
		p.Detail = cmp.Or(p.Detail, gateway.Message)
	}
	if p.Kind == "" && unrecognised(r.Header.Get("X-Amzn-Errortype")) {
		p.Kind = "unauthenticated"
	}
	p.Status = r.StatusCode
	if p.Detail == "" && p.Title == "" {
		p.Title = fmt.Sprintf("the API answered %d %s", r.StatusCode, http.StatusText(r.StatusCode))
	}
	if after, err := strconv.ParseInt(r.Header.Get("Retry-After"), 10, 32); err == nil && p.RetryAfter == 0 {
		p.RetryAfter = max(0, after)
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

// Passing reports whether a call that failed may succeed later: it was throttled, something failed at the other end, or
// no answer came.
func Passing(err error) bool {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p.Status == http.StatusTooManyRequests || p.Status >= http.StatusInternalServerError
	}
	_, ok := errors.AsType[*NoAnswerError](err)
	return ok
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
