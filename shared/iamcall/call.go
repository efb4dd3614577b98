package iamcall

import (
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// KindOf maps IAM's error codes. LimitExceeded is a quota, never throttling.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html#API_PutRolePolicy_Errors
func KindOf(code string) fault.Kind {
	switch code {
	case "NoSuchEntity":
		return fault.NotFound
	case "LimitExceeded":
		return fault.Quota
	case "AccessDenied", "AccessDeniedException", "UnmodifiableEntity":
		return fault.Denied
	case "MalformedPolicyDocument", "InvalidInput", "ValidationError", "PolicyNotAttachable":
		return fault.Invalid
	case "EntityAlreadyExists":
		return fault.Conflict
	}
	return fault.Transient
}

// IsRetryable reports whether a call with this error code needs a retry. IAM returns ConcurrentModification from calls
// that do not document it.
func IsRetryable(code string) bool {
	switch code {
	case "Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "ConcurrentModification",
		"ServiceFailure", "ServiceUnavailable", "InternalFailure", "InternalError", "EntityTemporarilyUnmodifiable":
		return true
	}
	return false
}

// Log collects calls for the receipt. Nil ignores them.
type Log []access.Call

// Add adds a call. Empty kind: success.
func (l *Log) Add(action string, at time.Time, kind fault.Kind) {
	if l != nil {
		*l = append(*l, access.Call{Action: action, At: record.Instant(at), Outcome: outcome(kind)})
	}
}

func outcome(kind fault.Kind) string {
	switch kind {
	case "":
		return "done"
	case fault.NotFound:
		return "not there"
	}
	return string(kind)
}
