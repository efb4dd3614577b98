package accesstest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oklog/ulid/v2"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/iampolicy"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/suspension"
	"curfew/shared/sweep"
	"curfew/shared/task"
)

// Stories of so many waiting requests that they could starve the sweep.

// countingWorkflow counts the starts of executions.
type countingWorkflow struct {
	access.Workflow
	n map[string]int
}

func (w countingWorkflow) Start(ctx context.Context, id, input string) error {
	w.n[id]++
	return w.Workflow.Start(ctx, id, input)
}

func TestExecutionSeenRunningIsNotStartedAgain(t *testing.T) {
	for _, c := range []struct {
		name   string
		ask    func(s *story) string
		starts int // by the sweep
	}{
		{"it waits for approvers", func(s *story) string { return s.As("ana").Asks("admin", time.Hour) }, 0},
		{"it waits for its start", func(s *story) string {
			return s.As("ana").Asks("deploy", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(29 * 24 * time.Hour) })
		}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			tell(t, func(s *story) {
				id := c.ask(s)
				count := countingWorkflow{Workflow: s.Service.Workflow, n: map[string]int{}}
				s.Service.Workflow = count
				for range 20 {
					s.Advance(time.Minute)
					s.Sweeps()
				}
				if count.n[id] != c.starts {
					t.Errorf("the sweep started it %d times, want %d", count.n[id], c.starts)
				}
			})
		})
	}
}

// A failed start never shows that the execution runs.
func TestRequestWhoseStartFailedIsStarted(t *testing.T) {
	ahead := func(r *access.Request) { r.StartAt = time.Now().Add(20 * time.Minute) }
	for _, c := range []struct {
		name string
		ask  func(s *story) string
		then func(s *story, id string)
		want string
	}{
		{"at once", func(s *story) string { return s.As("ana").Asks("deploy", time.Hour) }, nil, "active"},
		{"for later", func(s *story) string { return s.As("ana").Asks("deploy", time.Hour, ahead) },
			func(s *story, _ string) { s.Advance(13 * time.Minute) }, "active"}, // a little more than 20 minutes after the request
		{"for approvers", func(s *story) string { return s.As("ana").Asks("admin", time.Hour) },
			func(s *story, id string) { s.WantKind(s.As("ben").Approves(id), ""); s.Advance(5 * time.Second) }, "active"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tell(t, func(s *story) {
				s.Faults(func(op string, n int) accesstest.Fault {
					if op == "workflow.Start" && n <= 4 { // Submit's, and the sweep's first ones
						return accesstest.Fault{Failure: accesstest.ErrorBefore}
					}
					return accesstest.Fault{}
				})
				id := c.ask(s)
				for range 7 {
					s.Advance(time.Minute)
					s.Sweeps()
				}
				s.Advance(5 * time.Second)
				if c.then != nil {
					c.then(s, id)
				}
				s.Want(id, c.want)
			})
		})
	}
}

func TestCallerHasSoManyRequestsOpenWhateverSessionsTheyMakeUp(t *testing.T) {
	tell(t, func(s *story) {
		s.Service.Settings.OpenRequests = 5
		ask := func(session string) (string, error) {
			agent := s.As("agent")
			agent.Name = session // its user chooses it
			return agent.Tries("agent", time.Hour, func(r *access.Request) { r.Session, r.StartAt = session, time.Now().Add(29*24*time.Hour) })
		}
		var ids []string
		for n := range 5 {
			id, err := ask(fmt.Sprintf("run-%d", n))
			s.WantKind(err, "")
			ids = append(ids, id)
		}
		_, err := ask("run-5")
		s.WantKind(err, fault.Denied)
		if by := fault.Reasons(err); len(by) != 1 || by[0] != "curfew.open" {
			t.Errorf("refused by %v, want curfew.open", by)
		}
		s.As("ana").Asks("deploy", time.Hour) // others are not locked out

		// A withdrawn, granted or ended request frees its place.
		agent := s.As("agent")
		agent.Name = "run-2"
		s.WantKind(agent.Withdraws(ids[2]), "")
		_, err = ask("run-6")
		s.WantKind(err, "")
		_, err = ask("run-7")
		s.WantKind(err, fault.Denied)
		s.Advance(31 * 24 * time.Hour)
		_, err = ask("run-8")
		s.WantKind(err, "")
	})
}

