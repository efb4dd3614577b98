package api

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
)

// Problem says why a call failed: RFC 9457 over HTTP. A client escapes its text before it shows it.
type Problem struct {
	Kind       Kind            `json:"type"` // empty: something before the API answered
	Title      string          `json:"title"`
	Status     int             `json:"status"`              // of HTTP
	Detail     string          `json:"detail"`              // what happened here, in one line
	Reasons    []string        `json:"reasons,omitempty"`   // rules and policies that refused
	Elevation  string          `json:"elevation,omitempty"` // the id in the way, or of the kept refusal
	Mistakes   []fault.Mistake `json:"mistakes,omitempty"`
	RetryAfter int64           `json:"retry_after,omitempty"` // seconds; 0: unknown
	Nearest    []fault.Known   `json:"nearest,omitempty"`     // suggestions for a scope, or all its matches
}

// Kinds of operations. Package httpapi adds some.
const (
	Invalid     Kind = "invalid"
	Denied      Kind = "denied"
	NotFound    Kind = "not-found"
	Conflict    Kind = "conflict"
	Quota       Kind = "quota"
	KeyReused   Kind = "idempotency-key-reused"
	Throttled   Kind = "throttled"
	Internal    Kind = "internal"
	Unavailable Kind = "unavailable"
)

// Texts for errors whose own text is not for the caller.
const (
	faultDetail  = "something went wrong on our side"
	againDetail  = "this did not succeed now, or it is not known whether it did: try again"
	hiddenDetail = "there is no such elevation, entitlement or finding, or you may not see it"
)

// ProblemOf makes the caller's view of an error. Missing and hidden things get the same words.
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

func kindOf(err error) Kind {
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

func (p *Problem) Error() string {
	switch {
	case p.Detail != "":
		return p.Detail
	case p.Title != "":
		return p.Title
	}
	return fmt.Sprintf("the API answered %d", p.Status)
}

const problemType = "urn:curfew:problem:"

// Kind is a problem's type without its prefix.
type Kind string

func (k Kind) MarshalText() ([]byte, error) { return []byte(problemType + k), nil }

// UnmarshalText leaves the kind empty if the type is not Curfew's.
func (k *Kind) UnmarshalText(text []byte) error {
	kind, ours := strings.CutPrefix(string(text), problemType)
	if !ours {
		kind = ""
	}
	*k = Kind(kind)
	return nil
}
