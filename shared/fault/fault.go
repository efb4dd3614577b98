package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what a failed call means to its caller. A kind is also the name under which the state machine knows the
// error: see [ErrorName].
type Kind string

// The kinds of error. Only httpapi turns one into a status, only [ErrorName] into a name for the state machine.
const (
	// Invalid: not understood, or not possible for anybody. Nothing was stored.
	Invalid Kind = "Invalid"
	// Denied: understood and refused.
	Denied Kind = "Denied"
	// NotFound: no such thing, or not for this caller's eyes.
	NotFound Kind = "NotFound"
	// Conflict: the state, or a rival, does not allow it now. Reading again tells.
	Conflict Kind = "Conflict"
	// Quota: a quota of AWS is full. Never retried.
	Quota Kind = "Quota"
	// Transient: may succeed when tried again; the call may also have taken effect.
	Transient Kind = "Transient"
	// Internal: a fault of ours. The text is for the log, never for the caller.
	Internal Kind = "Internal"

	// NotYours: another execution owns this elevation. The state machine ends and touches nothing.
	NotYours Kind = "NotYours"
	// NotYet: the grant is not proven gone yet. The state machine looks again.
	NotYet Kind = "NotYet"
	// Over: the elevation is already ending or ended.
	Over Kind = "Over"
	// Withdrawn and Lapsed: the elevation ended before it began.
	Withdrawn Kind = "Withdrawn"
	Lapsed    Kind = "Lapsed"
)

// ErrorNames are all the names that [ErrorName] gives: what an ErrorEquals of the state machine may say beside AWS's own.
func ErrorNames() []string {
	var names []string
	for _, k := range []Kind{Invalid, Denied, NotFound, Conflict, Quota, Transient, Internal, NotYours, NotYet, Over, Withdrawn, Lapsed} {
		names = append(names, string(k))
	}
	return names
}

// Error is an error with a kind.
type Error struct {
	Kind Kind
	Text string   // one line: what happened and why; fit for the caller unless the kind is Internal or Transient
	By   []string // the ids of the policies or rules that refused, if the kind is Denied
	// Nearest are what a scope that matches nothing may have meant, or all that it matches.
	Nearest []Known
	Err     error // the cause, for the log
}

// Error is the text.
func (e *Error) Error() string { return e.Text }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an error of a kind. An argument for %w becomes its cause.
func Errorf(kind Kind, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Text: err.Error(), Err: errors.Unwrap(err)}
}

// Deny is the refusal by one rule, as [Errorf] makes it.
func Deny(by, format string, args ...any) error {
	e := Errorf(Denied, format, args...).(*Error)
	e.By = []string{by}
	return e
}

// Wrap gives err a context and keeps its kind; an error without one is transient, because whatever a port could not
// name may have taken effect and may succeed later.
func Wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	kind := KindOf(err)
	if kind == Internal && !hasKind(err) {
		kind = Transient
	}
	return &Error{Kind: kind, Text: fmt.Sprintf(format, args...) + ": " + err.Error(), By: Reasons(err), Err: err}
}

// KindOf is the kind of the outermost error that has one; Internal for any other error, and "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Unless is err, but nil if it is of this kind.
func Unless(err error, kind Kind) error {
	if KindOf(err) == kind {
		return nil
	}
	return err
}

func hasKind(err error) bool {
	_, ok := errors.AsType[*Error](err)
	return ok
}

// Reasons are the ids of the rules and policies that refused, if err is a denial.
func Reasons(err error) []string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.By
	}
	return nil
}

// Nearest are what a scope that matches nothing, or more than one, may have meant.
func Nearest(err error) []Known {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Nearest
	}
	return nil
}

// ErrorName is the name under which the state machine knows an error: its kind. aws-lambda-go would report the Go type of
// the outermost error, so that wrapping one would silently disable every Retry and Catch that names it; the Lambda
// adapter and the local engine both name errors by this function instead.
func ErrorName(err error) string { return string(KindOf(err)) }

// Known is something that a scope can mean: a caller, a principal, an entitlement.
type Known struct {
	ID   string `json:"id"`             // a caller's id, an ARN, an entitlement's name
	Name string `json:"name,omitempty"` // as tables print it, where that differs
}

// String is the name with the id behind it.
func (k Known) String() string {
	if k.Name == "" || k.Name == k.ID {
		return k.ID
	}
	return fmt.Sprintf("%s (%s)", k.Name, k.ID)
}

// Causes is an error with what caused it: the text of an [Error] is for callers, and what is behind it for the log.
func Causes(err error) string {
	text := err.Error()
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(next) {
		if !strings.Contains(text, next.Error()) {
			text += ": " + next.Error()
		}
	}
	return text
}

// FirstLine is the beginning of an error of many lines, with its causes.
func FirstLine(err error) string {
	text, _, _ := strings.Cut(Causes(err), "\n")
	return text
}
