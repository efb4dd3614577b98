package accesstest_test

import (
	"testing"
	"time"

	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/task"
)

type story = accesstest.Story

func tell(t *testing.T, f func(*story)) {
	t.Helper()
	accesstest.RunStory(t, accesstest.WorldSettings{}, f)
}

func TestEngineerIsApprovedAndTheTimeIsOver(t *testing.T) {
	tell(t, func(s *story) {
		s.WantCan(accesstest.Engineer, "ana", false)
		id := s.As("ana").Asks("admin", 30*time.Minute)
		s.Want(id, "requested")
		s.WantCan(accesstest.Engineer, "ana", false)
		s.WantKind(s.As("ben").Approves(id), "")
		s.Want(id, "active")
		s.WantCan(accesstest.Engineer, "ana", true)
		s.WantCan(accesstest.Engineer, "mallory", false)
		s.Advance(29 * time.Minute)
		s.WantCan(accesstest.Engineer, "ana", true)
		s.Advance(2 * time.Minute)
		s.WantCan(accesstest.Engineer, "ana", false)
		s.Want(id, "ended deadline")
		s.WantPath(id, "Route AskApprovers Grant Hold Revoke")
		s.WantClean()
		if got := s.Elevation(id).Overstay; got > 2 {
			t.Errorf("overstay = %d s, want at most 2", got)
		}
	})
}

func TestWithoutApprovalItIsGrantedAtOnce(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Want(id, "active")
		s.Advance(time.Hour + time.Minute)
		s.Want(id, "ended deadline")
		s.WantPath(id, "Route Grant Hold Revoke")
	})
}

func TestThirtyDaysPassInNoTime(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("long", 30*24*time.Hour)
		s.Advance(30*24*time.Hour + time.Minute)
		s.Want(id, "ended deadline")
	})
}

func TestHolderReleases(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(10 * time.Minute)
		s.WantKind(s.As("ana").Ends(id), "")
		s.WantCan(accesstest.Engineer, "ana", false)
		s.Advance(10 * time.Second)
		s.Want(id, "ended released")
	})
}

func TestOperatorRevokesRightAfterTheGrant(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.WantKind(s.As("dee").Ends(id), "")
		s.WantCan(accesstest.Engineer, "ana", false)
		s.Want(id, "revoking revoked") // a second attach could still come: no proof yet
		s.Advance(2 * time.Minute)
		s.Want(id, "ended revoked")
		if e := s.Elevation(id); e.Overstay != 0 {
			t.Errorf("overstay = %d s, want 0: it was gone at once", e.Overstay)
		}
	})
}

func TestNobodyDecides(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour)
		s.Advance(2 * time.Hour)
		s.Want(id, "lapsed")
		s.WantPath(id, "Route AskApprovers Lapse Closed")
		s.WantKind(s.As("ben").Approves(id), fault.Conflict)
	})
}

func TestOneDenialIsEnough(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin-two", time.Hour)
		s.WantKind(s.As("ben").Approves(id), "")
		s.Want(id, "requested")
		s.WantKind(s.As("eva").Denies(id), "")
		s.Want(id, "denied")
		s.WantPath(id, "Route AskApprovers Closed")
		s.WantKind(s.As("cem").Approves(id), fault.Conflict)
	})
}

func TestHeartbeatLost(t *testing.T) {
	tell(t, func(s *story) {
		s.WantKind(s.Service.Tasks().Start(t.Context(), task.Task{Kind: "workflow", ID: "wf-1"}, task.EventSource{Source: "test"}, time.Now()), "")
		id := s.As("agent").Asks("agent", time.Hour)
		for range 4 {
			s.Advance(4 * time.Minute)
			s.WantKind(s.As("agent").Beats(id), "")
		}
		s.Want(id, "active")
		s.Advance(6 * time.Minute)
		s.Want(id, "ended heartbeat")
	})
}
