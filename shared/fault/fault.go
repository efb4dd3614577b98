package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind says what an error means to the caller.
type Kind string

// Only api maps kinds to problems, only [ErrorName] to the state machine.
const (
	// Invalid: not understood, or impossible. Nothing was stored.
	Invalid Kind = "Invalid"
	// Denied: understood and refused.
	Denied Kind = "Denied"
	// NotFound: missing, or not visible to this caller.
	NotFound Kind = "NotFound"
	// Conflict: not in this state. Read again.
	Conflict Kind = "Conflict"
	// Quota: full. Do not retry.
	Quota Kind = "Quota"
	// Transient: retry; it may have taken effect.
	Transient Kind = "Transient"
	// Internal: a bug. Log the text, do not return it.
	Internal Kind = "Internal"

	// NotYours: another execution owns the elevation. Stop.
	NotYours Kind = "NotYours"
	// NotYet: the grant may still exist. Retry.
	NotYet Kind = "NotYet"
	// Over: ending or ended.
	Over Kind = "Over"
	// Withdrawn and Lapsed: ended before it began.
	Withdrawn Kind = "Withdrawn"
	Lapsed    Kind = "Lapsed"
)

// ErrorNames returns the names for ErrorEquals, without AWS's own.
func ErrorNames() []string {
	var names []string
	for _, k := range []Kind{Invalid, Denied, NotFound, Conflict, Quota, Transient, Internal, NotYours, NotYet, Over, Withdrawn, Lapsed} {
		names = append(names, string(k))
	}
	return names
}

type Error struct {
	Kind Kind
	Text string   // one line; not for the caller if Internal or Transient
	By   []string // if Denied: policies or rules
	// Nearest has suggestions, or all matches of an ambiguous name.
	Nearest []Known
	// Elevation is the id in the way, or of the kept refusal. The caller may see it.
	Elevation string
	// Mistakes are all that is wrong with a request, if Invalid.
	Mistakes Mistakes
	// RetryAfter is when the same call may succeed; zero: unknown.
	RetryAfter time.Duration
	Err        error // cause, for the log
}

func (e *Error) Error() string { return e.Text }

func (e *Error) Unwrap() error { return e.Err }

// Errorf keeps the argument of %w as the cause.
func Errorf(kind Kind, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Text: err.Error(), Err: errors.Unwrap(err)}
}

// Deny names the rule that refuses.
func Deny(by, format string, args ...any) error {
	e := Errorf(Denied, format, args...).(*Error)
	e.By = []string{by}
	return e
}

// Wrap adds context and keeps the kind. Without a kind it is Transient: the call may have taken effect.
func Wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	wrapped := Error{Kind: Transient}
	if e, ok := errors.AsType[*Error](err); ok {
		wrapped = *e
	}
	wrapped.Text, wrapped.Err = fmt.Sprintf(format, args...)+": "+err.Error(), err
	return &wrapped
}

// About is err with the elevation that it is about: see [Error].
func About(elevation string, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || elevation == "" {
		return err
	}
	about := *e
	about.Elevation, about.Err = elevation, err
	return &about
}

// Err is Invalid with all mistakes; nil: there is none.
func (m Mistakes) Err() error {
	if len(m) == 0 {
		return nil
	}
	var text []string
	for _, one := range m {
		text = append(text, one.String())
	}
	return &Error{Kind: Invalid, Text: strings.Join(text, "; "), Mistakes: m}
}

// MistakesOf are the mistakes in an error that is Invalid. An error without any is itself the one mistake.
func MistakesOf(err error) Mistakes {
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok || e.Kind != Invalid:
		return nil
	case len(e.Mistakes) > 0:
		return e.Mistakes
	}
	return Mistakes{{Problem: e.Text}}
}

// KindOf returns the outermost kind; without one Internal; for nil "".
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Unless returns nil for this kind.
func Unless(err error, kind Kind) error {
	if KindOf(err) == kind {
		return nil
	}
	return err
}

// Reasons returns [Error.By].
func Reasons(err error) []string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.By
	}
	return nil
}

// Nearest returns [Error.Nearest].
func Nearest(err error) []Known {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Nearest
	}
	return nil
}

// ErrorName is for Lambda. aws-lambda-go would use the outermost Go type: a new wrapper would silently disable Retry
// and Catch.
func ErrorName(err error) string { return string(KindOf(err)) }

// Known is a known caller, principal or entitlement.
type Known struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"` // if it differs
}

func (k Known) String() string {
	if k.Name == "" || k.Name == k.ID {
		return k.ID
	}
	return fmt.Sprintf("%s (%s)", k.Name, k.ID)
}

// Causes adds the causes' texts, for the log.
func Causes(err error) string {
	text := err.Error()
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(next) {
		if !strings.Contains(text, next.Error()) {
			text += ": " + next.Error()
		}
	}
	return text
}

func FirstLine(err error) string {
	text, _, _ := strings.Cut(Causes(err), "\n")
	return text
}
