package accesstest_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oklog/ulid/v2"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/task"
)

// bench is a system without checker and log, to measure only the product.
func bench(tb testing.TB) (*inprocess.System, func(n int) identity.Caller) {
	tb.Helper()
	iam, err := inprocess.LoadWorld(strings.NewReader(string(inprocess.ExampleWorld())), "example-world.json")
	if err != nil {
		tb.Fatal(err)
	}
	settings := access.DefaultSettings()
	settings.Boundaries = []string{accesstest.Boundary}
	sys, err := inprocess.NewSystem(inprocess.SystemSettings{
		Access: settings, IAM: iam, Decider: accesstest.NewCatalog(), Log: slog.New(slog.DiscardHandler), Now: time.Now,
		NewID: func() string { return strings.ToLower(ulid.Make().String()) },
	})
	if err != nil {
		tb.Fatal(err)
	}
	return sys, func(n int) identity.Caller {
		name := fmt.Sprintf("eng-%d", n)
		return identity.Caller{ID: identity.PersonID("https://id.example.com", name), Kind: identity.Person, Name: name, Groups: []string{"engineers"}}
	}
}

func asks(entitlement string, d time.Duration) access.Request {
	return access.Request{
		Entitlement: entitlement, Principal: accesstest.Engineer, Task: task.Task{Kind: "change", ID: "CHG-1"},
		Reason: "measured", Duration: d,
	}
}

// idleWorkflow is a workflow that starts nothing: executions are other functions' time.
type idleWorkflow struct{ access.Workflow }

func (idleWorkflow) Start(context.Context, string, string) error { return nil }

// BenchmarkSubmit is one request that waits for approval, without network, with its outbox row.
func BenchmarkSubmit(b *testing.B) {
	sys, caller := bench(b)
	defer sys.Close()
	sys.Service.Workflow = idleWorkflow{Workflow: sys.Workflow}
	b.ReportAllocs()
	n, began := 0, cpu(b)
	for b.Loop() {
		n++
		if _, _, err := sys.Service.Submit(b.Context(), caller(n), asks("admin", time.Hour)); err != nil {
			b.Fatal(err)
		}
	}
	perCPU(b, began)
}

// BenchmarkDecide is one denial, without network: it settles its request and grants nothing. The requests exist before.
func BenchmarkDecide(b *testing.B) {
	sys, caller := bench(b)
	defer sys.Close()
	ben := identity.Caller{ID: identity.PersonID("https://id.example.com", "ben"), Kind: identity.Person, Name: "ben", Groups: []string{"leads"}}
	type open struct{ id, digest string }
	var all []open
	for n := range 5000 {
		t, e, err := sys.Service.Submit(b.Context(), caller(n), asks("admin", time.Hour))
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, open{id: e.ID, digest: t.Digest()})
	}
	b.ReportAllocs()
	b.ResetTimer()
	began := cpu(b)
	for n := range b.N {
		// Then repeat decisions: the same work without the write.
		one := all[n%len(all)]
		if _, err := sys.Service.Decide(b.Context(), ben, one.id, one.digest, false, ""); err != nil {
			b.Fatal(err)
		}
	}
	perCPU(b, began)
}

// BenchmarkWholeElevations runs elevations from request to proven end, on the shipped state machine under virtual time:
// use -cpu 1. Requests come in waves, so that concurrent grants fit on one role.
func BenchmarkWholeElevations(b *testing.B) {
	const wave = 10
	lives := 0
	began := cpu(b)
	for b.Loop() {
		lives += 20 * wave
		waves(b, 20, wave)
	}
	b.ReportMetric(float64(lives)/(cpu(b)-began).Seconds(), "elevations/cpu-s")
}

func waves(b *testing.B, waves, wave int) {
	// A synctest bubble needs a test: the benchmark runs its own.
	ok := testing.RunTests(func(_, _ string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "bubble", F: func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			sys, caller := bench(t)
			defer sys.Close()
			for range waves {
				for i := range wave {
					if _, _, err := sys.Service.Submit(t.Context(), caller(i), asks("deploy", 10*time.Minute)); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(11 * time.Minute)
			}
			synctest.Wait()
			es, _, err := access.Lives(sys.Store.All(record.AccessTable))
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range es {
				if e.State != access.Ended {
					t.Fatalf("%s is %s", e.ID, e.State)
				}
			}
		})
	}}})
	if !ok {
		b.Fatal("the bubble failed")
	}
}

// BenchmarkOpenElevations is the memory of 10,000 open requests with their executions.
func BenchmarkOpenElevations(b *testing.B) {
	const open = 10_000
	for b.Loop() {
		before := heap()
		sys, caller := bench(b)
		for n := range open {
			if _, _, err := sys.Service.Submit(b.Context(), caller(n), asks("admin", time.Hour)); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(heap()-before)/(1<<20), "MB/10k-open")
		sys.Close()
	}
}

// cpu returns the processor time of this process. Wall-clock time would include other users of the machine.
func cpu(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// perCPU reports the processor time per iteration.
func perCPU(b *testing.B, began time.Duration) {
	b.ReportMetric(float64((cpu(b)-began).Microseconds())/float64(b.N), "cpu-µs/op")
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
