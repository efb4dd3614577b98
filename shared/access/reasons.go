package access

import "curfew/shared/fault"

// deny returns a refusal by a rule of Curfew.
func deny(by, format string, args ...any) error { return fault.Deny(by, format, args...) }

// ReasonError is the reason of a denial because policy could not be asked.
const ReasonError = "curfew.error"

// ReasonKeyReused is the reason of a Conflict over an idempotency key.
const ReasonKeyReused = "curfew.idempotency-key"
