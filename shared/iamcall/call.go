package iamcall

import (
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// KindOf says what a code of error of IAM means to the domain. LimitExceeded is a full quota and never a rate.
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

// Busy reports whether the same call may succeed in a moment. ConcurrentModification is not in the model of most calls of
// IAM, and comes all the same.
func Busy(code string) bool {
	switch code {
	case "Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "ConcurrentModification",
		"ServiceFailure", "ServiceUnavailable", "InternalFailure", "InternalError", "EntityTemporarilyUnmodifiable":
		return true
	}
	return false
}

// Log gathers the calls of one method, for the receipt. A nil Log gathers none.
type Log []access.Call

// Add adds a call that ended with an error of this kind; empty: it succeeded.
func (l *Log) Add(action string, at time.Time, kind fault.Kind) {
	if l != nil {
		*l = append(*l, access.Call{Action: action, At: record.Instant(at), Outcome: outcome(kind)})
	}
}

// outcome is what the receipt says of one call.
func outcome(kind fault.Kind) string {
	switch kind {
	case "":
		return "done"
	case fault.NotFound:
		return "not there"
	}
	return string(kind)
}
