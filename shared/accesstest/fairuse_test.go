package accesstest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/task"
)

// Stories of callers who take more than their share.

func TestResponderCannotHoldManyCopiesAndColleagueHasRoom(t *testing.T) {
	tell(t, func(s *story) {
		first := s.As("ana").Asks("incident", time.Hour)
		for n := range 34 {
			_, err := s.As("ana").Tries("incident", time.Hour, func(r *access.Request) {
				r.Task.ID, r.Reason, r.Duration = fmt.Sprintf("INC-%d", n), fmt.Sprintf("copy %d", n), time.Hour-time.Duration(n)*time.Second
			})
			s.WantKind(err, fault.Conflict)
			if inTheWay(err) != first || !strings.Contains(err.Error(), "its owners can allow two with overlap: true") {
				t.Fatalf("%v: want the elevation in the way and what to do", err)
			}
		}
		s.Want(s.As("cem").Asks("incident", time.Hour), "active")
		if got := len(s.Cloud.Grants()); got != 2 {
			t.Errorf("there are %d grants, want 2", got)
		}
	})
}

func TestSessionValueMakesNoSecondPlace(t *testing.T) {
	for _, bind := range []access.Bind{access.BindNone, access.BindVPCEndpoint} {
		tell(t, func(s *story) {
			s.Catalog.Change("admin", func(e *access.Entitlement) {
				e.Session, e.VPCEndpoint, e.Approval = bind, "vpce-0123456789abcdef0", nil
			})
			s.Want(s.As("ana").Asks("admin", time.Hour), "active")
			for _, session := range []string{"", "ana", "another"} {
				_, err := s.As("ana").Tries("admin", time.Hour, func(r *access.Request) { r.Session = session })
				s.WantKind(err, fault.Conflict)
			}
		})
	}
}

func TestPlaceOfASessionIsFreeOnceTheEndIsOrdered(t *testing.T) {
	tell(t, func(s *story) {
		first := s.As("ana").Asks("long", time.Hour)
		s.WantKind(s.As("ana").Ends(first), "")
		s.Want(first, "revoking released")
		s.Want(s.As("ana").Asks("long", time.Hour), "active")
	})
}

func TestRequestWhoseAnswerWasLostIsTheSameElevation(t *testing.T) {
	tell(t, func(s *story) {
		keyed := func(r *access.Request) { r.IdempotencyKey = "once" }
		first := s.As("ana").Asks("long", time.Hour, keyed)
		s.Want(first, "active")
		if again := s.As("ana").Asks("long", time.Hour, keyed); again != first {
			t.Errorf("the repeated request is %s, want %s", again, first)
		}
		_, err := s.As("ana").Tries("long", time.Hour)
		s.WantKind(err, fault.Conflict)
		if got := inTheWay(err); got != first {
			t.Errorf("without a key the answer names %q, want %s", got, first)
		}
	})
}

// inTheWay is the elevation that an error names.
func inTheWay(err error) string {
	e, _ := errors.AsType[*fault.Error](err)
	if e == nil {
		return ""
	}
	return e.Elevation
}

// glassDenied checks a refusal of break-glass and what it tells the requester.
func glassDenied(t *testing.T, err error, rule, about string, words ...string) {
	t.Helper()
	if by := fault.Reasons(err); len(by) != 1 || by[0] != rule || inTheWay(err) != about {
		t.Errorf("%v: by %v about %q, want %s about %s", err, by, inTheWay(err), rule, about)
	}
	for _, w := range words {
		if !strings.Contains(fmt.Sprint(err), w) {
			t.Errorf("%v does not say %q", err, w)
		}
	}
}

func withCoolDown(d time.Duration) func(*access.Entitlement) {
	return func(e *access.Entitlement) {
		e.CoolDown, e.Principals = d, []string{accesstest.Responder, accesstest.Engineer}
	}
}

func onEngineer(r *access.Request) { r.Principal = accesstest.Engineer }

func sign(s *story, who, id string) {
	_, err := s.Service.SignReview(s.Context(), s.As(who).Caller, id, "seen")
	s.WantKind(err, "")
}

