package accesstest_test

import (
	"errors"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/sweep"
	"curfew/shared/task"
)

func TestNewerPolicyEndsWhatIsActiveOnTheSecondNo(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Catalog.Refuse(func(q access.Question) bool { return q.Action == access.ActRequest })
		s.Sweeps()
		s.Want(id, "active")
		s.Advance(time.Minute)
		s.Sweeps()
		s.Advance(2 * time.Minute)
		s.Want(id, "ended policy")
		s.WantClean()
	})
}

func TestPolicyThatChangedItsMindEndsNothing(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		no := func(access.Question) bool { return true }
		for range 3 {
			s.Catalog.Refuse(no)
			s.Sweeps()
			s.Advance(time.Minute)
			s.Catalog.Refuse(nil)
			s.Sweeps()
			s.Advance(time.Minute)
		}
		s.Want(id, "active")
	})
}

func TestPolicyThatCannotBeAskedEndsNothingAndGrantsNothing(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Catalog.Fail(errors.New("does not compile"))
		for range 3 {
			s.Sweeps()
			s.Advance(time.Minute)
		}
		s.Want(id, "active")
		_, err := s.As("cem").Tries("deploy", time.Hour)
		s.WantKind(err, fault.Denied)
		s.WantPaged(sweep.PolicyError.Name)
	})
}

func TestPolicyThatDeniesManyAtOnceEndsNoneAndPages(t *testing.T) {
	tell(t, func(s *story) {
		var ids []string
		for _, name := range []string{"ana", "cem", "dora", "emil", "finn"} {
			who := s.As("ana")
			who.Name, who.ID = name, identity.PersonID("https://id.example.com", name)
			ids = append(ids, who.Asks("deploy", time.Hour))
		}
		s.Catalog.Refuse(func(access.Question) bool { return true })
		for range 3 {
			s.Sweeps()
			s.Advance(time.Minute)
		}
		for _, id := range ids {
			s.Want(id, "active")
		}
		s.WantPaged("policy denies 5 of 5")
	})
}

// Each session of one role counted as independent: no denial ended anything, nor what others held.
func TestRoleThatHoldsManyElevationsLosesThemAndShieldsNoOther(t *testing.T) {
	tell(t, func(s *story) {
		ids := []string{s.As("cem").Asks("deploy", time.Hour)}
		s.Catalog.Change("agent", func(e *access.Entitlement) { e.Heartbeat = 0 })
		for _, run := range []string{"run-1", "run-2", "run-3", "run-4", "run-5"} {
			agent := s.As("agent")
			agent.Name = run
			ids = append(ids, agent.Asks("agent", time.Hour, func(r *access.Request) { r.Task.ID = run }))
		}
		s.Catalog.Regroup(accesstest.Agent)
		s.Catalog.Change("deploy", func(e *access.Entitlement) { e.Requesters = []string{"group:others"} })
		for range 2 {
			s.Sweeps()
			s.Advance(time.Minute)
		}
		for _, id := range ids {
			s.Want(id, "ended policy")
		}
	})
}

func TestPersonWhomPolicyDeniesLosesAllThatTheyHold(t *testing.T) {
	tell(t, func(s *story) {
		var ids []string
		for _, work := range []string{"CHG-1", "CHG-2", "CHG-3", "CHG-4", "CHG-5"} {
			ids = append(ids, s.As("ana").Asks("deploy", time.Hour, func(r *access.Request) { r.Task.ID = work }))
		}
		s.Catalog.Refuse(func(access.Question) bool { return true })
		for range 3 {
			s.Sweeps()
			s.Advance(time.Minute)
		}
		for _, id := range ids {
			s.Want(id, "ended policy")
		}
	})
}

func TestEntitlementIsTakenAwayWhileItWaits(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour)
		s.Catalog.Drop("admin")
		s.WantKind(s.As("ben").Approves(id), fault.Denied)
		s.Want(id, "requested")
	})
}

func TestPolicyChangesBetweenApprovalAndStart(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(30 * time.Minute) })
		s.WantKind(s.As("ben").Approves(id), "")
		s.Catalog.Refuse(func(q access.Question) bool { return q.Action == access.ActRequest })
		s.Advance(31 * time.Minute)
		s.Want(id, "ended refused")
		s.WantClean()
	})
}

