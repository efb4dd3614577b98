package accesstest_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/suspension"
	"curfew/shared/sweep"
)

// Stories of passes of the sweep with more work than fits in a minute.

// stalledCloud is a cloud of two accounts. A page of the second takes until the time-out.
type stalledCloud struct{ access.Cloud }

func (c stalledCloud) Survey(ctx context.Context, account, after string) (access.Survey, error) {
	if account != "999999999999" {
		return c.Cloud.Survey(ctx, account, after)
	}
	<-ctx.Done()
	return access.Survey{}, fault.Errorf(fault.Transient, "no answer")
}

func TestSlowPageOfOneAccountHidesNothingOfAnother(t *testing.T) {
	tell(t, func(s *story) {
		s.Service.Cloud, s.Service.Settings.SurveyEvery = stalledCloud{Cloud: s.Service.Cloud}, 15*time.Minute
		s.WantKind(inprocess.Register(s.Service.Store, time.Now(), "999999999999"), "")
		s.WorldMayBeWrong(func() {
			s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
				return iam.PutRolePolicyByHand(accesstest.Engineer, access.GrantName("curfew", "01jd2q7v3x0000000000000zzz"), rogue)
			})
			s.Sweeps()
			s.Advance(time.Minute)
			s.WantCan(accesstest.Engineer, "mallory", false)
		})
	})
}

// crowd is a system with many active elevations: copies of the rows of one. They have no grant in IAM, so only the
// sweep's port calls show its actions.
func crowd(t *testing.T, n int, until time.Duration) (*inprocess.System, map[string]bool) {
	t.Helper()
	sys, caller := bench(t)
	t.Cleanup(sys.Close)
	r := asks("long", until)
	_, e, err := sys.Service.Submit(t.Context(), caller(0), r)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Minute)
	rows, err := sys.Store.Partition(t.Context(), record.AccessTable, "elevation#"+e.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for i := range n {
		id := fmt.Sprintf("01%024d", i)
		ids[id] = true
		var changes []record.Change
		for _, row := range rows {
			row.Key.Partition = "elevation#" + id
			row.Body = bytes.ReplaceAll(row.Body, []byte(e.ID), []byte(id))
			index := map[record.Index]record.Place{}
			for name, at := range row.Index {
				index[name] = record.Place{Partition: at.Partition, Sort: strings.ReplaceAll(at.Sort, e.ID, id)}
			}
			if row.Index != nil {
				row.Index = index
			}
			changes = append(changes, record.Change{If: record.Absent, Row: row})
		}
		if err := sys.Store.Write(t.Context(), changes...); err != nil {
			t.Fatal(err)
		}
	}
	return sys, ids
}

// orders is a workflow that only records the ends ordered.
type orders struct {
	access.Workflow
	mu      *sync.Mutex
	ordered map[string]bool
}

func (w orders) Revoke(_ context.Context, o access.Order) error {
	time.Sleep(20 * time.Millisecond)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ordered[o.ID] = true
	return nil
}

func (orders) Answer(context.Context, string, string) error {
	time.Sleep(20 * time.Millisecond)
	return nil
}

// After an outage of all other backstops thousands of elevations may be overdue. The bound is that of a single one:
// outage + 120 s.
func TestThousandsThatAreOverdueAreOrderedToEndInTwoMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys, ids := crowd(t, 2000, 10*time.Minute)
		time.Sleep(time.Hour)
		sweeping := *sys.Service
		p := &pacedPorts{callTimes: usualPace(), looked: map[string]time.Time{}, after: map[string]time.Duration{}}
		to := orders{Workflow: sys.Service.Workflow, mu: &sync.Mutex{}, ordered: map[string]bool{}}
		sweeping.Store, sweeping.Cloud, sweeping.Workflow = pacedStore{Store: sys.Service.Store, pacedPorts: p}, pacedCloud{Cloud: sys.Service.Cloud, pacedPorts: p}, to
		var passes sync.WaitGroup
		for range 2 { // two passes, a minute apart
			passes.Go(func() { _, _ = sweep.New(&sweeping).Reconcile(t.Context()) })
			time.Sleep(time.Minute)
		}
		to.mu.Lock()
		ordered := maps.Clone(to.ordered)
		to.mu.Unlock()
		passes.Wait()
		for id := range ids {
			if !ordered[id] {
				t.Fatalf("%d of %d were ordered to end in two minutes", len(ordered), len(ids))
			}
		}
	})
}