// No row is deleted when a wait is over: the next request replaces the rows of what waits no more, and only those.
func TestPlacesOfWhatWaitsNoMoreAreFree(t *testing.T) {
	tell(t, func(s *story) {
		s.Service.Settings.OpenRequests = 1
		later := func(r *access.Request) { r.StartAt = time.Now().Add(time.Hour) }
		for range 2 {
			s.Want(s.As("ana").Asks("deploy", 10*time.Minute), "active")
		}
		id := s.As("ana").Asks("deploy", 10*time.Minute, later)
		_, err := s.As("ana").Tries("deploy", 10*time.Minute)
		s.WantKind(err, fault.Conflict)
		_, err = s.As("ana").Tries("admin", 10*time.Minute)
		s.WantKind(err, fault.Denied)
		s.WantKind(s.As("ana").Withdraws(id), "")
		s.As("ana").Asks("admin", 10*time.Minute)
	})
}

func TestOpenRequestsAreCountedExactlyWhenTheyComeAtOnce(t *testing.T) {
	tell(t, func(s *story) {
		s.Service.Settings.OpenRequests = 5
		const rivals = 40
		done := make(chan error, rivals)
		for n := range rivals {
			go func() {
				c := s.As("agent").Caller
				c.Name = fmt.Sprintf("run-%d", n)
				_, _, err := s.Service.Submit(s.Context(), c, access.Request{
					Entitlement: "agent", Principal: accesstest.Agent, Session: c.Name, Task: task.Task{Kind: "workflow", ID: "wf-1"},
					Reason: "all at once", Duration: time.Hour, StartAt: time.Now().Add(24 * time.Hour),
				})
				done <- err
			}()
		}
		stored := 0
		for range rivals {
			switch err := <-done; fault.KindOf(err) {
			case "":
				stored++
			case fault.Denied, fault.Transient:
			default:
				t.Error(err)
			}
		}
		if stored != 5 {
			t.Errorf("%d requests are open, want 5", stored)
		}
	})
}

// callTimes is how long a sweep's calls take: the model of TestWaitingRequestsDelayNoEnd and BenchmarkStarvedSweep. 100
// StartExecution calls per second are below any Region's quota.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
type callTimes struct{ store, list, start, invoke, look, read, page time.Duration }

func usualPace() callTimes {
	const ms = time.Millisecond
	return callTimes{store: 10 * ms, list: 10 * ms, start: 10 * ms, invoke: 20 * ms, look: 60 * ms, read: 20 * ms, page: time.Second}
}

// pacedPorts is the ports of a sweep with slow calls. It records when each elevation and principal was read.
type pacedPorts struct {
	callTimes

	mu     sync.Mutex
	begun  time.Time                // begin of the newest pass
	looked map[string]time.Time     // by partition or ARN: the last read
	after  map[string]time.Duration // the longest time from the begin of a pass to its first read
}

func (p *pacedPorts) note(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.looked[what].Before(p.begun) {
		p.after[what] = max(p.after[what], time.Since(p.begun))
	}
	p.looked[what] = time.Now()
}

// begin begins a pass. What the previous pass did not read has waited since its last read.
func (p *pacedPorts) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for what, last := range p.looked {
		if last.Before(p.begun) {
			p.after[what] = max(p.after[what], time.Since(last))
		}
	}
	p.begun = time.Now()
}

type pacedStore struct {
	record.Store
	*pacedPorts
}

func (s pacedStore) Read(ctx context.Context, keys ...record.Key) (record.Rows, error) {
	time.Sleep(s.callTimes.store)
	for _, k := range keys {
		if k.Sort == "elevation" {
			s.note(k.Partition)
		}
	}
	return s.Store.Read(ctx, keys...)
}

func (s pacedStore) Partition(ctx context.Context, table record.Table, partition, prefix string) ([]record.Row, error) {
	time.Sleep(s.callTimes.store)
	s.note(partition)
	return s.Store.Partition(ctx, table, partition, prefix)
}

func (s pacedStore) Write(ctx context.Context, changes ...record.Change) error {
	time.Sleep(s.callTimes.store)
	return s.Store.Write(ctx, changes...)
}

func (s pacedStore) List(ctx context.Context, q record.Query) (record.Page, error) {
	time.Sleep(s.callTimes.list)
	return s.Store.List(ctx, q)
}

type pacedCloud struct {
	access.Cloud
	*pacedPorts
}

func (c pacedCloud) Look(ctx context.Context, arn string) (access.Sight, error) {
	time.Sleep(c.callTimes.look)
	c.note(arn)
	return c.Cloud.Look(ctx, arn)
}

