package accesstest_test

import (
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
)

// steppedUp asks approvers for a sign-in with MFA of the last 15 minutes.
func steppedUp(e *access.Entitlement) {
	rule := *e.Approval
	rule.MFAWithin = 15 * time.Minute
	e.Approval = &rule
}

// signedIn is a person who signed in with MFA so long ago.
func signedIn(s *story, name string, ago time.Duration) accesstest.Actor {
	who := s.As(name)
	who.MFAAt = s.Service.Instant().Add(-ago)
	return who
}

func TestARiskyApprovalNeedsAFreshMFA(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("admin", steppedUp)
		id := s.As("ana").Asks("admin", time.Hour)
		for name, who := range map[string]accesstest.Actor{"16 minutes old": signedIn(s, "ben", 16*time.Minute), "not known": s.As("ben"), "of the future": signedIn(s, "ben", -time.Hour)} {
			err := who.Approves(id)
			wantReason(t, err, "curfew.step-up")
			if !strings.Contains(err.Error(), "sign in again with MFA") {
				t.Errorf("%s: it does not say what to do: %v", name, err)
			}
		}
		weak := signedIn(s, "ben", time.Minute)
		weak.MFA = false
		wantReason(t, weak.Approves(id), "curfew.step-up")
		s.Want(id, "requested")
		if err := signedIn(s, "ben", 14*time.Minute).Approves(id); err != nil {
			t.Fatal(err)
		}
		s.Advance(time.Minute)
		s.Want(id, "active")
	})
}

func TestAFreshMFACountsAsOfTheDecision(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("admin", steppedUp)
		id := s.As("ana").Asks("admin", time.Hour, startsIn(2*time.Hour))
		if err := signedIn(s, "ben", 10*time.Minute).Approves(id); err != nil {
			t.Fatal(err)
		}
		s.Advance(2*time.Hour + time.Minute)
		s.Want(id, "active")
	})
}

func TestAnApprovalFromBeforeTheStepUpIsNotGranted(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour, startsIn(10*time.Minute))
		if err := s.As("ben").Approves(id); err != nil {
			t.Fatal(err)
		}
		s.Catalog.Change("admin", steppedUp)
		s.Advance(11 * time.Minute)
		s.Want(id, "ended refused")
		s.WantClean()
	})
}

func TestAStaleMFAMayDeny(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("admin", steppedUp)
		id := s.As("ana").Asks("admin", time.Hour)
		if err := s.As("ben").Denies(id); err != nil {
			t.Fatal(err)
		}
		s.Want(id, "denied")
	})
}

// When the requester signed in is not decided on, and is personal data.
func TestTheSignInOfTheRequesterIsNotInTheTerms(t *testing.T) {
	tell(t, func(s *story) {
		id := signedIn(s, "ana", time.Minute).Asks("admin", time.Hour)
		l, err := s.Service.Load(t.Context(), id)
		if err != nil || !l.Terms.Requester.MFAAt.IsZero() {
			t.Errorf("the terms have %s, %v", l.Terms.Requester.MFAAt, err)
		}
	})
}
