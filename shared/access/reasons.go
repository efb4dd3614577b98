package access

import (
	"fmt"
	"time"

	"curfew/shared/fault"
)

func deny(by, format string, args ...any) error { return fault.Deny(by, format, args...) }

// ReasonError: policy could not be asked.
const ReasonError = "curfew.error"

// ReasonKeyReused: an idempotency key was used for another request.
const ReasonKeyReused = "curfew.idempotency-key"

// ReasonOpen is the reason of a refusal to a caller with too many open requests.
const ReasonOpen = "curfew.open"

func tooManyOpen(format string, open, limit int) error {
	return &fault.Error{Kind: fault.Denied, By: []string{ReasonOpen}, RetryAfter: time.Minute, Text: fmt.Sprintf(format, open, limit)}
}
