package access_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/inprocess/asl"
	"curfew/shared/task"
	"curfew/shared/trigger"
)

// Safeguards behind others that need a whole Curfew, in memory.

func tell(t *testing.T, f func(*accesstest.Story)) {
	t.Helper()
	accesstest.RunStory(t, accesstest.WorldSettings{}, f)
}

func TestWithdrawalAnswersTheTaskThatWaits(t *testing.T) {
	tell(t, func(s *accesstest.Story) {
		id := s.As("ana").Asks("admin", time.Hour)
		s.WantKind(s.As("ana").Withdraws(id), "")
		x, err := s.Workflow.Engine().Describe(s.Workflow.Execution(id))
		if err != nil || x.Status == asl.Running {
			t.Errorf("the execution is %s, %v, want it over", x.Status, err)
		}
	})
}

// lagging is an IAM with stale reads.
type lagging struct {
	access.Cloud
	on *atomic.Bool
}

func (l lagging) Read(ctx context.Context, p access.Principal, grant string) ([]string, error) {
	found, err := l.Cloud.Read(ctx, p, grant)
	for i := range found {
		if !l.on.Load() {
			break
		}
		found[i] = strings.ReplaceAll(found[i], `"s3:*"`, `"s3:Get*"`)
	}
	return found, err
}

func TestWhatIsReadBackIsWhatWasAttached(t *testing.T) {
	tell(t, func(s *accesstest.Story) {
		on := new(atomic.Bool)
		s.Service.Cloud = lagging{s.Service.Cloud, on} // before the execution begins, which reads it
		id := s.As("ana").Asks("deploy", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(access.ClockSkew) })
		on.Store(true)
		_, err := s.Service.Grant(s.Context(), access.GrantIn{ID: id, Execution: s.Workflow.Execution(id)})
		s.WantKind(err, fault.Transient)
		s.Want(id, "granting")
		on.Store(false)
		s.Advance(15 * time.Second)
		s.Want(id, "active")
	})
}

// orderOn returns an order given now.
func orderOn(t *testing.T, s *accesstest.Story, id, arn string) access.Order {
	t.Helper()
	sight, err := s.Cloud.Look(s.Context(), arn)
	if err != nil {
		t.Fatal(err)
	}
	p := sight.Principal
	return access.Order{ID: id, Account: p.Account, Principal: p.ARN, PrincipalID: p.ID, By: "sweep", OrderedAt: time.Now()}
}

func TestOrderThatNamesAnotherPrincipalEndsItOnBoth(t *testing.T) {
	tell(t, func(s *accesstest.Story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(time.Minute)
		_, err := s.Service.Revoke(s.Context(), orderOn(t, s, id, accesstest.Agent))
		s.WantKind(err, "")
		s.WantCan(accesstest.Engineer, "ana", false)
		s.WantClean()
	})
}

func TestOrderWithoutARecordIsLookedAtAgain(t *testing.T) {
	tell(t, func(s *accesstest.Story) {
		o := orderOn(t, s, "01jd2q7v3x0000000000000zzz", accesstest.Engineer)
		_, err := s.Service.Revoke(s.Context(), o)
		s.WantKind(err, fault.NotYet)
		s.Advance(time.Minute)
		_, err = s.Service.Revoke(s.Context(), o)
		s.WantKind(err, "")
	})
}

func TestOrderThatCannotBeStoredIsCarriedOut(t *testing.T) {
	tell(t, func(s *accesstest.Story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(time.Minute)
		s.Faults(func(op string, _ int) accesstest.Fault {
			if op == "store.Write" {
				return accesstest.Fault{Failure: accesstest.ErrorBefore}
			}
			return accesstest.Fault{}
		})
		s.WorldMayBeWrong(func() { // the record still says active
			s.WantKind(s.As("ana").Ends(id), "")
			s.WantCan(accesstest.Engineer, "ana", false)
			s.Faults(nil)
			s.Advance(time.Second)
		})
		s.Advance(2 * time.Minute)
		s.WantRest()
	})
}

// blurred is an IAM whose survey sees half.
type blurred struct{ access.Cloud }

func (b blurred) Survey(ctx context.Context, account, after string) (access.Survey, error) {
	page, err := b.Cloud.Survey(ctx, account, after)
	for i := range page.Grants {
		page.Grants[i].Documents = nil
	}
	return page, err
}

func TestSweepLooksAgainBeforeItEnds(t *testing.T) {
	tell(t, func(s *accesstest.Story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Service.Cloud = blurred{Cloud: s.Service.Cloud}
		if sw := s.Sweeps(); sw.Policies != 1 || sw.Findings != 0 {
			t.Errorf("%d policies and %d findings, want the grant and none", sw.Policies, sw.Findings)
		}
		s.Want(id, "active")
	})
}

