package accesstest_test

import (
	"slices"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
)

// endsIn gives an entitlement an end from now.
func endsIn(s *story, d time.Duration) func(*access.Entitlement) {
	return func(e *access.Entitlement) { e.Until = s.Service.Instant().Add(d) }
}

func wantReason(t *testing.T, err error, reason string) {
	t.Helper()
	if fault.KindOf(err) != fault.Denied || !slices.Contains(fault.Reasons(err), reason) {
		t.Errorf("%v by %v, want a denial by %s", err, fault.Reasons(err), reason)
	}
}

func TestNoAccessAfterTheEndOfTheEligibility(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("deploy", endsIn(s, 30*time.Minute))
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(time.Minute)
		s.Want(id, "active")
		if e := s.Elevation(id); e.Deadline.After(s.Service.Instant().Add(29 * time.Minute)) {
			t.Errorf("the deadline %s is after the end of the eligibility", e.Deadline)
		}
		_, err := s.As("cem").Tries("deploy", time.Hour, startsIn(40*time.Minute))
		wantReason(t, err, "curfew.until")
		s.Advance(30 * time.Minute)
		s.Want(id, "ended deadline")
		_, err = s.As("cem").Tries("deploy", time.Hour)
		wantReason(t, err, "curfew.until")
		s.WantClean()
	})
}

func TestAnEndThatANewerCatalogSetsEndsWhatRuns(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", 2*time.Hour)
		other := s.As("cem").Asks("long", 2*time.Hour)
		s.Catalog.Change("deploy", endsIn(s, 10*time.Minute))
		s.Advance(9 * time.Minute)
		s.Sweeps()
		s.Want(id, "active")
		for range 2 {
			s.Advance(time.Minute)
			s.Sweeps()
		}
		s.Advance(time.Minute)
		s.Want(id, "ended policy")
		s.Want(other, "active")
		if why := s.Elevation(id).Why; why == "" {
			t.Error("it does not say why it ended")
		}
	})
}

func TestWhatWaitsAtTheEndOfTheEligibilityIsNotGranted(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("admin", endsIn(s, 10*time.Minute))
		waits := s.As("ana").Asks("admin", time.Hour)
		s.Advance(11 * time.Minute)
		wantReason(t, s.As("ben").Approves(waits), "curfew.until")
		s.Want(waits, "requested")
	})
	tell(t, func(s *story) {
		later := s.As("ana").Asks("admin", time.Hour, startsIn(20*time.Minute))
		if err := s.As("ben").Approves(later); err != nil {
			t.Fatal(err)
		}
		s.Catalog.Change("admin", endsIn(s, 10*time.Minute))
		s.Advance(21 * time.Minute)
		s.Want(later, "ended refused")
		s.WantClean()
	})
}
