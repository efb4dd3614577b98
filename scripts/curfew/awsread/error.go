package awsread

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Error is a call that was not answered as hoped.
type Error struct {
	Service Service
	Action  string
	Status  int    // of HTTP; 0: there was no answer
	Code    string // AWS's own, as "AccessDenied"
	Text    string
	Err     error // what lies below, if there was no answer
}

// Error is one line: what was asked, and what came of it.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s %s: ", e.Service, e.Action)
	if e.Code != "" {
		text += e.Code + ": "
	}
	return text + strings.Join(strings.Fields(e.Text), " ")
}

// Unwrap is what lies below.
func (e *Error) Unwrap() error { return e.Err }

// IsMissing reports whether AWS said that the thing asked for is not there.
func IsMissing(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	switch e.Code {
	case "NoSuchEntity", "ResourceNotFoundException", "StateMachineDoesNotExist", "NotFound", "NotFoundException",
		"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue":
		return true
	}
	return false
}

// IsDenied reports whether the credentials are none, are too old, or may not ask.
func IsDenied(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Status == http.StatusForbidden || e.Status == http.StatusUnauthorized ||
		strings.HasPrefix(e.Code, "AccessDenied") || strings.HasPrefix(e.Code, "ExpiredToken"))
}

// busy: the same call may succeed in a moment.
func busy(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	return e.Status == 0 || e.Status >= 500 || e.Status == http.StatusTooManyRequests ||
		strings.HasPrefix(e.Code, "Throttl") || e.Code == "RequestLimitExceeded"
}

// refusal reads an error in the protocol of the answer.
func refusal(s Service, action string, response *http.Response, body []byte) *Error {
	e := &Error{Service: s, Action: action, Status: response.StatusCode, Text: response.Status}
	var asXML struct {
		Code    string `xml:"Error>Code"`
		Message string `xml:"Error>Message"`
	}
	if xml.Unmarshal(body, &asXML) == nil && asXML.Code != "" {
		e.Code, e.Text = asXML.Code, asXML.Message
		return e
	}
	var asJSON struct {
		Type    string `json:"__type"`
		Message string `json:"message"` // "Message" too: names are compared without regard to case
	}
	_ = json.Unmarshal(body, &asJSON) // what is no JSON says nothing more than the status
	code, _, _ := strings.Cut(response.Header.Get("X-Amzn-Errortype"), ":")
	if code == "" {
		code = asJSON.Type
	}
	e.Code = code[strings.LastIndexByte(code, '#')+1:]
	if asJSON.Message != "" {
		e.Text = asJSON.Message
	}
	return e
}
