package eventbus_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// What an installation reserves for grant and revoke unless it says otherwise, and how long a call of them takes.
const (
	forGrant, forRevoke = 20, 100
	callDuration        = 300 * time.Millisecond
)

// runSpread has n things happen evenly over a span, each on its own, and waits for all.
func runSpread(n int, over time.Duration, do func(n int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			time.Sleep(over * time.Duration(i) / time.Duration(n))
			do(i)
		})
	}
	all.Wait()
}

// deliver an event as SQS does: again after a retryable error, and once more as a duplicate.
func (f *floor) deliver(tb testing.TB, raw []byte) {
	for left := 2; left > 0; {
		if _, err := f.reader.Take(tb.Context(), raw); err == nil {
			left--
		} else if fault.KindOf(err) != fault.Transient {
			tb.Errorf("%v, want what may succeed when tried again", err)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// storm is what came of jobs that all start within a second, and a minute later all end within one.
type storm struct {
	puts, throttled, peak int
	granted, removed      time.Duration // the last of them, after the last event
}

func (f *floor) runStorm(tb testing.TB, jobs, roles int, grant *limit) storm {
	runSpread(jobs, time.Second, func(n int) { f.deliver(tb, job(tb, running, n, n%roles, time.Now())) })
	started := time.Now()
	time.Sleep(time.Minute)
	f.wantServing(tb, jobs, roles)
	s := storm{puts: f.iam.Calls()["iam:PutRolePolicy"], throttled: grant.throttled, peak: grant.peak}
	runSpread(jobs, time.Second, func(n int) { f.deliver(tb, job(tb, completed, n, n%roles, time.Now())) })
	ended := time.Now()
	time.Sleep(3 * time.Minute)
	f.wantOver(tb, roles)
	f.watch.mu.Lock()
	defer f.watch.mu.Unlock()
	for arn := range f.watch.put {
		s.granted = max(s.granted, f.watch.put[arn].Sub(started))
		s.removed = max(s.removed, f.watch.gone[arn].Sub(ended))
	}
	return s
}

// wantServing checks that there is one active elevation on each role, and that together they serve each job once.
func (f *floor) wantServing(tb testing.TB, jobs, roles int) {
	tb.Helper()
	es, _, err := access.Lives(f.Store.All(record.AccessTable))
	if err != nil {
		tb.Fatal(err)
	}
	serves := map[string]int{}
	for _, e := range es {
		if e.State != access.Active {
			tb.Errorf("%s on %s is %s", e.ID, e.Principal.ARN, e.State)
		}
		for _, task := range e.Tasks {
			serves[task]++
		}
	}
	for task, n := range serves {
		if n != 1 {
			tb.Errorf("%s is served by %d elevations, want one", task, n)
		}
	}
	if len(es) != roles || len(serves) != jobs || len(f.Cloud.Grants()) != roles {
		tb.Errorf("%d elevations serve %d jobs by %d grants, want %d, %d and as many", len(es), len(serves), len(f.Cloud.Grants()), roles, jobs)
	}
}

func (f *floor) wantOver(tb testing.TB, lives int) {
	tb.Helper()
	es, _, err := access.Lives(f.Store.All(record.AccessTable))
	if err != nil {
		tb.Fatal(err)
	}
	for _, e := range es {
		if e.State != access.Ended || e.Cause != access.Completed {
			tb.Errorf("%s on %s is %s %s", e.ID, e.Principal.ARN, e.State, e.Cause)
		}
	}
	if len(es) != lives || len(f.Cloud.Grants()) != 0 {
		tb.Errorf("%d elevations and %d grants left, want %d and none", len(es), len(f.Cloud.Grants()), lives)
	}
}

// runThousandJobs is a storm of 1,000 jobs on 50 roles, under the concurrency that is reserved.
func runThousandJobs(t *testing.T) storm {
	f := newFloor(t, 50)
	defer f.Close()
	grant := &limit{most: forGrant, duration: callDuration}
	f.limitFunctions(t, grant, &limit{most: forRevoke, duration: callDuration})
	return f.runStorm(t, 1000, 50, grant)
}

func TestThousandJobsInOneSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := runThousandJobs(t)
		t.Logf("%+v", s)
		if s.puts != 50 {
			t.Errorf("%d policies were put, want one on each of 50 roles", s.puts)
		}
		if s.peak > forGrant || s.granted > 15*time.Second || s.removed > 10*time.Second {
			t.Errorf("%+v: want all granted within 15 s under the limit, and removed within 10 s", s)
		}
	})
}

