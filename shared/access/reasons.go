package access

import "curfew/shared/fault"

// deny is a refusal by a rule of ours.
func deny(by, format string, args ...any) error { return fault.Deny(by, format, args...) }

// ReasonError is the reason of a denial by a policy that could not be asked.
const ReasonError = "curfew.error"

// ReasonKeyReused is the reason of a Conflict over an idempotency key.
const ReasonKeyReused = "curfew.idempotency-key"
