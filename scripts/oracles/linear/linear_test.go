package linear

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/oklog/ulid/v2"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/task"
)

// Concurrent callers on one elevation: their answers must fit some sequential order. The callers are goroutines in real
// time. Store calls take random moments, and some answers are lost.
func TestConcurrentVerbsAreLinearizable(t *testing.T) {
	for name, faulty := range map[string]bool{"without faults": false, "answers lost": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			met, verbs := map[verb]int{}, []verb{approve, deny, withdraw, end, get, beginGrant, finishGrant}
			lacks := func(v verb) bool { return met[v] == 0 }
			// Under the race detector a grant, which reads most, seldom comes before an end.
			for seed := uint64(0); seed < 50 || seed < 1000 && slices.ContainsFunc(verbs, lacks); seed++ {
				history := concurrently(t, seed, faulty, func(s record.Store) record.Store { return s })
				if !porcupine.CheckOperations(model(), history) {
					t.Fatalf("seed %d is not linearizable:\n%s", seed, told(history))
				}
				for _, o := range history {
					if o.Output.(answered).kind == "" {
						met[o.Input.(asked).verb]++
					}
				}
			}
			for _, v := range verbs {
				if lacks(v) {
					t.Errorf("%s never succeeded: these histories show nothing of it", v)
				}
			}
		})
	}
}

// Broken stores are found, so the test above can fail.
func TestBrokenStoreIsNotLinearizable(t *testing.T) {
	broken := map[string]func(record.Store) record.Store{
		"swaps without a condition": func(s record.Store) record.Store { return unconditional{Store: s} },
		"reads of a moment ago":     func(s record.Store) record.Store { return &stale{Store: s} },
	}
	for name, breaks := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(200) {
				if !porcupine.CheckOperations(model(), concurrently(t, seed, false, breaks)) {
					return
				}
			}
			t.Error("200 histories of it are linearizable")
		})
	}
}

// unconditional is a store without conditions. Evidence is left out: it would conflict with itself.
type unconditional struct{ record.Store }

func (s unconditional) Write(ctx context.Context, changes ...record.Change) error {
	changes = slices.DeleteFunc(slices.Clone(changes), func(c record.Change) bool { return c.Row.Key.Table == record.AuditTable })
	for i := range changes {
		changes[i].If = record.Always
	}
	return s.Store.Write(ctx, changes...)
}

// stale is a store whose every second read of a partition returns the previous one.
type stale struct {
	record.Store

	mu    sync.Mutex // guards the fields below
	reads int
	was   map[string][]record.Row
}

func (s *stale) Partition(ctx context.Context, table record.Table, partition, prefix string) ([]record.Row, error) {
	rows, err := s.Store.Partition(ctx, table, partition, prefix)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.was == nil {
		s.was = map[string][]record.Row{}
	}
	was, known := s.was[partition+prefix]
	s.was[partition+prefix] = rows
	if s.reads++; s.reads%2 == 0 && known {
		return was, err
	}
	return rows, err
}

// clerk records operations, answers and times.
type clerk struct {
	clock   atomic.Int64
	mu      sync.Mutex // guards history
	history []porcupine.Operation
}

// note calls f and records these concurrent verbs. A call whose answer was lost may have taken effect, but not later.
func (c *clerk) note(client int, f func() answered, verbs ...asked) {
	began := c.clock.Add(1)
	out := f()
	ended := c.clock.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range verbs {
		c.history = append(c.history, porcupine.Operation{ClientId: client, Input: v, Call: began, Output: out, Return: ended})
	}
}

// told returns a history as text, in the order of the calls.
func told(history []porcupine.Operation) string {
	slices.SortFunc(history, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	var b strings.Builder
	for _, o := range history {
		fmt.Fprintf(&b, "%d to %d\t%s\n", o.Call, o.Return, model().DescribeOperation(o.Input, o.Output))
	}
	return b.String()
}

// concurrently runs six callers, two of them the same person. Each makes a few random calls on one elevation.
func concurrently(t *testing.T, seed uint64, faulty bool, breaks func(record.Store) record.Store) []porcupine.Operation {
	t.Helper()
	o := newOffice(t, breaks)
	id := o.requested(t)
	o.faults.Set(disturbed(seed, faulty))
	var c clerk
	var callers sync.WaitGroup
	for client, who := range []string{"ben", "ben", "eva", "cem", "ana", "workflow"} {
		callers.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(client)))
			for range 5 {
				o.act(&c, client, who, id, random)
			}
		})
	}
	callers.Wait()
	return c.history
}

// disturbed delays store calls by up to a third of a millisecond, and loses some answers.
func disturbed(seed uint64, faulty bool) accesstest.Interposer {
	random := rand.New(rand.NewPCG(seed, 99))
	return func(string, int) accesstest.Fault {
		switch n := random.IntN(100); {
		case faulty && n < 3:
			return accesstest.Fault{Failure: accesstest.ErrorAfter}
		case faulty && n < 5:
			return accesstest.Fault{Failure: accesstest.ErrorBefore}
		case n < 60:
			return accesstest.Fault{Failure: accesstest.Delayed, By: time.Duration(random.IntN(300)) * time.Microsecond}
		}
		return accesstest.Fault{}
	}
}

// office is a service in real time without a state machine: the test is the workflow.
type office struct {
	*access.Service
	faults *accesstest.Faults
	digest string
}