// Two hours of break-glass were held for a night, one after the other.
func TestBreakGlassIsNotHeldAllNight(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("incident", withCoolDown(2*time.Hour))
		ana := s.As("ana")
		first := ana.Asks("incident", 2*time.Hour)
		_, err := ana.Tries("incident", 2*time.Hour, onEngineer)
		glassDenied(t, err, "curfew.cool-down", first, "of incident is active, and its cool-down allows no second one: from its end you get no break-glass until its review is signed", "colleague")
		if strings.Contains(err.Error(), "end it first") || strings.Contains(err.Error(), "0m") {
			t.Errorf("%v: after its end they get none at all", err)
		}
		s.Advance(2*time.Hour + time.Minute)
		s.Want(first, "ended deadline")
		_, err = ana.Tries("incident", 2*time.Hour)
		glassDenied(t, err, "curfew.review", first, "group:leads", "curfew review "+first, "colleague")
		s.Want(s.As("cem").Asks("incident", time.Minute), "active") // a colleague is not closed
		sign(s, "ben", first)
		_, err = ana.Tries("incident", 2*time.Hour)
		glassDenied(t, err, "curfew.cool-down", first, "2000-01-01T04:00:00Z", "colleague")
		s.Advance(2 * time.Hour)
		s.Want(ana.Asks("incident", time.Minute), "active")
	})
}

func TestUnsignedReviewClosesAllBreakGlassFromTheEnd(t *testing.T) {
	tell(t, func(s *story) {
		other, err := s.Catalog.Entitlement(s.Context(), "", "incident")
		s.WantKind(err, "")
		other.Name, other.Principals = "other", []string{accesstest.Engineer}
		s.Catalog.Add(other)
		incident := func(r *access.Request) { r.Principal, r.Task.Kind = accesstest.Engineer, "incident" }
		ana := s.As("ana")
		first := ana.Asks("incident", time.Hour)
		second := ana.Asks("other", time.Minute, incident) // one incident may need two
		s.Want(second, "active")
		s.WantKind(ana.Ends(second), "")
		s.Want(second, "revoking released")
		_, err = ana.Tries("other", time.Minute, incident)
		glassDenied(t, err, "curfew.review", second)
		s.Want(first, "active")
		s.WantKind(ana.Ends(first), "") // ending depends on no review
		s.Advance(2 * time.Minute)
		sign(s, "ben", second)
		_, err = ana.Tries("other", time.Minute, incident)
		glassDenied(t, err, "curfew.review", first)
		sign(s, "ben", first)
		s.Want(ana.Asks("other", time.Minute, incident), "active")
	})
}

// A person with two accounts of one name used them in turn.
func TestSecondAccountOfOneNameGetsNoBreakGlass(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("incident", withCoolDown(time.Hour))
		ana, second := s.As("ana"), s.As("ana")
		second.ID += "-2"
		second.Name = strings.ToUpper(second.Name)
		first := ana.Asks("incident", time.Minute)
		s.Advance(3 * time.Minute)
		_, err := second.Tries("incident", time.Minute)
		glassDenied(t, err, "curfew.review", first)
		deploy := ana.Asks("deploy", time.Hour)
		s.Want(deploy, "active")
	})
}

// A function that was taken over put a stranger's elevation, or nonsense, into the list of a colleague.
func TestListOfBreakGlassThatWasForgedClosesNothing(t *testing.T) {
	for name, body := range map[string]string{"of another": "", "damaged": `{"elevations":7}`} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(s *story) {
				unsigned := s.As("ana").Asks("incident", time.Minute)
				s.Advance(3 * time.Minute)
				s.Want(unsigned, "ended deadline")
				if body == "" {
					body = `{"elevations":["` + unsigned + `"]}`
				}
				list := record.AccessKey("pending#break-glass#name:"+strings.ToLower(s.As("cem").Name), "list")
				s.Store.Overwrite(record.Row{Key: list, Version: 1, Body: json.RawMessage(body)}, record.Form)
				s.Want(s.As("cem").Asks("incident", time.Minute), "active")
			})
		})
	}
}

func TestBreakGlassAskedForTwiceAtOnceIsGrantedOnce(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("incident", withCoolDown(time.Hour))
		done := make(chan error, 2)
		for _, arn := range []string{accesstest.Responder, accesstest.Engineer} {
			go func() {
				_, _, err := s.Service.Submit(s.Context(), s.As("ana").Caller, access.Request{
					Entitlement: "incident", Principal: arn, Task: task.Task{Kind: "incident", ID: "INC-1"}, Reason: "both", Duration: time.Hour,
				})
				done <- err
			}()
		}
		one, two := <-done, <-done
		if (one == nil) == (two == nil) {
			t.Errorf("answers: %v; %v: want one of them granted", one, two)
		}
		s.Advance(time.Second)
	})
}