func TestApproverIsNoneAnyMoreAtTheStart(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(30 * time.Minute) })
		s.WantKind(s.As("ben").Approves(id), "")
		s.Catalog.Refuse(func(q access.Question) bool { return q.Action == access.ActApprove })
		s.Advance(31 * time.Minute)
		s.Want(id, "ended refused")
	})
}

func TestCatalogOfTheTermsIsNotPackedAnyMore(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(30 * time.Minute) })
		s.WantKind(s.As("ben").Approves(id), "")
		s.Catalog.Change("deploy", func(e *access.Entitlement) { e.About = "another word" })
		s.Catalog.Forget()
		s.Advance(31 * time.Minute)
		s.Want(id, "ended refused")
	})
}

// A newer catalog widens the entitlement after the approval. Grant uses what was approved.
func TestNewerCatalogChangesNothingOfWhatWasApproved(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("one-bucket", time.Hour, func(r *access.Request) {
			r.Parameters = map[string]string{"bucket": "deployments"}
			r.StartAt = time.Now().Add(10 * time.Minute)
		})
		s.Catalog.Change("one-bucket", func(e *access.Entitlement) {
			e.Parameters, e.Policy = nil, []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
		})
		s.Advance(11 * time.Minute)
		s.Want(id, "active")
		s.WantCan(accesstest.Engineer, "ana", true)
		allowed := s.IAM.Allowed(inprocess.DataCall{Principal: accesstest.Engineer, SessionName: "ana", Action: "s3:DeleteObject", Resource: "arn:aws:s3:::deployments/plan.json"})
		if allowed.Outcome == "allowed" {
			t.Error("what was granted is more than what was approved")
		}
	})
}

func TestPrincipalIsMadeAnewWhileItWaits(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour)
		s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
			_, err := iam.RecreateRole(accesstest.Engineer)
			return err
		})
		s.WantKind(s.As("ben").Approves(id), "")
		s.Advance(time.Minute)
		s.Want(id, "ended refused")
		s.WantClean()
	})
}

func TestPrincipalIsDeletedWhileActive(t *testing.T) {
	accesstest.RunStory(t, accesstest.WorldSettings{}, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error { return iam.DeleteRole(accesstest.Engineer) })
		s.WantKind(s.As("ana").Ends(id), "")
		s.Advance(2 * time.Minute)
		s.Want(id, "ended released")
	})
}

func TestOverlapTakesNothingFromEachOther(t *testing.T) {
	tell(t, func(s *story) {
		first := s.As("ana").Asks("deploy", 10*time.Minute)
		second := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(11 * time.Minute)
		s.Want(first, "ended deadline")
		s.Want(second, "active")
		s.WantCan(accesstest.Engineer, "ana", true)
	})
}