func newOffice(t *testing.T, breaks func(record.Store) record.Store) *office {
	t.Helper()
	iam, err := inprocess.LoadWorld(bytes.NewReader(inprocess.ExampleWorld()), "example-world.json")
	if err != nil {
		t.Fatal(err)
	}
	store := inprocess.NewStore(inprocess.StoreSettings{Manual: true})
	t.Cleanup(store.Close)
	if err := inprocess.Register(store, time.Now(), inprocess.AccountsOf(iam)...); err != nil {
		t.Fatal(err)
	}
	settings := access.DefaultSettings()
	settings.Boundaries, settings.Operators = []string{accesstest.Boundary}, []string{"group:security"}
	o := &office{faults: &accesstest.Faults{}}
	o.Service = &access.Service{
		Base: record.Base{
			Store: &accesstest.FaultyStore{Store: breaks(store), Faults: o.faults},
			Log:   slog.New(slog.DiscardHandler), Now: time.Now, NewID: func() string { return strings.ToLower(ulid.Make().String()) },
		},
		Cloud:    &inprocess.Cloud{IAM: iam, Name: settings.Name, Boundaries: settings.Boundaries},
		Notifier: &inprocess.Notifier{}, Decider: accesstest.NewCatalog(), Settings: settings,
	}
	sure := *o.Service
	sure.Store = breaks(store)
	sure.Workflow = nobody{}
	o.Workflow = revokesAtOnce{by: &sure}
	return o
}

// revokesAtOnce is a workflow that only runs Revoke, synchronously. No task waits.
type revokesAtOnce struct {
	nobody
	by *access.Service
}

// Revoke is [access.Workflow.Revoke]. In a short test it returns NotYet: the end is not proven before attach_by.
func (w revokesAtOnce) Revoke(ctx context.Context, o access.Order) error {
	if _, err := w.by.Revoke(ctx, o); fault.KindOf(err) != fault.NotYet {
		return err
	}
	return nil
}

// A workflow that does nothing.
type nobody struct{ access.Workflow }

func (nobody) Start(context.Context, string, string) error { return nil }
func (nobody) Revoke(context.Context, access.Order) error  { return nil }
func (nobody) Postpone(context.Context, access.Late) error { return nil }

// people returns the callers, with one bit for each who may decide.
func people(name string) (identity.Caller, uint8) {
	bit := map[string]uint8{"ben": 1, "eva": 2, "cem": 4}[name]
	groups := map[string][]string{"ana": {"engineers"}, "ben": {"leads", "platform"}, "eva": {"leads"}, "cem": {"leads"}}[name]
	return identity.Caller{ID: identity.PersonID("https://id.example.com", name), Kind: identity.Person, Name: name, Groups: groups, MFA: true}, bit
}

// requested returns an elevation that waits for two approvals.
func (o *office) requested(t *testing.T) string {
	t.Helper()
	ana, _ := people("ana")
	terms, e, err := o.Submit(t.Context(), ana, access.Request{
		Entitlement: "admin-two", Principal: accesstest.Engineer, Task: task.Task{Kind: "change", ID: "CHG-1"},
		Reason: "the deployment is broken", Duration: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	o.digest = terms.Digest()
	return e.ID
}

// act makes one random call that this caller may make.
func (o *office) act(c *clerk, client int, name, id string, random *rand.Rand) {
	ctx := context.Background()
	who, bit := people(name)
	decides := func(v verb) {
		c.note(client, func() answered {
			l, err := o.Decide(ctx, who, id, o.digest, v == approve, "as they see it")
			return answer(l.Elevation.State, err)
		}, asked{verb: v, who: bit})
	}
	gets := func() {
		c.note(client, func() answered {
			v, err := o.Show(ctx, who, id)
			return answer(v.Elevation.State, err)
		}, asked{verb: get, who: 0})
	}
	n := random.IntN(20)
	switch {
	case name == "workflow" && n == 0:
		c.note(client, func() answered { return answer("", o.Wait(ctx, access.WaitIn{Verb: "lapse", ID: id})) }, asked{verb: lapse, who: 0})
	case name == "workflow":
		o.grants(ctx, c, client, id)
	case n < 5:
		gets()
	case name != "ana" && n == 5:
		decides(deny)
	case name != "ana" || n < 8:
		decides(approve)
	case n < 10:
		c.note(client, func() answered {
			l, err := o.Withdraw(ctx, who, id)
			return answer(l.Elevation.State, err)
		}, asked{verb: withdraw, who: 0})
	default:
		c.note(client, func() answered {
			l, err := o.End(ctx, who, id)
			return answer(l.Elevation.State, err)
		}, asked{verb: end, who: 0})
	}
}

// grants calls Grant as the only execution does. A failed call may have stored any part.
func (o *office) grants(ctx context.Context, c *clerk, client int, id string) {
	c.note(client, func() answered {
		_, err := o.Grant(ctx, access.GrantIn{ID: id, Execution: "arn:of:the-execution"})
		if err != nil {
			return answered{kind: fault.Transient}
		}
		return answered{}
	}, asked{verb: beginGrant, who: 0}, asked{verb: finishGrant, who: 0})
}

func answer(state access.State, err error) answered {
	if err != nil {
		return answered{kind: fault.KindOf(err)}
	}
	return answered{state: state}
}