// slowFor is a cloud with slow reads of some principals: those of a throttled account.
type slowFor struct {
	access.Cloud
	slow   func(id string) bool
	looked map[string]int
}

func (c slowFor) Read(ctx context.Context, p access.Principal, grant string) ([]string, error) {
	c.looked[strings.TrimPrefix(grant, "curfew-")]++
	if c.slow(grant) {
		time.Sleep(6 * time.Second)
	}
	return []string{}, nil
}

func TestSlowReadsOfSomeKeepNoOtherFromBeingLookedAt(t *testing.T) {
	for _, n := range []int{20, 50, 200, 400} {
		if testing.Short() && n > 50 {
			continue
		}
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sys, ids := crowd(t, n, 12*time.Hour)
				c := slowFor{Cloud: sys.Service.Cloud, slow: func(grant string) bool { return strings.HasSuffix(grant, "1") }, looked: map[string]int{}}
				sweeping := *sys.Service
				sweeping.Cloud = c
				for range 120 {
					_, _ = sweep.New(&sweeping).Reconcile(t.Context())
					time.Sleep(time.Minute)
				}
				for id := range ids {
					if c.looked[id] == 0 {
						t.Errorf("%s of %d was never looked for in IAM in 120 passes", id, n)
					}
				}
			})
		})
	}
}

// throttledStore is a store whose lists fail after their first page.
type throttledStore struct{ record.Store }

func (s throttledStore) List(ctx context.Context, q record.Query) (record.Page, error) {
	if q.After != "" {
		return record.Page{}, fault.Errorf(fault.Transient, "throttled")
	}
	return s.Store.List(ctx, q)
}

func TestListOfWhatIsActiveThatBreaksOffIsUsedAsFarAsItGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys, _ := crowd(t, 250, 12*time.Hour)
		dee := identity.Caller{ID: identity.PersonID("https://id.example.com", "dee"), Kind: identity.Person, Name: "dee", Groups: []string{"security"}}
		synctest.Wait() // messages of the crowd read the settings
		sys.Service.Settings.Operators = []string{"group:security"}
		_, caller := bench(t)
		if _, err := sys.Service.Suspensions().Suspend(t.Context(), dee, suspension.Scope{Requester: caller(0).ID}, "stolen", suspension.Meant{}); err != nil {
			t.Fatal(err)
		}
		sweeping := *sys.Service
		to := orders{Workflow: sys.Service.Workflow, mu: &sync.Mutex{}, ordered: map[string]bool{}}
		sweeping.Store, sweeping.Workflow = throttledStore{Store: sys.Service.Store}, to
		sw, err := sweep.New(&sweeping).Reconcile(t.Context())
		if fault.KindOf(err) != fault.Transient || len(to.ordered) < 200 {
			t.Errorf("%d ends were ordered (%d of the list), error %v; want those of the first page", len(to.ordered), len(sw.Ordered), err)
		}
	})
}

func TestCanaryThatAnOperatorEndedSaysNothingOfItsNet(t *testing.T) {
	withCanaries(t, inprocess.StoreSettings{}, func(s *story) {
		s.Sweeps()
		s.Advance(30 * time.Second)
		var canary string
		es, _, err := access.Lives(s.Store.All(record.AccessTable))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range es {
			if e.Entitlement == access.CanaryEntitlement {
				canary = e.ID
			}
		}
		s.WantKind(s.As("dee").Ends(canary), "")
		s.Advance(2 * time.Minute)
		s.Want(canary, "ended revoked")
		s.Sweeps()
		if slices.ContainsFunc(s.Notifier.Messages(), func(m access.Message) bool { return strings.Contains(m.Line(), sweep.SilentNet.Name) }) {
			t.Error("a net was said to be silent, and an operator was faster than it")
		}
	})
}
