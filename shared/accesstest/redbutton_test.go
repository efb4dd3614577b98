package accesstest_test

import (
	"fmt"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/suspension"
)

// several are elevations in every state that can be ended: two of ana's wait, two have access, one is of the agent.
func several(s *story) (waiting, open []string) {
	at := func(n int) func(*access.Request) {
		return func(r *access.Request) { r.Task.ID = fmt.Sprintf("CHG-%d", n) }
	}
	waiting = append(waiting,
		s.As("ana").Asks("admin", time.Hour, at(1)),
		s.As("ana").Asks("deploy", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(30 * time.Minute) }))
	open = append(open, s.As("ana").Asks("long", time.Hour), s.As("cem").Asks("deploy", time.Hour, at(2)), s.As("agent").Asks("agent", time.Hour))
	s.Advance(time.Minute)
	return waiting, open
}

// endInRounds ends all of a scope in rounds, as the command line does.
func endInRounds(s *story, sc suspension.Scope) (ordered int) {
	for range 100 {
		again := false
		for after := ""; ; {
			r, err := s.Service.EndAll(s.Context(), s.As("dee").Caller, sc, false, after)
			s.WantKind(err, "")
			ordered += r.Ordered
			again = again || r.Ordered > 0 || len(r.Failed) > 0
			if after = r.Next; after == "" {
				break
			}
		}
		if !again {
			return ordered
		}
		s.Advance(5 * time.Second)
	}
	return ordered
}

// countScope counts what waits and what has access.
func countScope(s *story, sc suspension.Scope) (waiting, open int) {
	for after := ""; ; {
		r, err := s.Service.EndAll(s.Context(), s.As("dee").Caller, sc, true, after)
		s.WantKind(err, "")
		waiting, open = waiting+r.Waiting, open+r.Open
		if r.Ordered > 0 {
			s.WantKind(fmt.Errorf("a count ended %d", r.Ordered), "")
		}
		if after = r.Next; after == "" {
			return waiting, open
		}
	}
}

func TestEndingAllOfAScope(t *testing.T) {
	for _, c := range []struct {
		name          string
		scope         func(*story) suspension.Scope
		waiting, open int
	}{
		{"a principal", func(*story) suspension.Scope { return suspension.Scope{Principal: accesstest.Engineer} }, 2, 2},
		{"a requester", func(s *story) suspension.Scope { return suspension.Scope{Requester: s.As("ana").ID} }, 2, 1},
		{"an entitlement", func(*story) suspension.Scope { return suspension.Scope{Entitlement: "deploy"} }, 1, 1},
		{"everything", func(*story) suspension.Scope { return suspension.Scope{Everything: true} }, 2, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			tell(t, func(s *story) {
				several(s)
				sc := c.scope(s)
				if waiting, open := countScope(s, sc); waiting != c.waiting || open != c.open {
					t.Errorf("counted %d that wait and %d with access, want %d and %d", waiting, open, c.waiting, c.open)
				}
				if got := endInRounds(s, sc); got != c.waiting+c.open {
					t.Errorf("ended %d, want %d", got, c.waiting+c.open)
				}
				s.Advance(2 * time.Minute)
				if waiting, open := countScope(s, sc); waiting+open > 0 {
					t.Errorf("%d wait and %d have access after all was ended", waiting, open)
				}
				if _, left := countScope(s, suspension.Scope{Everything: true}); left != 3-c.open {
					t.Errorf("%d of the others have access, want %d", left, 3-c.open)
				}
			})
		})
	}
}

func TestEndingEverythingSurvivesThrottling(t *testing.T) {
	accesstest.RunStory(t, accesstest.WorldSettings{Slack: 10 * time.Minute}, func(s *story) {
		for n := range 25 {
			s.As("cem").Asks("deploy", time.Hour, func(r *access.Request) { r.Task.ID = fmt.Sprintf("CHG-%d", n) })
		}
		s.Faults(func(op string, n int) accesstest.Fault {
			if n%3 == 0 && (op == "store.Write" || op == "workflow.Revoke" || op == "store.Partition") {
				return accesstest.Fault{Failure: accesstest.ErrorBefore}
			}
			return accesstest.Fault{}
		})
		s.WorldMayBeWrong(func() { // removed, but active by its record: the answer was lost
			endInRounds(s, suspension.Scope{Everything: true})
			s.Faults(nil)
			s.Sweeps()
			s.Advance(10 * time.Minute)
		})
		s.WantClean()
		s.WantRest()
	})
}

