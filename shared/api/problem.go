package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
)

// Problem is why a call failed: RFC 9457 over HTTP. To a client all its text is the server's: escape it before it is shown.
type Problem struct {
	Kind    string   // as [Denied]; in JSON the end of type. Empty: something before the API answered
	Status  int      // of HTTP
	Title   string   // the kind in words
	Detail  string   // what happened here, in one line
	Reasons []string // the ids of the rules and policies that refused
	// Elevation is the one that is in the way, or that keeps the refusal.
	Elevation string
	// Mistakes are all that is wrong with the request.
	Mistakes []fault.Mistake
	// RetryAfter is in how many seconds the same call may succeed; 0: not known.
	RetryAfter int64
	// Nearest are what a scope that matches nothing may have meant, or all that it matches.
	Nearest []fault.Known
}

// The kinds of problem that an operation may answer. What carries the call adds its own.
const (
	Invalid     = "invalid"
	Denied      = "denied"
	NotFound    = "not-found"
	Conflict    = "conflict"
	Quota       = "quota"
	KeyReused   = "idempotency-key-reused"
	Throttled   = "throttled"
	Internal    = "internal"
	Unavailable = "unavailable"
)

// What is said of those kinds whose text is not for the caller.
const (
	faultDetail  = "something went wrong on our side"
	againDetail  = "this did not succeed now, or it is not known whether it did: try again"
	hiddenDetail = "there is no such elevation or entitlement, or you may not see it"
)

// ProblemOf is what a caller is told of the error of an operation. What is not there and what is hidden are told in the same
// words, whichever operation asked and whatever its error says.
func ProblemOf(err error) Problem {
	p := Problem{Kind: kindOf(err), Detail: err.Error()}
	e, _ := errors.AsType[*fault.Error](err)
	switch p.Kind {
	case Internal:
		p.Detail = faultDetail
		return p
	case NotFound:
		p.Detail = hiddenDetail
		return p
	case Unavailable:
		p.Detail, p.RetryAfter = againDetail, 1
		return p
	}
	p.Reasons, p.Elevation, p.Nearest = e.By, e.Elevation, e.Nearest
	p.RetryAfter = int64((e.RetryAfter + time.Second - 1) / time.Second)
	if p.Kind == Invalid {
		p.Mistakes = fault.MistakesOf(err)
	}
	return p
}

func kindOf(err error) string {
	switch fault.KindOf(err) {
	case fault.Invalid:
		return Invalid
	case fault.Denied:
		if slices.Contains(fault.Reasons(err), access.ReasonOpen) {
			return Throttled
		}
		return Denied
	case fault.NotFound:
		return NotFound
	case fault.Conflict:
		if slices.Contains(fault.Reasons(err), access.ReasonKeyReused) {
			return KeyReused
		}
		return Conflict
	case fault.Quota:
		return Quota
	case fault.Transient:
		return Unavailable
	}
	return Internal
}

// Error is the detail, or what there is.
func (p *Problem) Error() string {
	switch {
	case p.Detail != "":
		return p.Detail
	case p.Title != "":
		return p.Title
	}
	return fmt.Sprintf("the API answered %d", p.Status)
}

// ProblemType begins the type of every problem; its kind is the rest.
const ProblemType = "urn:curfew:problem:"

// problem is a [Problem] as it is written.
type problem struct {
	Type       string          `json:"type"`
	Title      string          `json:"title"`
	Status     int             `json:"status"`
	Detail     string          `json:"detail"`
	Reasons    []string        `json:"reasons,omitempty"`
	Elevation  string          `json:"elevation,omitempty"`
	Mistakes   []fault.Mistake `json:"mistakes,omitempty"`
	RetryAfter int64           `json:"retry_after,omitempty"`
	Nearest    []fault.Known   `json:"nearest,omitempty"`
}

// MarshalJSON writes the kind as a type.
func (p Problem) MarshalJSON() ([]byte, error) {
	return json.Marshal(problem{ProblemType + p.Kind, p.Title, p.Status, p.Detail, p.Reasons, p.Elevation, p.Mistakes, p.RetryAfter, p.Nearest})
}

// UnmarshalJSON reads the kind of a type. A type that is not ours has none.
func (p *Problem) UnmarshalJSON(text []byte) error {
	var w problem
	if err := json.Unmarshal(text, &w); err != nil {
		return err
	}
	kind, ours := strings.CutPrefix(w.Type, ProblemType)
	if !ours {
		kind = ""
	}
	*p = Problem{kind, w.Status, w.Title, w.Detail, w.Reasons, w.Elevation, w.Mistakes, w.RetryAfter, w.Nearest}
	return nil
}
