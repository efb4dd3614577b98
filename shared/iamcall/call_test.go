package iamcall

import (
	"testing"
	"time"

	"curfew/shared/fault"
)

// A full quota is not retried. A busy IAM answers nothing.
func TestWhatIsTriedAgainIsTransient(t *testing.T) {
	for _, code := range []string{"Throttling", "ConcurrentModification", "ServiceFailure"} {
		if !IsRetryable(code) || KindOf(code) != fault.Transient {
			t.Errorf("%s: busy %v, kind %s, want busy and Transient", code, IsRetryable(code), KindOf(code))
		}
	}
	for _, code := range []string{"LimitExceeded", "NoSuchEntity", "AccessDenied", "MalformedPolicyDocument", "EntityAlreadyExists", "DeleteConflict"} {
		if IsRetryable(code) {
			t.Errorf("%s is tried again", code)
		}
	}
}

func TestTheReceiptSaysWhatBecameOfACall(t *testing.T) {
	at := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	var l Log
	l.Add("iam:DeleteRolePolicy", at, "")
	l.Add("iam:DeleteRolePolicy", at, fault.NotFound)
	l.Add("iam:DetachRolePolicy", at, fault.Denied)
	for i, want := range []string{"done", "not there", "Denied"} {
		if l[i].Outcome != want || !l[i].At.Equal(at) {
			t.Errorf("call %d = %+v, want %s", i+1, l[i], want)
		}
	}
	(*Log)(nil).Add("iam:GetRole", at, "") // ignored
}