func (c pacedCloud) Read(ctx context.Context, p access.Principal, grant string) ([]string, error) {
	time.Sleep(c.callTimes.read)
	return c.Cloud.Read(ctx, p, grant)
}

func (c pacedCloud) Survey(ctx context.Context, account, after string) (access.Survey, error) {
	time.Sleep(c.callTimes.page)
	return c.Cloud.Survey(ctx, account, after)
}

type pacedWorkflow struct {
	access.Workflow
	*pacedPorts
}

func (w pacedWorkflow) Start(ctx context.Context, id, input string) error {
	time.Sleep(w.callTimes.start)
	return nil // waiting requests have no execution in this model: it would only cost memory
}

func (w pacedWorkflow) Revoke(ctx context.Context, o access.Order) error {
	time.Sleep(w.callTimes.invoke)
	return w.Workflow.Revoke(ctx, o)
}

// worldWithRoles is the example world with this many roles for engineers.
func worldWithRoles(tb testing.TB, roles int) *inprocess.IAM {
	tb.Helper()
	var world map[string]any
	if err := json.Unmarshal(inprocess.ExampleWorld(), &world); err != nil {
		tb.Fatal(err)
	}
	all := world["RoleDetailList"].([]any)
	i := slices.IndexFunc(all, func(r any) bool { return r.(map[string]any)["Arn"] == accesstest.Engineer })
	for n := range roles {
		role := maps.Clone(all[i].(map[string]any))
		role["RoleName"] = fmt.Sprintf("engineer-%d", n)
		role["Arn"] = engineer(n)
		role["RoleId"] = fmt.Sprintf("AROAEXAMPLE1%09d", n)
		all = append(all, role)
	}
	world["RoleDetailList"] = all
	b, err := json.Marshal(world)
	if err != nil {
		tb.Fatal(err)
	}
	iam, err := inprocess.LoadWorld(bytes.NewReader(b), "crowded.json")
	if err != nil {
		tb.Fatal(err)
	}
	return iam
}

func engineer(n int) string { return fmt.Sprintf("arn:aws:iam::111122223333:role/engineer-%d", n) }

// starvation is what happened to active elevations next to waiting requests.
type starvation struct {
	passes     int
	record     time.Duration // longest time from the begin of a pass to its last record read
	iam        time.Duration // … and to its last IAM read
	overstayed time.Duration // from the suspension of a holder until their access was gone
}

