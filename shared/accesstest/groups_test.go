package accesstest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/directory"
	"curfew/shared/fault"
)

func TestMachineThatTheNewestCatalogTookOutOfItsGroupIsNotGranted(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("agent").Asks("agent", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(30 * time.Minute) })
		s.Catalog.Regroup(accesstest.Agent)
		s.Advance(31 * time.Minute)
		s.Want(id, "ended refused")
		s.WantClean()
	})
}

func TestMachineThatTheNewestCatalogTookOutOfItsGroupLosesWhatItHolds(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("agent").Asks("agent", 4*time.Minute)
		s.Catalog.Regroup(accesstest.Agent)
		s.Sweeps()
		s.Want(id, "active") // one denial may be a mistake
		s.Advance(time.Minute)
		s.Sweeps()
		s.Want(id, "ended policy")
		s.WantClean()
	})
}

func TestMachineOfANewCatalogKeepsWhatItHoldsInItsNewGroups(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("agent").Asks("agent", 4*time.Minute)
		s.Catalog.Change("agent", func(e *access.Entitlement) { e.Requesters = []string{"group:summarizers"} })
		s.Catalog.Regroup(accesstest.Agent, "summarizers")
		for range 3 {
			s.Sweeps()
			s.Advance(time.Minute)
		}
		s.Want(id, "active")
	})
}

func TestPersonWhoLeftTheirGroupIsNotGranted(t *testing.T) {
	tell(t, func(s *story) {
		cem := s.As("cem")
		id := cem.Asks("deploy", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(30 * time.Minute) })
		other := s.As("ana").Asks("admin", time.Hour)
		s.Advance(time.Minute)
		cem.Groups = []string{"leads"} // as the token of their next sign-in says
		s.WantKind(cem.Denies(other), "")
		s.Advance(31 * time.Minute)
		s.Want(id, "ended refused")
		s.WantClean()
	})
}

func TestPersonWhoLeftTheirGroupLosesWhatTheyHold(t *testing.T) {
	tell(t, func(s *story) {
		cem := s.As("cem")
		id, other := cem.Asks("deploy", time.Hour), s.As("ana").Asks("admin", time.Hour)
		s.Advance(time.Minute)
		cem.Groups = []string{"leads"}
		s.WantKind(cem.Denies(other), "")
		wantPolicyEnds(s, id)
	})
}

// Who left their group is refused, and the refusal left the directory as it was: the sweep saw the old groups.
func TestPersonWhoLeftTheirGroupLosesWhatTheyHoldThoughTheirCallIsRefused(t *testing.T) {
	for name, calls := range map[string]func(cem accesstest.Actor, id string) error{
		"asks": func(cem accesstest.Actor, _ string) error {
			_, err := cem.Tries("deploy", time.Hour)
			return err
		},
		"approves": func(cem accesstest.Actor, id string) error { return cem.Approves(id) },
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(s *story) {
				cem := s.As("cem")
				id, other := cem.Asks("deploy", time.Hour), s.As("ana").Asks("admin", time.Hour)
				s.Advance(time.Minute)
				cem.Groups = nil
				if err := calls(cem, other); err == nil {
					t.Fatal("not refused")
				}
				wantPolicyEnds(s, id)
			})
		})
	}
}

func TestPersonWhoLeftTheirGroupLosesWhatTheirHeartbeatKept(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("deploy", func(e *access.Entitlement) { e.Heartbeat = 5 * time.Minute })
		cem := s.As("cem")
		id := cem.Asks("deploy", time.Hour)
		s.Advance(time.Minute)
		cem.Groups = nil
		s.WantKind(cem.Beats(id), "")
		wantPolicyEnds(s, id)
	})
}

func wantPolicyEnds(s *story, id string) {
	s.Sweeps()
	s.Advance(time.Minute)
	s.Sweeps()
	s.Want(id, "ended policy")
	s.WantClean()
}

func TestRefusedCallerIsNotStoredInTheDirectory(t *testing.T) {
	tell(t, func(s *story) {
		_, err := s.As("zoe").Tries("admin", time.Hour)
		s.WantKind(err, fault.Denied)
		all, err := directory.Directory{Base: s.Service.Base}.All(s.Context())
		if err != nil || len(all) != 0 {
			t.Errorf("the directory has %v, %v", all, err)
		}
	})
}

// twoLeads is an entitlement that two people approve within two days.
func twoLeads(s *story) {
	s.Catalog.Change("admin-two", func(e *access.Entitlement) { e.Approval.Within = 48 * time.Hour })
}