func TestGrantThatSaysSomethingElseIsEnded(t *testing.T) {
	tell(t, func(s *accesstest.Story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(time.Minute)
		was := s.Cloud.Grants()[0].Documents[0]
		edited := strings.ReplaceAll(was, `"s3:*"`, `"iam:*"`)
		if edited == was {
			t.Fatalf("nothing to edit in %s", was)
		}
		s.WorldMayBeWrong(func() {
			s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
				return iam.PutRolePolicyByHand(accesstest.Engineer, access.GrantName("curfew", id), edited)
			})
			s.Sweeps()
			s.Advance(time.Second)
		})
		s.Advance(time.Minute)
		s.Want(id, "ended drift")
		s.WantClean()
	})
}

func TestPrincipalThatIsDeletedEndsItsElevation(t *testing.T) {
	tell(t, func(s *accesstest.Story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(time.Minute)
		s.WorldMayBeWrong(func() {
			s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error { return iam.DeleteRole(accesstest.Engineer) })
			s.Sweeps()
		})
		s.Advance(time.Minute)
		s.Want(id, "ended drift")
	})
}

// The first read is stale; the second shows that the principal was recreated.
func TestPrincipalThatIsGoneIsSeenByTheSecondLookToo(t *testing.T) {
	tell(t, func(s *accesstest.Story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(time.Minute)
		s.WorldMayBeWrong(func() {
			s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
				_, err := iam.RecreateRole(accesstest.Engineer)
				return err
			})
			s.Faults(accesstest.Once("cloud.Look", 1, accesstest.Fault{Failure: accesstest.Stale}))
			s.Sweeps()
		})
		s.Advance(time.Minute)
		s.Want(id, "ended drift")
	})
}

// nightly is the request of the trigger nightly for a task.
func nightly(task task.Task) trigger.Request {
	return trigger.Request{Trigger: "nightly", Entitlement: "nightly", Principal: accesstest.Backup, Task: task, Reason: "the nightly backup", Duration: time.Hour}
}

// withTask runs a story: nightly began an elevation for one task, and another task started.
func withTask(t *testing.T, first task.Task, f func(s *accesstest.Story, id string, second task.Task)) {
	t.Helper()
	tell(t, func(s *accesstest.Story) {
		s.Catalog.Add(access.Entitlement{
			Name: "nightly", Owners: []string{"group:platform"}, Principals: []string{accesstest.Backup},
			Requesters: []string{identity.TriggerID("nightly")}, Tasks: []access.TaskRule{{Kind: "backup", Known: true}},
			Max: 4 * time.Hour, Session: access.BindNone, Policy: []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`),
		})
		second := task.Task{Kind: "backup", ID: "job-2"}
		s.WantKind(s.Service.Tasks().Start(s.Context(), first, task.EventSource{Source: "aws.backup"}, time.Now()), "")
		id, begun, err := access.Triggers{Service: s.Service}.Begin(s.Context(), nightly(first))
		if err != nil || begun != trigger.Began {
			t.Fatalf("the first %s, %v, want it to begin", begun, err)
		}
		s.Advance(time.Minute)
		s.WantKind(s.Service.Tasks().Start(s.Context(), second, task.EventSource{Source: "aws.backup"}, time.Now()), "")
		f(s, id, second)
	})
}

func TestPolicyIsAskedOfATaskThatJoins(t *testing.T) {
	withTask(t, task.Task{Kind: "backup", ID: "job-1"}, func(s *accesstest.Story, id string, second task.Task) {
		s.Catalog.Refuse(func(q access.Question) bool { return q.Terms.Task.ID == second.ID })
		_, begun, err := access.Triggers{Service: s.Service}.Begin(s.Context(), nightly(second))
		s.WantKind(err, fault.Denied)
		if tasks := s.Elevation(id).Tasks; begun != "" || len(tasks) != 1 {
			t.Errorf("it %s, and %v are served, want the first alone", begun, tasks)
		}
	})
}

// The task ends while it joins: its end found no mark, and no other task holds the elevation.
func TestEndThatMeetsAJoinIsNotLost(t *testing.T) {
	ahead := trigger.Placeholder(trigger.Trigger{Name: "nightly"}, "backup", time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC))
	withTask(t, ahead, func(s *accesstest.Story, id string, second task.Task) {
		s.Faults(accesstest.Once("store.Write", 1, accesstest.Fault{Failure: accesstest.Delayed, By: 2 * time.Second}))
		joined := make(chan trigger.StartOutcome, 1)
		go func() {
			_, begun, _ := access.Triggers{Service: s.Service}.Begin(s.Context(), nightly(second))
			joined <- begun
		}()
		s.Advance(time.Second)
		s.WantKind(access.Triggers{Service: s.Service}.TaskEnded(s.Context(), second, task.EventSource{Source: "aws.backup"}, time.Now()), "")
		if begun := <-joined; begun != trigger.Joined {
			t.Errorf("it %s, want it to have joined before its end was seen", begun)
		}
		s.Advance(time.Minute)
		s.WantCan(accesstest.Backup, "any", false)
		s.Advance(time.Minute)
		s.Want(id, "ended completed")
	})
}
