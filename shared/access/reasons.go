package access

import "curfew/shared/fault"

func deny(by, format string, args ...any) error { return fault.Deny(by, format, args...) }

// ReasonError: policy could not be asked.
const ReasonError = "curfew.error"

// ReasonKeyReused: an idempotency key was used for another request.
const ReasonKeyReused = "curfew.idempotency-key"

// ReasonOpen is the reason of a refusal to a caller with too many open requests.
const ReasonOpen = "curfew.open"