// The first was open at the request of the second, and over before its grant.
func TestBreakGlassIsCheckedAgainAtGranting(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("incident", withCoolDown(0))
		ana := s.As("ana")
		first := ana.Asks("incident", 30*time.Second)
		s.Faults(accesstest.Once("workflow.Start", 1, accesstest.Fault{Failure: accesstest.ErrorBefore}))
		second := ana.Asks("incident", time.Hour, onEngineer)
		s.Advance(2 * time.Minute)
		s.Want(first, "ended deadline")
		s.Sweeps()
		s.Advance(time.Second)
		e := s.Elevation(second)
		if e.Cause != access.Refused || !strings.Contains(e.Why, "curfew review "+first) {
			t.Errorf("%s is %s %s: %s; want it refused for the review of %s", second, e.State, e.Cause, e.Why, first)
		}
	})
}

// Function api, taken over, or a restore removed the list.
func TestBreakGlassThatIsNotInItsListSaysToAskAgain(t *testing.T) {
	tell(t, func(s *story) {
		list := record.Row{Key: record.AccessKey("pending#break-glass#name:"+s.As("ana").Name, "list")}
		s.Faults(func(op string, _ int) accesstest.Fault {
			if op == "workflow.Start" {
				s.WantKind(s.Store.Write(s.Context(), record.Change{If: record.Always, Do: record.Delete, Row: list}), "")
			}
			return accesstest.Fault{}
		})
		id := s.As("ana").Asks("incident", time.Hour)
		if e := s.Elevation(id); e.Cause != access.Refused || !strings.HasSuffix(e.Why, "is not among the break-glass of its requester: ask again") {
			t.Errorf("%s %s: %s", e.State, e.Cause, e.Why)
		}
	})
}

func TestTooManyBreakGlassSaysWhatCanBeDone(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("incident", withCoolDown(0))
		ent, err := s.Catalog.Entitlement(s.Context(), "", "incident")
		s.WantKind(err, "")
		s.Service.Settings.OpenRequests = 1000
		s.Faults(func(op string, n int) accesstest.Fault {
			if op == "workflow.Start" {
				return accesstest.Fault{Failure: accesstest.ErrorBefore}
			}
			return accesstest.Fault{}
		})
		s.WorldMayBeWrong(func() { // it is not: 50 checks take long
			for n := range access.LivesPerRead {
				ent.Name = fmt.Sprintf("incident-%d", n)
				s.Catalog.Add(ent)
				s.As("ana").Asks(ent.Name, time.Hour, func(r *access.Request) { r.Principal, r.Task.Kind = accesstest.Responder, "incident" })
			}
		})
		_, err = s.As("ana").Tries("incident", time.Hour)
		glassDenied(t, err, access.ReasonOpen, "", "50 of your break-glass elevations are open or in their cool-down", "let a second person sign their reviews", "colleague")
	})
}

// At three in the morning IAM fails: the responder tries again.
func TestBreakGlassThatFailedClosesNothing(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("incident", withCoolDown(2*time.Hour))
		s.Faults(func(op string, n int) accesstest.Fault {
			if op == "cloud.Attach" {
				return accesstest.Fault{Failure: accesstest.ErrorBefore}
			}
			return accesstest.Fault{}
		})
		failed := s.As("ana").Asks("incident", time.Hour)
		s.Advance(5 * time.Minute)
		s.Want(failed, "ended failed")
		s.Faults(nil)
		s.Want(s.As("ana").Asks("incident", time.Hour), "active")
	})
}

// A grant works from the attach on. Its holder may end it before it is read back and active.
func TestBreakGlassEndedWhileItIsGrantedCounts(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("incident", withCoolDown(0))
		s.Faults(func(op string, n int) accesstest.Fault {
			if op == "cloud.Read" && n <= 2 {
				return accesstest.Fault{Failure: accesstest.ErrorBefore}
			}
			return accesstest.Fault{}
		})
		id := s.As("ana").Asks("incident", time.Hour)
		s.Want(id, "granting")
		s.WantKind(s.As("ana").Ends(id), "")
		s.Advance(2 * time.Minute)
		s.Want(id, "ended released")
		_, err := s.As("ana").Tries("incident", time.Hour)
		glassDenied(t, err, "curfew.review", id)
	})
}

// asksAndWithdraws makes rounds of request and withdraw.
func asksAndWithdraws(s *story, rounds int) {
	s.WorldMayBeWrong(func() { // it is not: 200 checks take long
		for range rounds {
			_, e, err := s.Service.Submit(s.Context(), s.As("ana").Caller, access.Request{
				Entitlement: "admin", Principal: accesstest.Engineer, Task: task.Task{Kind: "change", ID: "CHG-1"}, Reason: "again", Duration: time.Hour,
			})
			s.WantKind(err, "")
			_, err = s.Service.Withdraw(s.Context(), s.As("ana").Caller, e.ID)
			s.WantKind(err, "")
		}
	})
}

