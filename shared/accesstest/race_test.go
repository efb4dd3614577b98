package accesstest_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
)

// The races that the design names, each in its harmful order.

func TestDecisionComesBeforeTheTokenIsStored(t *testing.T) {
	tell(t, func(s *story) {
		signsIn(s, s.As("ana").Caller) // else the directory's write is counted too
		// The function stores its token slowly; ben decides fast.
		s.Faults(func(op string, n int) accesstest.Fault {
			if op == "store.Write" && n == 2 { // 1 is the request
				return accesstest.Fault{Failure: accesstest.Delayed, By: 20 * time.Second}
			}
			return accesstest.Fault{}
		})
		id := s.As("ana").Asks("admin", time.Hour)
		s.WantKind(s.As("ben").Approves(id), "")
		s.Want(id, "approved")
		s.Advance(30 * time.Second)
		s.Want(id, "active")
		s.WantPath(id, "Route AskApprovers Grant Hold")
	})
}

func TestTokenIsStoredWhileTheDecisionIs(t *testing.T) {
	tell(t, func(s *story) {
		signsIn(s, s.As("ana").Caller) // else the directory's write is counted too
		// Ben's decision read the elevation before the token, and is stored after the function stored the token and
		// read no decision.
		s.Faults(func(op string, n int) accesstest.Fault {
			switch {
			case op == "store.Write" && n == 2: // the token
				return accesstest.Fault{Failure: accesstest.Delayed, By: 10 * time.Second}
			case op == "store.Write" && n == 3: // the decision
				return accesstest.Fault{Failure: accesstest.Delayed, By: 15 * time.Second}
			}
			return accesstest.Fault{}
		})
		id := s.As("ana").Asks("admin", time.Hour)
		s.WantKind(s.As("ben").Approves(id), "")
		s.Advance(10 * time.Second) // not only at the next sweep
		s.Want(id, "active")
		s.WantPath(id, "Route AskApprovers Grant Hold")
	})
}

func TestEndComesBeforeTheHoldTokenIsStored(t *testing.T) {
	tell(t, func(s *story) {
		signsIn(s, s.As("ana").Caller) // else the directory's write is counted too
		s.Faults(func(op string, n int) accesstest.Fault {
			if op == "store.Write" && n == 4 { // request, granting, active, the token of Hold
				return accesstest.Fault{Failure: accesstest.Delayed, By: 20 * time.Second}
			}
			return accesstest.Fault{}
		})
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Want(id, "active")
		s.WantKind(s.As("ana").Ends(id), "")
		s.Advance(5 * time.Minute)
		s.Want(id, "ended released")
		s.WantPath(id, "Route Grant Hold Revoke")
	})
}

func TestApprovalAndTheTimeOutMeet(t *testing.T) {
	tell(t, func(s *story) {
		// The approval is stored just before decide_by, and its answer to the task is lost. The task times out, and
		// Lapse finds the elevation approved.
		s.Faults(func(op string, _ int) accesstest.Fault {
			if op == "workflow.Answer" {
				return accesstest.Fault{Failure: accesstest.ErrorBefore}
			}
			return accesstest.Fault{}
		})
		id := s.As("ana").Asks("admin", time.Hour)
		s.Advance(time.Hour - time.Second)
		s.WantKind(s.As("ben").Approves(id), "")
		s.Advance(30 * time.Second)
		s.Want(id, "active")
		s.WantPath(id, "Route AskApprovers Lapse WaitForStart Grant Hold")
	})
}

// Only the record has the approval, and the first read fails.
func TestLapseThatCannotReadTheApprovalOnceReadsItAgain(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour)
		s.Advance(time.Hour - time.Second)
		s.Faults(func(op string, _ int) accesstest.Fault {
			if op == "workflow.Answer" {
				return accesstest.Fault{Failure: accesstest.ErrorBefore}
			}
			return accesstest.Fault{}
		})
		s.WantKind(s.As("ben").Approves(id), "")
		s.Faults(accesstest.Once("store.Partition", 1, accesstest.Fault{Failure: accesstest.ErrorBefore}))
		s.Advance(30 * time.Second)
		s.Want(id, "active")
	})
}

func TestApprovalAfterItLapsedIsRefused(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour)
		s.Advance(time.Hour + time.Second)
		s.Want(id, "lapsed")
		s.WantKind(s.As("ben").Approves(id), fault.Conflict)
		s.WantClean()
	})
}

func TestGrantAttachesAfterRevokeLooked(t *testing.T) {
	accesstest.RunStory(t, accesstest.WorldSettings{Slack: time.Minute}, func(s *story) {
		// Grant's call to IAM is delayed by 15 s after Grant got an error. An operator ends the elevation meanwhile,
		// and Revoke reads IAM too early.
		s.Faults(accesstest.Once("cloud.Attach", 1, accesstest.Fault{Failure: accesstest.EffectLate, By: 15 * time.Second}))
		id := s.As("ana").Asks("deploy", time.Hour)
		s.WantKind(s.As("dee").Ends(id), "")
		s.Want(id, "revoking revoked")
		s.Advance(16 * time.Second)
		s.Advance(2 * time.Minute)
		s.Want(id, "ended revoked")
		s.WantClean()
		s.WantCan(accesstest.Engineer, "ana", false)
	})
}

