package access

import (
	"testing"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
)

func TestAnApprovalCountsOnlyWithAFreshMFA(t *testing.T) {
	at := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	rule := Approval{Need: 1, Of: []string{"group:leads"}, MFAWithin: 900}
	terms := Terms{ID: "01jd0000000000000000000000", Requester: identity.Caller{ID: "person:i|1", Kind: identity.Person, Name: "ana"}}
	for name, c := range map[string]struct {
		mfa  bool
		age  time.Duration
		none bool
		want bool
	}{
		"of now": {true, 0, false, true}, "at the bound": {true, 15 * time.Minute, false, true}, "older": {true, 15*time.Minute + time.Second, false, false},
		"of the future": {true, -ClockSkew - time.Second, false, false}, "absent": {true, 0, true, false}, "without MFA": {false, time.Minute, false, false},
	} {
		d := Decision{Elevation: terms.ID, Approve: true, Digest: terms.Digest(), At: at,
			By: identity.Caller{ID: "person:i|2", Kind: identity.Person, Name: "ben", Groups: []string{"leads"}, MFA: c.mfa, MFAAt: at.Add(-c.age)}}
		if c.none {
			d.By.MFAAt = time.Time{}
		}
		if got := terms.enough(rule, []Decision{d}); got != c.want {
			t.Errorf("%s: counts %t, want %t", name, got, c.want)
		}
		if err := rule.steppedUp(d); (err == nil) != c.want || err != nil && fault.Reasons(err)[0] != "curfew.step-up" {
			t.Errorf("%s: %v", name, err)
		}
		d.Approve = false
		if err := rule.steppedUp(d); err != nil {
			t.Errorf("%s: a denial needs no MFA: %v", name, err)
		}
	}
}