func startsIn(d time.Duration) func(*access.Request) {
	return func(r *access.Request) { r.StartAt = time.Now().Add(d) }
}

func TestApprovalLongBeforeTheStartIsRefusedAndSaysFromWhenOn(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("admin", func(e *access.Entitlement) { e.Approval.Within = 20 * time.Hour })
		id := s.As("ana").Asks("admin", time.Hour, startsIn(20*time.Hour))
		err := s.As("ben").Approves(id)
		s.WantKind(err, fault.Conflict)
		if from := time.Now().Add(8 * time.Hour).UTC().Format("15:04"); !strings.Contains(err.Error(), from) {
			t.Errorf("%v; want the instant, %s", err, from)
		}
		s.Advance(8*time.Hour + time.Minute)
		s.WantKind(s.As("ben").Approves(id), "")
		s.Advance(12 * time.Hour)
		s.Want(id, "active")
	})
}

func TestDenialLongBeforeTheStartCounts(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("admin", func(e *access.Entitlement) { e.Approval.Within = 20 * time.Hour })
		id := s.As("ana").Asks("admin", time.Hour, startsIn(20*time.Hour))
		s.WantKind(s.As("ben").Denies(id), "")
		s.Want(id, "denied")
	})
}

func TestStartThatNoApprovalCanCoverIsRefusedAndSaysWhichWould(t *testing.T) {
	tell(t, func(s *story) {
		_, err := s.As("ana").Tries("admin", time.Hour, startsIn(14*time.Hour))
		s.WantKind(err, fault.Denied)
		want := "approvals of admin count for 12 h, and approvers have until 2000-01-01T01:00:00Z: start by 2000-01-01T13:00:00Z, " +
			"or ask again from 2000-01-01T01:00:00Z on to start at 2000-01-01T14:00:00Z"
		if got := fmt.Sprint(err); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		s.As("ana").Asks("admin", time.Hour, startsIn(13*time.Hour))
	})
}

func TestApprovalOfAnOldTokenIsNotEnoughWithAYoungOne(t *testing.T) {
	tell(t, func(s *story) {
		twoLeads(s)
		id := s.As("ana").Asks("admin-two", time.Hour)
		s.WantKind(s.As("ben").Approves(id), "")
		s.Advance(13 * time.Hour)
		s.WantKind(s.As("eva").Approves(id), "")
		s.Want(id, "requested")
		s.WantKind(s.As("cem").Approves(id), "")
		s.Want(id, "active")
	})
}

// The repeat was told success, stored nothing, and the elevation lapsed.
func TestApprovalThatWasTooOldIsRepeatedAndCounts(t *testing.T) {
	tell(t, func(s *story) {
		twoLeads(s)
		id, ben := s.As("ana").Asks("admin-two", time.Hour), s.As("ben")
		waits := func() bool {
			list, err := s.Service.List(s.Context(), ben.Caller, access.Filter{ToDecide: true})
			return err == nil && len(list.Lives) == 1
		}
		s.WantKind(ben.Approves(id), "")
		if waits() {
			t.Error("ben approved, and it waits for ben")
		}
		s.Advance(13 * time.Hour)
		if !waits() {
			t.Error("ben's approval is too old, and it does not wait for ben")
		}
		s.WantKind(s.As("eva").Approves(id), "")
		for range 2 { // idempotent
			s.WantKind(ben.Approves(id), "")
		}
		s.Want(id, "active")
		if got, want := verdicts(s, id), "requested approval approval approved"; !strings.HasPrefix(got, want) {
			t.Errorf("evidence says %s, want %s", got, want)
		}
	})
}

// The function that keeps decisions was taken over, or the setting was made shorter.
func TestApprovalThatIsTooOldAtTheStartIsNotCounted(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour, startsIn(3*time.Hour))
		s.WantKind(s.As("ben").Approves(id), "")
		s.Service.Settings.GroupsFor = 2 * time.Hour
		s.Advance(3*time.Hour + time.Minute)
		s.Want(id, "ended refused")
		l, err := s.Service.Load(s.Context(), id)
		s.WantKind(err, "")
		if why := l.Elevation.Why; !strings.Contains(why, "the approval of ben at 2000-01-01T00:00:00Z is older than 2 h at the start: ask again") {
			t.Errorf("why = %s", why)
		}
	})
}

func TestApprovalCountsToTheEndOfItsTimeAndTheWorkflowMayBeLate(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour, startsIn(12*time.Hour))
		s.WantKind(s.As("ben").Approves(id), "")
		s.Advance(12*time.Hour + time.Minute)
		s.Want(id, "active")
	})
}
