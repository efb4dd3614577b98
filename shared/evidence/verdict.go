package evidence

import "errors"

// State is what a check of evidence finds.
type State string

// The findings there are.
const (
	Verified  State = "verified"  // what was written, as far as the known head, at least
	Broken    State = "broken"    // something in it is not what was written
	Truncated State = "truncated" // all that is there verifies, and the end is missing
)

// Verdict is the result of a check, as the API and the command line give it.
type Verdict struct {
	State State  `json:"state"`
	Why   string `json:"why,omitempty"` // empty if it verifies
}

// VerdictOf is the verdict that the error of a check stands for. An error that is no [*BrokenError] is broken evidence.
func VerdictOf(err error) Verdict {
	if err == nil {
		return Verdict{State: Verified}
	}
	if b, ok := errors.AsType[*BrokenError](err); ok && b.Truncated {
		return Verdict{Truncated, err.Error()}
	}
	return Verdict{Broken, err.Error()}
}