// runStarvedSweep runs the sweep for some minutes over waiting requests and active elevations: a pass each minute, at
// most two at once, as reconcile is deployed. Time is virtual.
func runStarvedSweep(t *testing.T, waiting, active, minutes int) starvation {
	t.Helper()
	settings := access.DefaultSettings()
	settings.Boundaries, settings.Operators = []string{accesstest.Boundary}, []string{"group:security"}
	iam := worldWithRoles(t, active)
	sys, err := inprocess.NewSystem(inprocess.SystemSettings{
		Access: settings, IAM: iam, Decider: accesstest.NewCatalog(), Log: slog.New(slog.DiscardHandler), Now: time.Now,
		NewID: func() string { return strings.ToLower(ulid.Make().String()) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer sys.Close()
	caller := func(n int) identity.Caller {
		name := fmt.Sprintf("eng-%d", n)
		return identity.Caller{ID: identity.PersonID("https://id.example.com", name), Kind: identity.Person, Name: name, Groups: []string{"engineers"}}
	}
	ids := map[string]string{} // active ones: id to principal
	for n := range active {
		r := asks("long", 24*time.Hour)
		r.Principal = engineer(n)
		_, e, err := sys.Service.Submit(t.Context(), caller(n), r)
		if err != nil {
			t.Fatal(err)
		}
		ids[e.ID] = r.Principal
	}
	time.Sleep(time.Minute)
	asking := *sys.Service
	asking.Workflow = idleWorkflow{Workflow: sys.Workflow}
	for n := range waiting { // by as few callers as the cap allows
		c := identity.Caller{ID: identity.MachineID(fmt.Sprintf("AROACROWD%011d", n/settings.OpenRequests)), Kind: identity.Machine,
			ARN: fmt.Sprintf("arn:aws:iam::111122223333:role/crowd-%d", n/settings.OpenRequests), Name: fmt.Sprintf("run-%d", n), Groups: []string{"agents"}}
		r := asks("agent", time.Hour)
		r.Principal, r.Session, r.Task, r.StartAt = accesstest.Agent, c.Name, task.Task{Kind: "workflow", ID: "wf-1"}, time.Now().Add(29*24*time.Hour)
		if _, _, err := asking.Submit(t.Context(), c, r); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(time.Minute)
	return sweepFor(t, sys, ids, minutes)
}

// sweepFor runs the passes, and suspends the holder of the last elevation midway.
func sweepFor(t *testing.T, sys *inprocess.System, ids map[string]string, minutes int) (out starvation) {
	t.Helper()
	p := &pacedPorts{callTimes: usualPace(), looked: map[string]time.Time{}, after: map[string]time.Duration{}}
	sweeping := *sys.Service
	sweeping.Store, sweeping.Cloud, sweeping.Workflow = pacedStore{Store: sys.Service.Store, pacedPorts: p}, pacedCloud{Cloud: sys.Service.Cloud, pacedPorts: p}, pacedWorkflow{Workflow: sys.Service.Workflow, pacedPorts: p}
	for id, arn := range ids {
		p.note("elevation#" + id)
		p.note(arn)
	}
	running := make(chan struct{}, 2)
	var passes sync.WaitGroup
	dee := identity.Caller{ID: identity.PersonID("https://id.example.com", "dee"), Kind: identity.Person, Name: "dee", Groups: []string{"security"}}
	holder := len(ids) - 1
	can := func() bool {
		return sys.Cloud.IAM.Allowed(inprocess.DataCall{Principal: engineer(holder), SessionName: fmt.Sprintf("eng-%d", holder), Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k"}).Outcome == iampolicy.Allowed
	}
	suspend := func() time.Time {
		if !can() {
			t.Error("the holder had no access before they were suspended")
		}
		sc := suspension.Scope{Requester: identity.PersonID("https://id.example.com", fmt.Sprintf("eng-%d", holder))}
		if _, err := sys.Service.Suspensions().Suspend(t.Context(), dee, sc, "stolen", suspension.Meant{}); err != nil {
			t.Fatal(err)
		}
		return time.Now()
	}
	var suspendedAt time.Time
	for minute := range minutes {
		p.begin()
		select {
		case running <- struct{}{}:
			out.passes++
			passes.Go(func() {
				ctx, done := context.WithTimeout(t.Context(), 5*time.Minute)
				defer done()
				_, _ = sweep.New(&sweeping).Reconcile(ctx) // may report what it had no time for
				<-running
			})
		default: // two passes run: Lambda throttles a third
		}
		for second := range 60 {
			time.Sleep(time.Second)
			if minute == minutes/2 && second == 10 { // this pass has read them already
				suspendedAt = suspend()
			}
			if !suspendedAt.IsZero() && out.overstayed == 0 && !can() {
				out.overstayed = time.Since(suspendedAt)
			}
		}
	}
	passes.Wait()
	if out.overstayed == 0 {
		out.overstayed = time.Since(suspendedAt)
		t.Errorf("the holder who was suspended still had access after %s", out.overstayed)
	}
	p.begin()
	for id, arn := range ids {
		if arn != engineer(holder) {
			out.record, out.iam = max(out.record, p.after["elevation#"+id]), max(out.iam, p.after[arn])
		}
	}
	return out
}

func TestWaitingRequestsDelayNoEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		waiting := 6000
		if testing.Short() {
			waiting = 600
		}
		got := runStarvedSweep(t, waiting, 100, 20)
		t.Logf("%+v", got)
		if got.record > time.Minute || got.iam > time.Minute || got.overstayed > time.Minute {
			t.Errorf("%+v: want each active elevation looked at within a minute of a pass", got)
		}
	})
}

// BenchmarkStarvedSweep prints how the sweep reads 200 active elevations next to 100,000 waiting requests: the longest
// virtual seconds from the begin of a pass to its last record and IAM read, and how long a holder kept access who was
// suspended just after a read.
//
//	go test ./shared/accesstest -run '^$' -bench StarvedSweep -benchtime 1x
func BenchmarkStarvedSweep(b *testing.B) {
	for b.Loop() {
		var got starvation
		ok := testing.RunTests(func(_, _ string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "bubble", F: func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { got = runStarvedSweep(t, 100_000, 200, 30) })
		}}})
		if !ok {
			b.Fatal("the bubble failed")
		}
		b.ReportMetric(float64(got.passes), "passes")
		b.ReportMetric(got.record.Seconds(), "s-to-last-record")
		b.ReportMetric(got.iam.Seconds(), "s-to-last-in-IAM")
		b.ReportMetric(got.overstayed.Seconds(), "s-suspended-with-access")
	}
}
