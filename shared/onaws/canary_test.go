package onaws

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// outside is the stories' context: the test's own is outside the bubble.
var outside = context.Background()

// canaryStory is a story with canaries and readable metrics.
type canaryStory struct {
	*accesstest.Story
	t   *testing.T
	f   *Function
	out *bytes.Buffer
}

// withCanaries runs a story with a canary every two hours and a late TTL.
func withCanaries(t *testing.T, ttl time.Duration, tell func(s *canaryStory)) {
	set := accesstest.WorldSettings{Slack: 60 * time.Hour}
	set.Store.TTLDelay = ttl
	accesstest.RunStory(t, set, func(story *accesstest.Story) {
		story.Catalog.Add(access.Entitlement{
			Name: access.CanaryEntitlement, Owners: []string{"group:platform"}, Principals: []string{accesstest.Backup}, Requesters: []string{"group:canary"},
			Tasks: []access.TaskRule{{Kind: "change"}}, Max: 5 * time.Minute, Session: access.BindNone,
			Policy: []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:GetCallerIdentity","Resource":"*"}]}`),
		})
		story.Service.Settings.Canary = access.CanarySettings{Principal: accesstest.Backup, Every: 2 * time.Hour}
		f, out := newFunction(t)
		tell(&canaryStory{story, t, f, out})
	})
}

// countEnds are one pass's overdue and stuck elevations.
func (s *canaryStory) countEnds() (overdue, stuck float64) {
	s.t.Helper()
	s.out.Reset()
	if err := s.f.countElevations(outside, s.Service); err != nil {
		s.t.Fatal(err)
	}
	l := lines(s.t, s.out)[0]
	return l[MetricOverdue].(float64), l[MetricStuck].(float64)
}

// countDeaths ends the canary's execution with this status, and returns what revoke counts through the rule on
// executions.
func (s *canaryStory) countDeaths(status, input string) int {
	s.t.Helper()
	s.out.Reset()
	s.f.countDeath(outside, s.Service, status, input)
	if s.out.Len() == 0 {
		return 0
	}
	l := lines(s.t, s.out)[0]
	if l[MetricDied] != 1.0 || l["Status"] != status {
		s.t.Errorf("line = %v, want one death with status %s", l, status)
	}
	return 1
}

// No canary counts as overdue or stuck, however late its net.
func TestTheCensusLeavesACanaryToItsNet(t *testing.T) {
	withCanaries(t, 30*time.Minute, func(s *canaryStory) {
		told := map[access.Net]bool{}
		for range 8 * 60 {
			if overdue, stuck := s.countEnds(); overdue != 0 || stuck != 0 {
				t.Fatalf("after %d canaries overdue = %v, stuck = %v, want 0", len(told), overdue, stuck)
			}
			if c := s.Sweeps().Canary; c != nil {
				told[c.Net] = c.EndedBy == string(c.Net)
			}
			s.Advance(30 * time.Second)
			if overdue, _ := s.countEnds(); overdue != 0 {
				t.Fatalf("between two passes, after %d canaries, overdue = %v, want 0", len(told), overdue)
			}
			s.Advance(30 * time.Second)
		}
		for _, n := range []access.Net{access.NetWorkflow, access.NetExecution, access.NetSweep, access.NetTTL} {
			if !told[n] {
				t.Errorf("ended by their nets: %v, want the canary of the %s too", told, n)
			}
		}
	})
}

// A canary whose net is silent counts once its net's time is over, not before.
func TestACanaryWhoseNetIsSilentIsOverdue(t *testing.T) {
	withCanaries(t, 100*24*time.Hour, func(s *canaryStory) {
		for range 7 * 60 { // until the TTL canary has started
			s.Sweeps()
			s.Advance(time.Minute)
		}
		s.Advance(48 * time.Hour) // without a sweep, which would end it
		if overdue, _ := s.countEnds(); overdue != 0 {
			t.Errorf("after 48 h overdue = %v, want 0", overdue)
		}
		s.Advance(4 * time.Hour)
		if overdue, _ := s.countEnds(); overdue != 1 {
			t.Errorf("after 52 h overdue = %v, want 1", overdue)
		}
		s.Sweeps()
	})
}

// The first read after the removal may be stale. A canary that its net left for long does not page for that: its
// removal has the usual time.
func TestALateCanaryThatIsStillSeenIsNotStuck(t *testing.T) {
	canary := access.Elevation{
		State: access.Revoking, Entitlement: access.CanaryEntitlement, Requester: identity.MachineID("canary"),
		Deadline: now.Add(-30 * time.Hour), EndDue: now.Add(-30 * time.Hour), ChangedAt: now,
	}
	if next, _ := canary.Seen(true, now.Add(time.Second)); next.State != access.Revoking {
		t.Errorf("a canary that is still seen a second after the order is %s, want %s", next.State, access.Revoking)
	}
	if next, _ := canary.Seen(true, now.Add(6*time.Minute)); next.State != access.Stuck {
		t.Errorf("a canary that is still seen six minutes after the order is %s, want %s", next.State, access.Stuck)
	}
	other := canary
	other.Requester = identity.MachineID("AROAEXAMPLE0000000002")
	if next, _ := other.Seen(true, now.Add(time.Second)); next.State != access.Stuck {
		t.Errorf("an elevation of that entitlement that somebody else asked for is %s, want %s", next.State, access.Stuck)
	}
}