// Of 7,000 jobs on one role 100 shared a grant, the next 100 had another, and when the role had no room left the rest had none.
func TestThousandsOfJobsOnOneRoleShareOneGrant(t *testing.T) {
	if testing.Short() {
		t.Skip("1,200 jobs: not with -short")
	}
	synctest.Test(t, func(t *testing.T) {
		const jobs = 1200
		f := newFloor(t, 1)
		defer f.Close()
		f.limitFunctions(t, &limit{most: forGrant, duration: callDuration}, &limit{most: forRevoke, duration: callDuration})
		tell := func(example string, n int) {
			if _, err := f.reader.Take(t.Context(), job(t, example, n, 0, time.Now())); err != nil {
				t.Fatalf("job %d: %v", n, err)
			}
		}
		for n := range jobs {
			tell(running, n)
		}
		time.Sleep(time.Minute)
		f.wantServing(t, jobs, 1)
		for n := range jobs - 1 {
			tell(completed, n)
		}
		time.Sleep(time.Minute)
		f.wantServing(t, 1, 1)
		tell(completed, jobs-1)
		time.Sleep(3 * time.Minute)
		f.wantOver(t, 1)
	})
}

// pile is grants that wait for concurrency, and ends that are given meanwhile.
type pile struct{ granted, removed time.Duration }

// runPile ends 50 elevations at the moment at which 80 others are to be granted, and says when the last of each was.
func runPile(t *testing.T) (p pile) {
	f := newFloor(t, 130)
	defer f.Close()
	f.limitFunctions(t, &limit{most: forGrant, duration: callDuration}, &limit{most: forRevoke, duration: callDuration})
	runSpread(50, time.Second, func(n int) { f.deliver(t, job(t, running, n, n, time.Now())) })
	time.Sleep(time.Minute)
	now := time.Now()
	runSpread(130, 0, func(n int) {
		example := running
		if n < 50 {
			example = completed
		}
		f.deliver(t, job(t, example, n, n, now))
	})
	time.Sleep(time.Minute)
	f.watch.mu.Lock()
	defer f.watch.mu.Unlock()
	if len(f.watch.put) != 130 || len(f.watch.gone) != 50 {
		t.Errorf("%d granted, %d gone; want 130 and 50", len(f.watch.put), len(f.watch.gone))
	}
	for arn := range f.watch.put {
		p.granted = max(p.granted, f.watch.put[arn].Sub(now))
		if gone, ok := f.watch.gone[arn]; ok {
			p.removed = max(p.removed, gone.Sub(now))
		}
	}
	return p
}

func TestRevocationsNeverQueueBehindGrants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := runPile(t)
		t.Logf("%+v", p)
		if p.removed > 2*callDuration {
			t.Errorf("the last end took %s, want no more than a call or two of revoke", p.removed)
		}
		if p.granted < 4*p.removed {
			t.Errorf("the last grant took %s: nothing was piled up", p.granted)
		}
	})
}

// One grant at a time, and all try again at the same moments: the last is throttled for more than a minute.
func TestGrantThatWaitsLongInThePileIsMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const jobs = 40
		f := newFloor(t, jobs)
		defer f.Close()
		f.limitFunctions(t, &limit{most: 1, duration: callDuration}, &limit{most: forRevoke, duration: callDuration})
		runSpread(jobs, 0, func(n int) { f.deliver(t, job(t, running, n, n, time.Now())) })
		time.Sleep(2 * time.Minute)
		f.wantServing(t, jobs, jobs)
	})
}