func TestPolicyEditedByHandIsEndedAndFound(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(time.Minute)
		s.WorldMayBeWrong(func() {
			s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
				return iam.PutRolePolicyByHand(accesstest.Engineer, access.GrantName("curfew", id),
					`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
			})
			s.Sweeps()
		})
		s.Advance(time.Minute)
		s.Want(id, "ended drift")
		s.WantClean()
		s.WantPaged(sweep.Unfenced.Name)
	})
}

func TestBreakGlassIsLoudAndReviewed(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("incident", time.Hour)
		s.Want(id, "active")
		s.WantPaged("break-glass: ana holds incident")
		_, err := s.Service.SignReview(t.Context(), s.As("ben").Caller, id, "looked at it")
		s.WantKind(err, fault.Conflict) // it is not over
		s.Advance(time.Hour + time.Minute)
		_, err = s.Service.SignReview(t.Context(), s.As("ana").Caller, id, "all fine")
		s.WantKind(err, fault.Denied)
		_, err = s.Service.SignReview(t.Context(), s.As("ben").Caller, id, "looked at it")
		s.WantKind(err, "")
		_, err = s.Service.SignReview(t.Context(), s.As("eva").Caller, id, "me too")
		s.WantKind(err, fault.Conflict)
	})
}

func TestJobEndsWhatItStarted(t *testing.T) {
	tell(t, func(s *story) {
		_, err := s.As("backup").Tries("backup", time.Hour)
		s.WantKind(err, fault.Denied) // no job runs
		work := task.Task{Kind: "backup", ID: "job-1"}
		started := time.Now()
		s.WantKind(s.Service.Tasks().Start(t.Context(), work, task.EventSource{Source: "aws.backup"}, started), "")
		id := s.As("backup").Asks("backup", time.Hour)
		s.Advance(10 * time.Minute)
		s.WantKind(access.Triggers{Service: s.Service}.TaskEnded(t.Context(), work, task.EventSource{Source: "aws.backup"}, time.Now()), "")
		s.Advance(10 * time.Second)
		s.Want(id, "ended completed")
		s.WantKind(s.Service.Tasks().Start(t.Context(), work, task.EventSource{Source: "aws.backup"}, started), "") // the start again, late
		_, err = s.As("backup").Tries("backup", time.Hour)
		s.WantKind(err, fault.Denied)
		s.WantKind(s.Service.Tasks().Start(t.Context(), work, task.EventSource{Source: "aws.backup"}, time.Now()), "") // another run of that name
		s.As("backup").Asks("backup", time.Hour)
	})
}

func TestJobEndsBeforeItIsGranted(t *testing.T) {
	tell(t, func(s *story) {
		work := task.Task{Kind: "backup", ID: "job-1"}
		s.WantKind(s.Service.Tasks().Start(t.Context(), work, task.EventSource{Source: "aws.backup"}, time.Now()), "")
		id := s.As("backup").Asks("backup", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(10 * time.Minute) })
		s.WantKind(access.Triggers{Service: s.Service}.TaskEnded(t.Context(), work, task.EventSource{Source: "aws.backup"}, time.Now()), "")
		s.Advance(15 * time.Minute)
		s.Want(id, "ended completed")
		s.WantClean()
	})
}

func TestSamePendingRequestIsToldSo(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour)
		_, err := s.As("ana").Tries("admin", time.Hour)
		s.WantKind(err, fault.Conflict)
		s.As("cem").Asks("admin", time.Hour) // another session does not wait for that of ana
		s.WantKind(s.As("ana").Withdraws(id), "")
		s.As("ana").Asks("admin", time.Hour)
	})
}

func TestIdempotencyKey(t *testing.T) {
	tell(t, func(s *story) {
		key := func(r *access.Request) { r.IdempotencyKey = "k1" }
		id := s.As("ana").Asks("admin", time.Hour, key)
		if again := s.As("ana").Asks("admin", time.Hour, key); again != id {
			t.Errorf("repeated = %s, want %s", again, id)
		}
		_, err := s.As("ana").Tries("admin", 2*time.Hour, key)
		s.WantKind(err, fault.Conflict)
		s.As("cem").Asks("admin", time.Hour, key) // idempotency keys are per caller
		s.Advance(25 * time.Hour)
		if again := s.As("ana").Asks("admin", time.Hour, key); again == id {
			t.Error("the key was kept for more than a day")
		}
	})
}

func TestFloodOfRefusalsIsOnlyCounted(t *testing.T) {
	tell(t, func(s *story) {
		const flood = 130
		for range flood {
			_, err := s.As("zoe").Tries("admin", time.Hour)
			s.WantKind(err, fault.Denied)
		}
		es, _, err := access.Lives(s.Store.All(record.AccessTable))
		s.WantKind(err, "")
		// The sample has one of the next 60. The one after it is at least half as far again: of 130 there are at most two.
		if n := len(es); n < 61 || n > 62 || len(records(s, "call.refused")) != n {
			t.Errorf("%d elevations and %d refusals stored, want 60 and a sample of one or two", n, len(records(s, "call.refused")))
		}
		head, err := record.Get[struct {
			Counted int `json:"counted"`
		}](s.Context(), s.Store, record.HeadKey(evidence.CallerChain(s.As("zoe").ID, time.Now())))
		s.WantKind(err, "")
		if got := head.Value.Counted + len(es); got != flood {
			t.Errorf("%d refusals stored or counted, want %d", got, flood)
		}
	})
}
