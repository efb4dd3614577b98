package accesstest_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/task"
)

// renews asks for the renewal of an elevation.
func renews(id string) func(*access.Request) { return func(r *access.Request) { r.Renews = id } }

// activeAdmin is an approved elevation of ana's.
func activeAdmin(t *testing.T, s *story) string {
	t.Helper()
	id := s.As("ana").Asks("admin", time.Hour)
	if err := s.As("ben").Approves(id); err != nil {
		t.Fatal(err)
	}
	s.Advance(time.Minute)
	s.Want(id, "active")
	return id
}

func TestARenewalGoesOnAfterTheDeadlineWithItsOwnDecision(t *testing.T) {
	tell(t, func(s *story) {
		first := activeAdmin(t, s)
		deadline := s.Elevation(first).Deadline
		s.Advance(30 * time.Minute)
		second := s.As("ana").Asks("admin", time.Hour, renews(first))
		s.Want(second, "requested")
		l, err := s.Service.Load(s.Context(), second)
		if err != nil || l.Terms.Renews != first || !l.Terms.StartAt.Equal(deadline.Add(-30*time.Second)) {
			t.Errorf("the terms renew %q from %s, %v", l.Terms.Renews, l.Terms.StartAt, err)
		}
		if err := s.As("ben").Approves(second); err != nil {
			t.Fatal(err)
		}
		s.Advance(20 * time.Minute)
		s.Want(second, "approved")
		s.Advance(12 * time.Minute)
		s.Want(first, "ended deadline")
		s.Want(second, "active")
		s.WantCan(accesstest.Engineer, "ana", true)
		if got := s.Elevation(first).Deadline; !got.Equal(deadline) {
			t.Errorf("the deadline moved from %s to %s", deadline, got)
		}
		s.Advance(time.Hour)
		s.Want(second, "ended deadline")
		s.WantClean()
	})
}

func TestARenewalThatIsNotApprovedGivesNothing(t *testing.T) {
	tell(t, func(s *story) {
		first := activeAdmin(t, s)
		second := s.As("ana").Asks("admin", time.Hour, renews(first))
		wantReason(t, s.As("ana").Approves(second), "curfew.self")
		s.Advance(time.Hour + time.Minute)
		s.Want(first, "ended deadline")
		s.WantCan(accesstest.Engineer, "ana", false)
	})
}

// A withdrawn renewal must not free the place that its elevation still has.
func TestOneRenewalWaitsWhileTheOtherIsActive(t *testing.T) {
	tell(t, func(s *story) {
		ana := s.As("ana")
		first := activeAdmin(t, s)
		for range 2 {
			second := ana.Asks("admin", time.Hour, renews(first))
			for _, change := range []func(*access.Request){renews(first), renews(second), renews("")} {
				if _, err := ana.Tries("admin", time.Hour, change); err == nil {
					t.Error("a second one waits")
				}
			}
			s.WantKind(ana.Withdraws(second), "")
			_, err := ana.Tries("admin", time.Hour)
			s.WantKind(err, fault.Conflict)
			_, err = ana.Tries("admin", time.Hour, renews(second))
			wantReason(t, err, "curfew.renewal")
		}
		s.WantKind(ana.Ends(first), "")
		s.Want(ana.Asks("admin", time.Hour), "requested")
	})
}

func TestOfConcurrentRenewalsOneWaits(t *testing.T) {
	tell(t, func(s *story) {
		first := activeAdmin(t, s)
		s.Faults(func(op string, _ int) accesstest.Fault {
			if op == "store.Write" { // all read before one of them writes
				return accesstest.Fault{Failure: accesstest.Delayed, By: time.Second}
			}
			return accesstest.Fault{}
		})
		var got sync.Map
		var all sync.WaitGroup
		for n := range 5 {
			all.Go(func() {
				r := access.Request{Entitlement: "admin", Principal: accesstest.Engineer, Task: task.Task{Kind: "change", ID: "CHG-1"}, Reason: "again", Duration: time.Hour, Renews: first}
				if _, e, err := s.Service.Submit(s.Context(), s.As("ana").Caller, r); err == nil {
					got.Store(e.ID, n)
				}
			})
		}
		all.Wait()
		count := 0
		got.Range(func(any, any) bool { count++; return true })
		if count != 1 {
			t.Errorf("%d renewals wait", count)
		}
	})
}

func TestOnlyTheSameIsRenewedByItsHolderInTime(t *testing.T) {
	tell(t, func(s *story) {
		ana, cem := s.As("ana"), s.As("cem")
		first := activeAdmin(t, s)
		_, err := s.As("zoe").Tries("admin", time.Hour, renews(first))
		wantReason(t, err, "curfew.entitlement")
		_, err = cem.Tries("admin", time.Hour, renews(first))
		wantReason(t, err, "curfew.renewal")
		for name, change := range map[string]func(*access.Request){
			"another task":        func(r *access.Request) { r.Task.ID = "CHG-2" },
			"another entitlement": func(r *access.Request) { r.Entitlement = "admin-two" },
		} {
			_, err := ana.Tries("admin", time.Hour, renews(first), change)
			if got := fault.Reasons(err); len(got) != 1 || got[0] != "curfew.renewal" {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err = ana.Tries("admin", time.Hour, renews(first), startsIn(time.Minute))
		s.WantKind(err, fault.Invalid)
		_, err = ana.Tries("admin", time.Hour, renews("01jd2q7v3x0000000000000000"))
		s.WantKind(err, fault.NotFound)
		s.WantKind(ana.Ends(first), "")
		s.Advance(59 * time.Minute)
		late := ana.Asks("admin", time.Hour, renews(first))
		s.WantKind(ana.Withdraws(late), "")
		s.Advance(3 * time.Minute)
		_, err = ana.Tries("admin", time.Hour, renews(first))
		wantReason(t, err, "curfew.renewal")
		long := ana.Asks("long", 31*24*time.Hour)
		_, err = ana.Tries("long", time.Hour, renews(long))
		wantReason(t, err, "curfew.renewal")
		glass := ana.Asks("incident", time.Hour)
		_, err = ana.Tries("incident", time.Hour, renews(glass))
		wantReason(t, err, "curfew.renewal")
	})
}

func TestARenewalIsOfferedOnceBeforeTheDeadline(t *testing.T) {
	tell(t, func(s *story) {
		first := activeAdmin(t, s)
		offers := func() (texts []string) {
			for _, m := range s.Notifier.Messages() {
				if m.Kind == "renew" {
					texts = append(texts, strings.Join(m.To, " ")+" "+m.Line())
				}
			}
			return texts
		}
		minutely(s, 53)
		if got := offers(); len(got) != 0 {
			t.Fatalf("too early: %q", got)
		}
		minutely(s, 5)
		if got := offers(); len(got) != 1 || !strings.HasPrefix(got[0], s.As("ana").ID+" ") || !strings.Contains(got[0], "curfew renew "+first) {
			t.Errorf("offered %q", got)
		}
	})
}

// What the requester may not have any more is not renewed.
func TestARenewalIsAskedOfTheNewestPolicy(t *testing.T) {
	tell(t, func(s *story) {
		first := activeAdmin(t, s)
		s.Catalog.Change("admin", func(e *access.Entitlement) { e.Requesters = []string{"group:others"} })
		_, err := s.As("ana").Tries("admin", time.Hour, renews(first))
		wantReason(t, err, "curfew.entitlement")
	})
}
