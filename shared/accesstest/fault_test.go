package accesstest_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"curfew/shared/accesstest"
	"curfew/shared/fault"
)

// Every single fault at every call of one elevation: IAM is clean, no call is allowed after the deadline, and every
// record comes to rest.
func TestEverySingleFault(t *testing.T) {
	failures := map[string]accesstest.Fault{
		"error before": {Failure: accesstest.ErrorBefore},
		"error after":  {Failure: accesstest.ErrorAfter},
		"crash before": {Failure: accesstest.Crash},
		"crash after":  {Failure: accesstest.CrashAfter},
		"delayed":      {Failure: accesstest.Delayed, By: 12 * time.Second},
		"effect late":  {Failure: accesstest.EffectLate, By: 12 * time.Second},
	}
	calls := countCalls(t)
	if len(calls) < 8 {
		t.Fatalf("only %d operations were called: %v", len(calls), calls)
	}
	count := 0
	for _, op := range slices.Sorted(maps.Keys(calls)) {
		for i := 1; i <= calls[op]; i++ {
			for _, name := range slices.Sorted(maps.Keys(failures)) {
				f := failures[name]
				if count++; testing.Short() && count%11 != 0 { // 11: of all kinds of failures
					continue
				}
				t.Run(fmt.Sprintf("%s %d %s", op, i, name), func(t *testing.T) {
					t.Parallel()
					accesstest.RunStory(t, accesstest.WorldSettings{Slack: time.Minute}, func(s *story) {
						s.Faults(accesstest.Once(op, i, f))
						life(s)
					})
				})
			}
		}
	}
}

// countCalls counts the calls per operation, without faults.
func countCalls(t *testing.T) map[string]int {
	calls := map[string]int{}
	tell(t, func(s *story) {
		s.Faults(func(op string, n int) accesstest.Fault {
			calls[op] = n
			return accesstest.Fault{}
		})
		life(s)
	})
	return calls
}

// life is two elevations on one principal, one of them ended early, with some sweeps. It ignores answers: only the
// result counts.
func life(s *story) {
	var first, second string
	accesstest.Survive(func() { first, _ = s.As("ana").Tries("admin", 10*time.Minute) })
	accesstest.Survive(func() { second, _ = s.As("cem").Tries("deploy", 20*time.Minute) })
	s.Advance(5 * time.Second)
	if first != "" {
		accesstest.Survive(func() { _, _ = s.Service.Decide(s.Context(), s.As("ben").Caller, first, s.Digest(first), true, "") })
	}
	s.Advance(3 * time.Minute)
	if second != "" {
		accesstest.Survive(func() { _, _ = s.Service.End(s.Context(), s.As("cem").Caller, second) })
	}
	for range 3 {
		s.Sweeps()
		s.Advance(time.Minute)
	}
	s.Advance(25 * time.Minute)
	s.Sweeps()
	s.Advance(time.Hour)
	for range 2 {
		s.Sweeps()
		s.Advance(2 * time.Minute)
	}
	s.WantClean()
	s.WantCan(accesstest.Engineer, "ana", false)
	s.WantCan(accesstest.Engineer, "cem", false)
	s.WantRest()
}

func TestStoreIsDownWhenTheTimeIsOver(t *testing.T) {
	// The record's overstay counts until a read could be stored: the outage plus the last wait.
	accesstest.RunStory(t, accesstest.WorldSettings{Slack: 36 * time.Minute}, func(s *story) {
		id := s.As("ana").Asks("deploy", 10*time.Minute)
		until := time.Now().Add(40 * time.Minute)
		s.Faults(func(op string, _ int) accesstest.Fault {
			if time.Now().Before(until) && (op == "store.Read" || op == "store.Write" || op == "store.Partition" || op == "store.List") {
				return accesstest.Fault{Failure: accesstest.ErrorBefore}
			}
			return accesstest.Fault{}
		})
		time.Sleep(11 * time.Minute)
		s.WantClean() // no record could be read or written, and access is gone anyway
		s.WantCan(accesstest.Engineer, "ana", false)
		s.Advance(40 * time.Minute)
		s.Sweeps()
		s.Want(id, "ended deadline")
		late := false
		for _, r := range s.Receipt(id).Timeline {
			late = late || r.Late
		}
		if !late {
			t.Error("the removal that could not be stored is not in evidence, marked late")
		}
	})
}

func TestIAMIsDownWhenTheTimeIsOver(t *testing.T) {
	accesstest.RunStory(t, accesstest.WorldSettings{Slack: 15*time.Hour + 6*time.Minute}, func(s *story) {
		id := s.As("ana").Asks("deploy", 10*time.Minute)
		until := time.Now().Add(15 * time.Hour)
		s.Faults(func(op string, _ int) accesstest.Fault {
			if time.Now().Before(until) && (op == "cloud.Remove" || op == "cloud.Read" || op == "cloud.Survey" || op == "cloud.Look") {
				return accesstest.Fault{Failure: accesstest.ErrorBefore}
			}
			return accesstest.Fault{}
		})
		s.Advance(11 * time.Minute)
		s.Want(id, "revoking deadline")
		s.WantCan(accesstest.Engineer, "ana", false) // IAM still authorizes by the fence
		s.Advance(10 * time.Minute)
		s.Want(id, "stuck deadline")
		s.Advance(16 * time.Hour)
		s.Want(id, "ended deadline")
		s.WantClean()
		pages := 0
		for _, m := range s.Notifier.Messages() {
			if m.Kind == "page" && m.Elevation == id {
				pages++
			}
		}
		if pages < 20 {
			t.Errorf("paged %d times in 15 hours, want one every half hour", pages)
		}
	})
}

func TestExecutionIsAborted(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(5 * time.Minute)
		if err := s.Workflow.Engine().Stop(s.Workflow.Execution(id), "by", "hand"); err != nil {
			t.Fatal(err)
		}
		s.Advance(10 * time.Second)
		s.Want(id, "ended failed")
		s.WantClean()
	})
}

func TestPolicyWithoutARecordIsSwept(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		snapshot := s.Store.Snapshot()
		second := s.As("cem").Asks("deploy", time.Hour)
		s.Restores(snapshot) // the second has no record now
		s.Sweeps()
		s.Want(id, "active")
		s.WantCan(accesstest.Engineer, "cem", false)
		_, err := s.Service.Show(t.Context(), s.As("dee").Caller, second)
		s.WantKind(err, fault.NotFound)
	})
}
