package accesstest_test

import (
	"fmt"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/suspension"
	"curfew/shared/task"
	"curfew/shared/trigger"
)

// withTrigger runs a story in which the trigger nightly elevates the backup role while jobs run.
func withTrigger(t *testing.T, f func(s *story)) {
	tell(t, func(s *story) {
		s.Catalog.Add(access.Entitlement{
			Name: "nightly", Owners: []string{"group:platform"}, Principals: []string{accesstest.Backup},
			Requesters: []string{identity.TriggerID("nightly")}, Tasks: []access.TaskRule{{Kind: "backup", Known: true}, {Kind: "incident", Known: true, Settle: 10 * time.Minute}},
			Max: 4 * time.Hour, Session: access.BindNone, Policy: []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`),
		})
		f(s)
	})
}

func job(n int) task.Task { return task.Task{Kind: "backup", ID: fmt.Sprintf("job-%d", n)} }

// starts reports the start of a task, and runs the trigger.
func starts(s *story, work task.Task) (string, trigger.StartOutcome) {
	s.WantKind(s.Service.Tasks().Start(s.Context(), work, task.EventSource{Source: "aws.backup"}, time.Now()), "")
	return begins(s, work)
}

func begins(s *story, work task.Task) (string, trigger.StartOutcome) {
	id, begun, err := access.Triggers{Service: s.Service}.Begin(s.Context(), trigger.Request{
		Trigger: "nightly", Entitlement: "nightly", Principal: accesstest.Backup, Task: work, Reason: "the nightly backup", Duration: time.Hour,
	})
	s.WantKind(err, "")
	s.Advance(time.Second)
	return id, begun
}

func stops(s *story, work task.Task) {
	s.WantKind(access.Triggers{Service: s.Service}.TaskEnded(s.Context(), work, task.EventSource{Source: "aws.backup"}, time.Now()), "")
	s.Advance(time.Second)
}

func TestTwentyJobsAreOneGrant(t *testing.T) {
	withTrigger(t, func(s *story) {
		puts := s.IAM.Calls()["iam:PutRolePolicy"]
		first, begun := starts(s, job(0))
		if begun != trigger.Began {
			t.Errorf("the first %s, want it to begin", begun)
		}
		deadline := s.Elevation(first).Deadline
		for n := 1; n < 20; n++ {
			if id, begun := starts(s, job(n)); id != first || begun != trigger.Joined {
				t.Errorf("job %d: %s %s, want it to join %s", n, begun, id, first)
			}
		}
		if got := s.IAM.Calls()["iam:PutRolePolicy"] - puts; got != 1 {
			t.Errorf("%d policies were put, want one", got)
		}
		for n := 19; n > 0; n-- {
			stops(s, job(n))
			s.WantCan(accesstest.Backup, "any", true)
		}
		if got := s.Elevation(first).Deadline; !got.Equal(deadline) {
			t.Errorf("the deadline moved from %s to %s", deadline, got)
		}
		stops(s, job(0))
		s.WantCan(accesstest.Backup, "any", false)
		s.Want(first, "revoking completed")
		s.Advance(2 * time.Minute)
		s.Want(first, "ended completed")
		s.WantClean()
	})
}

func TestRepeatedStartsBeginNothing(t *testing.T) {
	withTrigger(t, func(s *story) {
		id, _ := starts(s, job(1))
		if again, begun := starts(s, job(1)); again != id || begun != trigger.Repeated {
			t.Errorf("told twice: %s %s, want %s again", begun, again, id)
		}
		s.Advance(2 * time.Hour)
		s.Want(id, "ended deadline")
		if again, begun := starts(s, job(1)); begun != trigger.Repeated {
			t.Errorf("told again after the ceiling: %s %s, want nothing to begin", begun, again)
		}
		stops(s, job(1))
		if _, begun := begins(s, job(1)); begun != trigger.TooLate {
			t.Errorf("told after its end: %s, want it to be too late", begun)
		}
		if _, begun := begins(s, job(2)); begun != trigger.TooLate {
			t.Errorf("never told to have started: %s, want it to be too late", begun)
		}
		s.WantClean()
	})
}

func TestLastOfThoseThatEndWhileItIsGrantedEndsIt(t *testing.T) {
	withTrigger(t, func(s *story) {
		s.Faults(func(op string, n int) accesstest.Fault {
			if op == "workflow.Start" {
				return accesstest.Fault{Failure: accesstest.ErrorBefore} // so that it is not granted yet
			}
			return accesstest.Fault{}
		})
		id, _ := starts(s, job(1))
		starts(s, job(2))
		stops(s, job(1))
		s.Faults(nil)
		s.Advance(2 * time.Minute)
		s.Sweeps()
		s.Advance(time.Second)
		s.Want(id, "active")
		stops(s, job(2))
		s.Advance(2 * time.Minute)
		s.Want(id, "ended completed")
	})
}

func TestElevationThatIsNearlyOverIsNotJoined(t *testing.T) {
	withTrigger(t, func(s *story) {
		first, _ := starts(s, job(1))
		s.Advance(59*time.Minute + 30*time.Second)
		second, begun := starts(s, job(2))
		if second == first || begun != trigger.Began {
			t.Errorf("%s %s, want one of its own beside %s", begun, second, first)
		}
		s.Advance(5 * time.Minute)
		s.Want(first, "ended deadline")
		s.WantCan(accesstest.Backup, "any", true)
		s.Want(second, "active")
	})
}

func TestWorkJoinsWhatWasElevatedAheadOfIt(t *testing.T) {
	withTrigger(t, func(s *story) {
		ahead := trigger.Placeholder(trigger.Trigger{Name: "nightly"}, "backup", time.Now())
		id, begun := starts(s, ahead)
		if begun != trigger.Began {
			t.Fatalf("ahead of the window: %s, want it to begin", begun)
		}
		s.Advance(10 * time.Minute)
		if got, begun := starts(s, job(1)); got != id || begun != trigger.Joined {
			t.Errorf("the job: %s %s, want it to join %s", begun, got, id)
		}
		stops(s, job(1)) // its place is free
		s.Advance(2 * time.Minute)
		s.Want(id, "ended completed")
		s.WantClean()
	})
}

func TestTaskMustStayOverForAsLongAsItSettles(t *testing.T) {
	withTrigger(t, func(s *story) {
		alarm := task.Task{Kind: "incident", ID: "arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors"}
		id, _ := starts(s, alarm)
		every := func(d time.Duration) {
			for ; d > 0; d -= time.Minute {
				s.Sweeps()
				s.Advance(time.Minute)
			}
		}
		stops(s, alarm)
		every(5 * time.Minute)
		s.WantCan(accesstest.Backup, "any", true)
		if got, begun := starts(s, alarm); got != id || begun != trigger.Joined { // it was never closed
			t.Errorf("open again: %s %s, want it to join %s", begun, got, id)
		}
		every(15 * time.Minute)
		s.WantCan(accesstest.Backup, "any", true)
		stops(s, alarm)
		every(9 * time.Minute)
		s.WantCan(accesstest.Backup, "any", true)
		every(3 * time.Minute)
		s.WantCan(accesstest.Backup, "any", false)
		s.Want(id, "ended completed")
	})
}

func TestTriggerIsHeldToItsEntitlement(t *testing.T) {
	withTrigger(t, func(s *story) {
		s.WantKind(s.Service.Tasks().Start(s.Context(), job(1), task.EventSource{Source: "aws.backup"}, time.Now()), "")
		events := access.Triggers{Service: s.Service}
		ask := trigger.Request{
			Trigger: "nightly", Entitlement: "nightly", Principal: accesstest.Backup, Task: job(1), Reason: "x", Duration: time.Hour,
		}
		for name, change := range map[string]func(*trigger.Request){
			"another trigger":     func(r *trigger.Request) { r.Trigger = "weekly" },
			"another entitlement": func(r *trigger.Request) { r.Entitlement = "deploy" },
			"another principal":   func(r *trigger.Request) { r.Principal = accesstest.Agent },
			"longer than it may":  func(r *trigger.Request) { r.Duration = 5 * time.Hour },
		} {
			r := ask
			change(&r)
			if _, begun, err := events.Begin(s.Context(), r); fault.KindOf(err) != fault.Denied {
				t.Errorf("%s: %s, %v, want it denied", name, begun, err)
			}
		}
		for _, name := range []string{"ana", "backup", "dee"} {
			_, _, err := s.Service.Submit(s.Context(), s.As(name).Caller, access.Request{
				Entitlement: "nightly", Principal: accesstest.Backup, Task: job(1), Reason: "x", Duration: time.Hour,
			})
			s.WantKind(err, fault.Denied)
		}
		_, err := s.Service.Suspensions().Suspend(s.Context(), s.As("dee").Caller, suspension.Scope{Requester: identity.TriggerID("nightly")}, "it went wild", suspension.Meant{})
		s.WantKind(err, "")
		_, _, err = events.Begin(s.Context(), ask)
		s.WantKind(err, fault.Denied)
		s.WantClean()
	})
}

func TestApprovalIsForTheTaskThatWasSeen(t *testing.T) {
	withTrigger(t, func(s *story) {
		s.Catalog.Change("nightly", func(e *access.Entitlement) {
			e.Approval = &access.ApprovalRule{Need: 1, Of: []string{"group:leads"}, Within: time.Hour}
		})
		first, _ := starts(s, job(1))
		second, begun := starts(s, job(2))
		if second == first || begun != trigger.Began {
			t.Errorf("%s %s, want one of its own beside %s", begun, second, first)
		}
		s.WantKind(s.As("eva").Approves(first), "")
		s.Want(first, "active")
		s.Want(second, "requested")
		third, begun := starts(s, job(3))
		if third == first || begun != trigger.Began {
			t.Errorf("%s %s, want one of its own: its task is unknown", begun, third)
		}
	})
}

// Within four minutes a repeated start is idempotent; later no service recognizes it.
func TestOneJobIsStartedForAnElevation(t *testing.T) {
	withTrigger(t, func(s *story) {
		id, _ := starts(s, job(1))
		s.WantKind(access.Triggers{Service: s.Service}.StartingJob(s.Context(), id), "")
		s.Advance(3 * time.Minute)
		s.WantKind(access.Triggers{Service: s.Service}.StartingJob(s.Context(), id), "")
		s.Advance(time.Minute)
		s.WantKind(access.Triggers{Service: s.Service}.StartingJob(s.Context(), id), fault.Denied)
	})
}