func TestWhatIsSuspendedCannotBegin(t *testing.T) {
	for _, c := range []struct {
		name  string
		scope suspension.Scope
		hit   bool
	}{
		{"its principal", suspension.Scope{Principal: "arn:aws:iam::111122223333:role/Engineer-Deploy"}, true},
		{"another principal", suspension.Scope{Principal: accesstest.Agent}, false},
		{"its entitlement", suspension.Scope{Entitlement: "deploy"}, true},
		{"another entitlement", suspension.Scope{Entitlement: "admin"}, false},
		{"everything", suspension.Scope{Everything: true}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			tell(t, func(s *story) {
				want := fault.Kind("")
				if c.hit {
					want = fault.Denied
				}
				dee := s.As("dee").Caller
				before := s.As("ana").Asks("deploy", time.Hour)
				_, err := s.Service.Suspensions().Suspend(s.Context(), dee, c.scope, "to look into it", suspension.Meant{})
				s.WantKind(err, "")
				_, err = s.As("cem").Tries("deploy", time.Hour)
				s.WantKind(err, want)
				s.Sweeps()
				s.Advance(2 * time.Minute)
				s.WantCan(accesstest.Engineer, "ana", !c.hit)
				if c.hit {
					s.Want(before, "ended revoked")
				}
				_, err = s.Service.Suspensions().Lift(s.Context(), dee, c.scope, "looked into it")
				s.WantKind(err, "")
				_, err = s.As("cem").Tries("deploy", time.Hour, func(r *access.Request) { r.Task.ID = "CHG-9" })
				s.WantKind(err, "")
			})
		})
	}
}

func TestWhoMaySuspendAndLift(t *testing.T) {
	tell(t, func(s *story) {
		sc, ctx := suspension.Scope{Everything: true}, s.Context()
		for _, name := range []string{"ana", "ben", "agent", "zoe"} {
			c := s.As(name).Caller
			_, err := s.Service.Suspensions().Suspend(ctx, c, sc, "because", suspension.Meant{})
			s.WantKind(err, fault.Denied)
			_, err = s.Service.Suspensions().Lift(ctx, c, sc, "because")
			s.WantKind(err, fault.Denied)
			_, err = s.Service.EndAll(ctx, c, sc, true, "")
			s.WantKind(err, fault.Denied)
			_, err = s.Service.Suspensions().List(ctx, c)
			s.WantKind(err, fault.Denied)
		}
		dee := s.As("dee").Caller
		robot := s.As("agent").Caller
		robot.Groups = []string{"security"}
		_, err := s.Service.Suspensions().Suspend(ctx, robot, suspension.Scope{Entitlement: "deploy"}, "a machine may", suspension.Meant{})
		s.WantKind(err, "")
		_, err = s.Service.Suspensions().Lift(ctx, robot, suspension.Scope{Entitlement: "deploy"}, "but not lift")
		s.WantKind(err, fault.Denied)
		_, err = s.Service.Suspensions().Suspend(ctx, dee, suspension.Scope{Requester: dee.ID}, "lost laptop", suspension.Meant{Self: true})
		s.WantKind(err, "")
		_, err = s.Service.Suspensions().Lift(ctx, dee, suspension.Scope{Requester: dee.ID}, "nor may they themselves")
		s.WantKind(err, fault.Denied)
		all, err := s.Service.Suspensions().List(ctx, dee)
		s.WantKind(err, "")
		if len(all) != 2 || all[0].By != robot.ID || all[1].By != dee.ID {
			t.Errorf("suspensions = %+v, want the two", all)
		}
		s.Advance(time.Hour) // an operator's suspension lapses
		for _, bad := range []suspension.Scope{{}, {Everything: true, Entitlement: "deploy"}, {Principal: "role/x"}, {Requester: "a\nb"}} {
			_, err := s.Service.Suspensions().Suspend(ctx, dee, bad, "because", suspension.Meant{})
			s.WantKind(err, fault.Invalid)
			_, err = s.Service.EndAll(ctx, dee, bad, false, "")
			s.WantKind(err, fault.Invalid)
		}
		_, err = s.Service.EndAll(ctx, dee, sc, false, "nowhere x")
		s.WantKind(err, fault.Invalid)
	})
}

func TestEndThatReachedNobodyIsNoSuccess(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Faults(func(op string, _ int) accesstest.Fault {
			if op == "store.Write" || op == "workflow.Revoke" || op == "workflow.Answer" {
				return accesstest.Fault{Failure: accesstest.ErrorBefore}
			}
			return accesstest.Fault{}
		})
		s.WantKind(s.As("ana").Ends(id), fault.Transient)
		s.Faults(nil)
		s.WantKind(s.As("ana").Ends(id), "")
		s.Advance(2 * time.Minute)
		s.Want(id, "ended released")
	})
}