// Only a canary's execution that had to fail, and failed, is left out.
func TestDeathsOfCanariesAreLeftOut(t *testing.T) {
	withCanaries(t, 30*time.Minute, func(s *canaryStory) {
		dies := map[string]bool{} // by canary
		var inputs []string
		for range 8 * 60 {
			sw := s.Sweeps()
			page, err := s.Store.List(outside, record.Query{Index: record.ByState, Partition: access.IndexOpen, Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range page.Keys {
				e := s.Elevation(k.Partition[len("elevation#"):])
				if _, seen := dies[e.ID]; !seen {
					_, input, err := s.Service.Input(outside, s.Receipt(e.ID).Terms)
					if err != nil {
						t.Fatal(err)
					}
					inputs = append(inputs, input)
				}
				dies[e.ID] = dies[e.ID] || sw.CanaryDies
			}
			s.Advance(time.Minute)
		}
		if len(inputs) != 4 {
			t.Fatalf("%d canaries, want one of each net", len(inputs))
		}
		for i, input := range inputs {
			var in access.Input
			if err := json.Unmarshal([]byte(input), &in); err != nil {
				t.Fatal(err)
			}
			want := 0 // dies on purpose
			if i == 0 {
				want = 1 // the workflow's does not
			}
			if got := s.countDeaths("FAILED", input); got != want || dies[in.ID] != (want == 0) {
				t.Errorf("canary %d: deaths = %d, expected by the sweep %v, want %d", i+1, got, dies[in.ID], want)
			}
			for _, status := range []string{"TIMED_OUT", "ABORTED"} {
				if s.countDeaths(status, input) != 1 {
					t.Errorf("canary %d: %s is not counted", i+1, status)
				}
			}
			in.Account = "111122223333"
			if s.countDeaths("FAILED", in.String()) != 1 {
				t.Errorf("canary %d: the death of an execution with another input is not counted", i+1)
			}
		}
		s.Service.Settings.Canary.Principal += "-2"
		if s.countDeaths("FAILED", inputs[1]) != 1 {
			t.Error("the death of a canary on another principal than that of canaries is not counted")
		}
	})
}

// A caller's text cannot make a canary.
func TestNobodyCallsTheirExecutionACanary(t *testing.T) {
	withCanaries(t, time.Hour, func(s *canaryStory) {
		id := s.As("ana").Asks("admin", 10*time.Minute, func(r *access.Request) { r.Task.ID = "ttl-2026-10-05T09-00-00Z" })
		in, _, err := s.Service.Input(t.Context(), s.Receipt(id).Terms)
		if err != nil {
			t.Fatal(err)
		}
		for _, account := range []string{in.Account, ""} {
			in.Account = account
			if s.countDeaths("FAILED", in.String()) != 1 {
				t.Errorf("the death of %s with account %q is not counted", id, account)
			}
		}
		if s.countDeaths("FAILED", "") != 1 || s.countDeaths("FAILED", fmt.Sprintf(`{"id":%q}`, anID)) != 1 {
			t.Error("the death of an execution without a record is not counted")
		}
	})
}

// A canary's end is no overstay: executions of three in four canaries ask for no revoke.
func TestTheEndOfACanaryIsNoOverstay(t *testing.T) {
	withCanaries(t, time.Hour, func(s *canaryStory) {
		s.Sweeps() // starts one
		other := s.As("ana").Asks("admin", 10*time.Minute)
		s.WantKind(s.As("ben").Approves(other), "")
		s.Advance(90 * time.Second)
		page, err := s.Store.List(outside, record.Query{Index: record.ByState, Partition: access.IndexOpen, Limit: 10})
		if err != nil || len(page.Keys) != 2 {
			t.Fatalf("active: %v, %v, want the canary and another", page.Keys, err)
		}
		for _, k := range page.Keys {
			e := s.Elevation(k.Partition[len("elevation#"):])
			s.out.Reset()
			o := access.Order{ID: e.ID, Account: e.Principal.Account, Principal: e.Principal.ARN, PrincipalID: e.Principal.ID, By: "ttl", OrderedAt: s.Service.Now()}
			if _, err := s.f.revoke(outside, s.Service, o); err != nil {
				t.Fatal(err)
			}
			if got, want := bytes.Contains(s.out.Bytes(), []byte(MetricOverstay)), e.ID == other; got != want {
				t.Errorf("%s of %s: overstay told = %v, want %v", e.ID, e.Entitlement, got, want)
			}
		}
	})
}
