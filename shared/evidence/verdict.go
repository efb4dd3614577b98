package evidence

import "errors"

type State string

const (
	Verified  State = "verified"  // at least up to the known head
	Broken    State = "broken"    // changed
	Truncated State = "truncated" // the rest verifies
)

type Verdict struct {
	State State  `json:"state"`
	Why   string `json:"why,omitempty"` // empty if verified
}

// VerdictOf returns Broken for all errors but a truncated [*BrokenError].
func VerdictOf(err error) Verdict {
	if err == nil {
		return Verdict{State: Verified}
	}
	if b, ok := errors.AsType[*BrokenError](err); ok && b.Truncated {
		return Verdict{Truncated, err.Error()}
	}
	return Verdict{Broken, err.Error()}
}
