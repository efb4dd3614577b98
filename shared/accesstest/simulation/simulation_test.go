package simulation

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
)

func wantNothingWrong(t *testing.T, r *Report, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Wrongs) == 0 {
		return
	}
	var text strings.Builder
	if err := r.Print(&text); err != nil {
		t.Error(err)
	}
	t.Errorf("%d things are wrong\n%s", len(r.Wrongs), &text)
}

// few is a tenth of n under -short: for the race detector, which finds as much in few worlds.
func few(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}

// A small run of the command simulate.
func TestRandomLives(t *testing.T) {
	r, err := Random(Settings{Seed: 1, Elevations: few(600), Faults: 0.25, Workers: 2})
	wantNothingWrong(t, r, err)
	if r.Faulted*10 < r.Lives {
		t.Errorf("%d of %d elevations were hit by a fault, want one in ten at least", r.Faulted, r.Lives)
	}
}

func TestLivesWithoutFaults(t *testing.T) {
	r, err := Random(Settings{Seed: 7, Elevations: few(300), Workers: 2})
	wantNothingWrong(t, r, err)
	if r.CutByFault > 0 || r.Faulted > 0 {
		t.Errorf("%d were cut by a fault, %d were hit, want none", r.CutByFault, r.Faulted)
	}
	if p99, most := r.Quantile(0.99), r.Quantile(1); p99 > 10*time.Second || most > quietBound {
		t.Errorf("overstay p99 %s, max %s, want at most 10s and %s", p99, most, quietBound)
	}
}

// A sample of the pairs of faults; the command tries all.
func TestPairsOfFaults(t *testing.T) {
	r, err := Pairs(Settings{Seed: 1, Pairs: few(60), Workers: 2})
	wantNothingWrong(t, r, err)
}

func TestEverySingleFaultOfOneLife(t *testing.T) {
	b := bases()[0]
	happy, err := b.playWithoutFaults()
	if err != nil {
		t.Fatal(err)
	}
	calls := happy.calls
	var jobs []job
	for i, f := range singles(calls) {
		if testing.Short() && i%10 != 0 {
			continue
		}
		if f.Call.Function == fnGrant || f.Call.Function == fnRevoke {
			jobs = append(jobs, job{b, Schedule{f}})
		}
	}
	if len(jobs) < few(100) {
		t.Fatalf("only %d faults were found in %v", len(jobs), calls)
	}
	r, err := Settings{Workers: 2}.run(jobs)
	wantNothingWrong(t, r, err)
}

// A schedule is reproducible, and so is a failure. Known: under seed 11 one overstay differs by 100 ms in some runs; the cause is not found.
func TestSameSeedSameWorld(t *testing.T) {
	tell := func(seed uint64) string {
		r, err := Random(Settings{Seed: seed, Elevations: few(100), Faults: 0.3})
		if err != nil {
			t.Fatal(err)
		}
		r.Took = 0
		var text strings.Builder
		if err := r.Print(&text); err != nil {
			t.Fatal(err)
		}
		return text.String()
	}
	for _, seed := range []uint64{11, 12, 14} { // in 11 and 14 two writers conflict, and wait
		if first, second := tell(seed), tell(seed); first != second {
			t.Errorf("seed %d made two worlds:\n%s\n%s", seed, first, second)
		}
	}
}

// Each oracle finds its kind of damage.
func TestOraclesFind(t *testing.T) {
	const stray = "curfew-01j00000000000000000000009"
	tests := map[string]struct {
		want  Oracle
		lives func(*life)
		harm  func(w *world) error
	}{
		"a policy without a record": {want: OrphanLeft, harm: func(w *world) error {
			return w.iam.PutRolePolicyByHand(accesstest.Engineer, stray, unfenced)
		}},
		"a fence that is gone": {want: AllowedAfter, harm: func(w *world) error {
			return w.iam.PutRolePolicyByHand(accesstest.Engineer, access.GrantName("curfew", w.id(1)), unfenced)
		}},
		"a grant that is not what was approved": {want: Rule, harm: func(w *world) error {
			if err := w.iam.PutRolePolicyByHand(accesstest.Engineer, access.GrantName("curfew", w.id(1)), unfenced); err != nil {
				return err
			}
			w.oracle.touched("", nil)
			return nil
		}},
		"a grant that is gone": {want: CutOff, lives: func(l *life) { l.duration = 6 * time.Minute }, harm: func(w *world) error {
			return w.iam.DeleteRolePolicyByHand(accesstest.Engineer, access.GrantName("curfew", w.id(1)))
		}},
		"an end without an order": {want: CutOff, harm: func(w *world) error {
			_, err := w.services[fnAPI].End(w.alive, person("dee", "security"), w.id(1))
			return err
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := bases()[0]
			if test.lives != nil {
				test.lives(&b.cast.lives[0])
			}
			var found []Wrong
			synctest.Test(t, func(t *testing.T) { found = playDamaged(t, b, test.harm) })
			if !slices.ContainsFunc(found, func(w Wrong) bool { return w.Oracle == test.want }) {
				t.Errorf("found %v, want one of %s", found, test.want)
			}
		})
	}
}

