package accesstest_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/identity"
)

// withdrawsApproval is a call of WithdrawApproval.
func withdrawsApproval(s *story, c identity.Caller, id string) error {
	_, err := access.WithdrawApproval(s.Context(), s.Service, c, id, "a slip")
	s.CheckWorld()
	return err
}

func verdicts(s *story, id string) string {
	v, err := s.Service.Show(s.Context(), s.As("dee").Caller, id)
	if err != nil {
		return err.Error()
	}
	var said []string
	for _, r := range v.Timeline {
		said = append(said, strings.TrimPrefix(r.Kind, "elevation."))
	}
	return strings.Join(said, " ")
}

// At need 2, ben approved by mistake. It could not be taken back, and eva's approval granted.
func TestApprovalThatWasASlipIsWithdrawn(t *testing.T) {
	tell(t, func(s *story) {
		id, ben := s.As("ana").Asks("admin-two", time.Hour), s.As("ben")
		toDecide := func() bool {
			list, err := s.Service.List(s.Context(), ben.Caller, access.Filter{ToDecide: true})
			return err == nil && len(list.Lives) == 1
		}
		s.WantKind(withdrawsApproval(s, ben.Caller, id), fault.Conflict) // there is none
		s.WantKind(withdrawsApproval(s, s.As("zoe").Caller, id), fault.NotFound)
		s.WantKind(ben.Approves(id), "")
		if toDecide() {
			t.Error("ben approved, and it waits for ben")
		}
		for range 2 { // idempotent
			s.WantKind(withdrawsApproval(s, ben.Caller, id), "")
		}
		if !toDecide() {
			t.Error("ben withdrew, and it does not wait for ben")
		}
		s.WantKind(s.As("eva").Approves(id), "")
		s.Want(id, "requested")
		s.Advance(time.Second)
		s.WantKind(ben.Approves(id), "")
		s.Advance(time.Second)
		s.Want(id, "active")
		if got, want := verdicts(s, id), "requested approval approval-withdrawn approval approved"; !strings.HasPrefix(got, want) {
			t.Errorf("evidence says %s, want %s", got, want)
		}
		if err := withdrawsApproval(s, ben.Caller, id); fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "may end it") {
			t.Errorf("withdrawn when it is active: %v", err)
		}
	})
}

func TestApproverTurnsTheirApprovalIntoADenial(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin-two", time.Hour)
		s.WantKind(s.As("ben").Approves(id), "")
		for range 2 {
			s.WantKind(s.As("ben").Denies(id), "")
		}
		s.Want(id, "denied")
		for name, err := range map[string]error{"approved": s.As("ben").Approves(id), "withdrawn": withdrawsApproval(s, s.As("ben").Caller, id)} {
			if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "asked for again") {
				t.Errorf("%s after a denial: %v", name, err)
			}
		}
	})
}

// Either order is possible. Whichever is stored second sees the first.
func TestWithdrawalRacesTheSecondApproval(t *testing.T) {
	for _, late := range []string{"ben", "eva"} {
		t.Run(late+" is slow", func(t *testing.T) {
			tell(t, func(s *story) {
				id := s.As("ana").Asks("admin-two", time.Hour)
				s.WantKind(s.As("ben").Approves(id), "")
				digest, stored := s.Digest(id), 0
				s.Faults(func(op string, _ int) accesstest.Fault {
					if op != "store.Write" {
						return accesstest.Fault{}
					}
					if stored++; stored == 1 { // the first to write has read before the other wrote
						return accesstest.Fault{Failure: accesstest.Delayed, By: 10 * time.Second}
					}
					return accesstest.Fault{}
				})
				var both sync.WaitGroup
				var withdrew, approved error
				first, second := func() { _, withdrew = access.WithdrawApproval(s.Context(), s.Service, s.As("ben").Caller, id, "") },
					func() { _, approved = s.Service.Decide(s.Context(), s.As("eva").Caller, id, digest, true, "") }
				if late == "eva" {
					first, second = second, first
				}
				both.Go(first)
				time.Sleep(time.Second)
				both.Go(second)
				both.Wait()
				s.Faults(nil)
				s.Advance(time.Second)
				want := "requested approval approval-withdrawn approval"
				if late == "ben" {
					want = "requested approval approved"
					s.Want(id, "active")
					s.WantKind(withdrew, fault.Conflict)
				} else {
					s.Want(id, "requested")
					s.WantKind(withdrew, "")
				}
				s.WantKind(approved, "")
				if got := verdicts(s, id); !strings.HasPrefix(got, want) {
					t.Errorf("evidence says %s, want %s", got, want)
				}
			})
		})
	}
}

// One person with one name at two providers stays one decider.
func TestWithdrawalAtAnotherProvider(t *testing.T) {
	tell(t, func(s *story) {
		other := s.As("ben").Caller
		other.ID, other.Name = identity.PersonID("https://other.example.com", "0001"), "BEN"
		id := s.As("ana").Asks("admin-two", time.Hour)
		decides := func(c identity.Caller) {
			_, err := s.Service.Decide(s.Context(), c, id, s.Digest(id), true, "")
			s.WantKind(err, "")
			s.Advance(time.Second)
		}
		decides(s.As("ben").Caller)
		decides(other)
		s.Want(id, "requested")
		s.WantKind(withdrawsApproval(s, other, id), "")
		decides(s.As("eva").Caller)
		s.Want(id, "requested")
		decides(other)
		s.Want(id, "active")
	})
}

func TestApprovalsAndWithdrawalsInALoop(t *testing.T) {
	tell(t, func(s *story) {
		id, ben, n := s.As("ana").Asks("admin-two", time.Hour), s.As("ben"), 0
		for ; n < 50 && ben.Approves(id) == nil; n++ {
			s.WantKind(withdrawsApproval(s, ben.Caller, id), "")
		}
		if n != 5 {
			t.Errorf("%d rounds, want 5", n)
		}
		s.WantKind(ben.Denies(id), "")
		s.Want(id, "denied")
	})
}

// An old approval does not become the newest by its place among the rows, nor do instants of slow clocks.
func TestNewestDecisionCounts(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	approve := func(name string, turn, second int) access.Decision {
		return access.Decision{By: identity.Caller{ID: "person:" + name, Name: name}, Approve: true, Turn: turn, At: at.Add(time.Duration(second) * time.Second)}
	}
	withdraw := func(name string, turn, second int) access.Decision {
		d := approve(name, turn, second)
		d.Approve, d.Withdrawn = false, true
		return d
	}
	for name, c := range map[string]struct {
		all  []access.Decision
		want int
	}{
		"approved":                {[]access.Decision{approve("ben", 0, 0)}, 1},
		"withdrawn in a second":   {[]access.Decision{approve("ben", 0, 0), withdraw("ben", 1, 0)}, 0},
		"approved again":          {[]access.Decision{approve("ben", 0, 0), withdraw("ben", 1, 0), approve("ben", 2, 0)}, 1},
		"of another":              {[]access.Decision{approve("ben", 0, 0), withdraw("eva", 1, 0)}, 1},
		"one name, in one second": {[]access.Decision{approve("ben", 0, 0), {By: identity.Caller{ID: "person:2", Name: "Ben"}, Withdrawn: true, At: at}}, 0},
	} {
		for range 2 {
			if got := len(access.Standing(c.all)); got != c.want {
				t.Errorf("%s: %d count, want %d", name, got, c.want)
			}
			slices.Reverse(c.all)
		}
	}
}