// askedToDecide are the messages to approvers.
func askedToDecide(s *story) (texts []string) {
	for _, m := range s.Notifier.Messages() {
		if m.Kind == "decide" {
			texts = append(texts, m.Elevation+" "+m.Line())
		}
	}
	return texts
}

// A person mistyped three times at three in the morning. Their fourth request was told up to a quarter of an hour later.
func TestRequestAfterThreeMistakesIsToldWithinTwoMinutes(t *testing.T) {
	tell(t, func(s *story) {
		asksAndWithdraws(s, 3)
		id := s.As("ana").Asks("admin", time.Hour)
		for range 2 {
			s.Advance(time.Minute)
			s.Sweeps()
		}
		s.Advance(time.Second)
		if got := askedToDecide(s); len(got) != 4 || !strings.HasPrefix(got[3], id) {
			t.Errorf("messages: %q, want a fourth about %s", got, id)
		}
	})
}

func TestRequestThatIsToldLaterIsStartedInTime(t *testing.T) {
	tell(t, func(s *story) {
		asksAndWithdraws(s, 5)
		s.Faults(accesstest.Once("workflow.Start", 1, accesstest.Fault{Failure: accesstest.ErrorBefore}))
		id := s.As("ana").Asks("admin", time.Hour)
		s.Advance(time.Minute)
		if sw := s.Sweeps(); !slices.Equal(sw.Started, []string{id}) {
			t.Errorf("the sweep started %v, want %s", sw.Started, id)
		}
		if got := askedToDecide(s); len(got) != 3 {
			t.Errorf("messages: %q, want three before the quarter of an hour", got)
		}
		s.Advance(14 * time.Minute)
		s.Sweeps()
		s.Advance(time.Second)
		if got := askedToDecide(s); len(got) != 4 {
			t.Errorf("messages: %q, want a fourth about %s", got, id)
		}
	})
}

// 200 rounds of request and withdraw were 200 messages.
func TestRequestsThatAreWithdrawnAgainAreOneMessage(t *testing.T) {
	tell(t, func(s *story) {
		ana, decide := s.As("ana"), func() []string { return askedToDecide(s) }
		asksAndWithdraws(s, 200)
		if got := decide(); len(got) != 3 {
			t.Errorf("approvers got %d messages, want 3", len(got))
		}
		if got := len(s.Notifier.Messages()); got != 9 {
			t.Errorf("%d messages, want three of each request that was told", got)
		}
		stays := ana.Asks("admin", time.Hour)
		s.Advance(10 * time.Minute)
		s.Sweeps()
		if got := decide(); len(got) != 3 {
			t.Errorf("approvers got %d messages before the quarter of an hour is over, want 3", len(got))
		}
		for range 3 {
			s.Advance(5 * time.Minute)
			s.Sweeps()
		}
		got := decide()
		if len(got) != 4 || !strings.HasPrefix(got[3], stays) || !strings.Contains(got[3], "withdrew 200 requests") {
			t.Errorf("messages: %q, want a fourth about %s", got[min(3, len(got)):], stays)
		}
		s.WantKind(s.As("ben").Approves(stays), "")
		s.Want(stays, "active")
		s.Advance(time.Hour)
		s.As("ana").Asks("admin", time.Hour) // later ones are told at once
		if got := decide(); len(got) != 5 {
			t.Errorf("%d messages, want 5", len(got))
		}
	})
}

func TestTwoWithdrawalsAtOnceAreBothCounted(t *testing.T) {
	tell(t, func(s *story) {
		ana := s.As("ana").Caller
		one, two := s.As("ana").Asks("admin", time.Hour), s.As("ana").Asks("admin-two", time.Hour)
		racing, raced := *s.Service, false
		racing.Store = racingStore{Store: s.Service.Store, rival: func() {
			if !raced {
				raced = true
				_, err := s.Service.Withdraw(s.Context(), ana, two)
				s.WantKind(err, "")
			}
		}}
		_, err := racing.Withdraw(s.Context(), ana, one)
		s.WantKind(err, "")
		counted, err := record.Get[struct {
			N int `json:"n"`
		}](s.Context(), s.Store, record.AccessKey("pending#withdrawn#"+ana.ID, "withdrawals"))
		s.WantKind(err, "")
		if counted.Value.N != 2 {
			t.Errorf("%d withdrawals counted, want 2", counted.Value.N)
		}
	})
}