// playDamaged returns the findings in a world that is damaged during the grant and not repaired: no sweep runs.
func playDamaged(t *testing.T, b base, harm func(*world) error) []Wrong {
	w, err := newWorld(baseSeed, nil, b.cast)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	for _, l := range b.cast.lives {
		w.running.Go(func() { player{w}.live(l) })
	}
	time.Sleep(3 * time.Minute)
	if err := harm(w); err != nil {
		t.Fatal(err)
	}
	time.Sleep(10 * time.Minute)
	finalCheck{w.oracle}.verifyAll()
	return w.oracle.wrongs
}

// A policy approved without a fence is in IAM without one, unchanged.
func TestSameTextIsNotEnough(t *testing.T) {
	life := tracked{terms: access.Terms{Policies: []string{unfenced}}}
	if v := life.checkDocuments([]string{unfenced}); len(v) != 1 || v[0].err == nil {
		t.Errorf("verdict = %+v, want that no fence was found", v)
	}
}

func TestShrinkKeepsWhatIsNeeded(t *testing.T) {
	var all Schedule
	for i := 1; i <= 12; i++ {
		all = append(all, Fault{Kind: Delayed, Call: Call{fnGrant, i, "store.Write", 1}})
	}
	needed := Schedule{all[3], all[9]}
	f := Failure{Schedule: all, Wrongs: []Wrong{{Oracle: Rule}}}
	got, err := f.shrink(func(s Schedule) ([]Wrong, error) {
		if slices.Contains(s, needed[0]) && slices.Contains(s, needed[1]) {
			return f.Wrongs, nil
		}
		return nil, nil
	})
	if err != nil || !slices.Equal(got.Schedule, needed) {
		t.Errorf("schedule = %v, %v, want %v", got.Schedule, err, needed)
	}
}

// The control: the plain machine under the same single faults leaves permanent access, and this simulation finds it.
func TestPlainMachineLeavesAccess(t *testing.T) {
	calls, err := plainCalls()
	if err != nil {
		t.Fatal(err)
	}
	c := Comparison{Plain: map[string]*ControlRow{}}
	if err := c.plain(Settings{Workers: 2}, singles(calls)); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []Kind{CrashBefore, CrashAfter, Frozen} {
		if r := c.Plain[string(kind)]; r == nil || r.Orphans == 0 {
			t.Errorf("%s left nothing behind: %+v", kind, r)
		}
	}
}

func TestLatenciesHaveSources(t *testing.T) {
	for i, l := range Latencies() {
		if l.What == "" || l.Source == "" || l.Least > l.Usual || l.Usual > l.Slow || l.Slow > l.Most {
			t.Errorf("row %d is %+v", i, l)
		}
		for n := range 1000 {
			if got := l.draw(dice(3).roll("test", n)); got < l.Least || got > l.Most {
				t.Fatalf("%s: drew %s, want %s to %s", l.What, got, l.Least, l.Most)
			}
		}
	}
}

// A version has the same trace in every run, with any number of workers.
func TestTraceIsTheSameInEveryRun(t *testing.T) {
	var traces []string
	for _, workers := range []int{1, 4} {
		var b strings.Builder
		if err := Trace(Settings{Seed: 5, Faults: 0.3, Workers: workers}, 20, &b); err != nil {
			t.Fatal(err)
		}
		traces = append(traces, b.String())
	}
	if traces[0] != traces[1] {
		t.Errorf("two runs wrote\n%s\nand\n%s", traces[0], traces[1])
	}
	for _, want := range []string{"approved granting active revoking ended | deadline | ", "grant:Attach=1", "elevation.ended"} {
		if !strings.Contains(traces[0], want) {
			t.Errorf("no line has %q", want)
		}
	}
}