func TestEndWhileGrantIsInFlight(t *testing.T) {
	tell(t, func(s *story) {
		s.Faults(accesstest.Once("cloud.Attach", 1, accesstest.Fault{Failure: accesstest.Delayed, By: 10 * time.Second}))
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Want(id, "granting")
		s.WantKind(s.As("ana").Ends(id), "")
		s.Advance(11 * time.Second)
		s.WantCan(accesstest.Engineer, "ana", false)
		s.Advance(2 * time.Minute)
		s.Want(id, "ended released")
		s.WantClean()
	})
}

func TestAnotherExecutionTouchesNothing(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		_, err := s.Service.Grant(t.Context(), access.GrantIn{ID: id, Execution: "arn:of:another"})
		s.WantKind(err, fault.NotYours)
		if got := fault.ErrorName(err); got != "NotYours" {
			t.Errorf("error name = %q, want NotYours", got)
		}
		s.Want(id, "active")
		s.WantCan(accesstest.Engineer, "ana", true)
	})
}

func TestSameExecutionGetsTheSameAnswer(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		before := s.Elevation(id)
		s.Advance(10 * time.Second)
		out, err := s.Service.Grant(t.Context(), access.GrantIn{ID: id, Execution: s.Workflow.Execution(id)})
		s.WantKind(err, "")
		if want := int64(time.Until(before.Deadline) / time.Second); out.BeatSeconds != want || out.TimeoutSeconds != want+1 {
			t.Errorf("hold = %+v, want %d and one more", out, want)
		}
		if after := s.Elevation(id); !after.Deadline.Equal(before.Deadline) || after.Version != before.Version {
			t.Errorf("the record changed: %+v, was %+v", after, before)
		}
	})
}

func TestTwoRevokesAtOnce(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(10 * time.Minute)
		e := s.Elevation(id)
		order := access.Order{ID: id, Account: e.Principal.Account, Principal: e.Principal.ARN, PrincipalID: e.Principal.ID, By: "sweep", OrderedAt: time.Now()}
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				_, err := s.Service.Revoke(t.Context(), order)
				s.WantKind(err, "")
			})
		}
		both.Wait()
		synctest.Wait()
		s.CheckWorld()
		s.Want(id, "ended failed") // without an order or the deadline, the cause is failed
		s.WantClean()
	})
}

func TestStartExecutionIsRepeated(t *testing.T) {
	tell(t, func(s *story) {
		s.Faults(accesstest.Once("workflow.Start", 1, accesstest.Fault{Failure: accesstest.ErrorAfter}))
		id := s.As("ana").Asks("admin", time.Hour)
		_, input, err := s.Service.Input(t.Context(), s.Receipt(id).Terms)
		s.WantKind(err, "")
		s.WantKind(s.Workflow.Start(t.Context(), id, input), "")
		s.WantKind(s.As("ben").Approves(id), "")
		s.Want(id, "active")
		s.WantKind(s.As("ana").Ends(id), "")
		s.Advance(5 * time.Minute)
		s.WantKind(s.Workflow.Start(t.Context(), id, input), fault.Over)
	})
}

func TestExecutionThatNeverStartedIsStartedByTheSweep(t *testing.T) {
	tell(t, func(s *story) {
		s.Faults(accesstest.Once("workflow.Start", 1, accesstest.Fault{Failure: accesstest.ErrorBefore}))
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Want(id, "approved")
		s.Sweeps()
		s.Want(id, "approved") // not yet 60 s
		s.Advance(time.Minute)
		s.Sweeps()
		s.Advance(30 * time.Second) // Grant may have met the sweep's write, and tries again
		s.Want(id, "active")
	})
}

// At need 2, one person's two calls are one approval.
func TestOnePersonApprovesTwiceAtOnce(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin-two", time.Hour)
		digest := s.Digest(id)
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if _, err := s.Service.Decide(t.Context(), s.As("ben").Caller, id, digest, true, ""); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		synctest.Wait()
		s.CheckWorld()
		s.Want(id, "requested")
		if got, want := verdicts(s, id), "requested approval"; got != want {
			t.Errorf("evidence says %s, want %s", got, want)
		}
	})
}

func TestTwoPeopleDecideAtOnce(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin-two", time.Hour)
		digest := s.Digest(id)
		var all sync.WaitGroup
		for _, name := range []string{"ben", "eva", "cem"} {
			all.Go(func() {
				_, err := s.Service.Decide(t.Context(), s.As(name).Caller, id, digest, true, "")
				if k := fault.KindOf(err); k != "" && k != fault.Conflict {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		all.Wait()
		synctest.Wait()
		s.CheckWorld()
		s.Want(id, "active")
	})
}
