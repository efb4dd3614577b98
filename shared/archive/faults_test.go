package archive_test

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/archive"
	"curfew/shared/evidence/log"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// failure is how one call fails.
type failure int

const (
	fine failure = iota
	notDone
	done       // but its answer is lost
	crashAfter // the process dies
	crash
	failures
)

func (f failure) String() string {
	return []string{"fine", "error, not done", "error, but done", "crash after", "crash before"}[f]
}

// plan fails calls by their number, of one run.
type plan struct {
	mu    sync.Mutex
	calls int
	names []string
	fail  map[int]failure
}

type died struct{ call int }

// do makes a call with its failure.
func (p *plan) do(name string, call func() error) error {
	p.mu.Lock()
	n := p.calls
	p.calls, p.names = n+1, append(p.names, name)
	f := p.fail[n]
	p.mu.Unlock()
	switch f {
	case notDone:
		return fault.Errorf(fault.Transient, "fault at call %d, %s", n, name)
	case crash:
		panic(died{n})
	case done:
		_ = call()
		return fault.Errorf(fault.Transient, "fault after call %d, %s", n, name)
	case crashAfter:
		_ = call()
		panic(died{n})
	}
	return call()
}

// under returns the world's service with the faults of a plan at all its ports.
func (w *world) under(p *plan) *archive.Service {
	s := w.service()
	s.Store = faultyStore{s.Store, p}
	s.Evidence.Objects, s.Evidence.Stage = faultyObjects{s.Evidence.Objects, p, "objects"}, faultyObjects{s.Evidence.Stage, p, "stage"}
	s.Evidence.Keys = nil
	for _, k := range w.keys {
		s.Evidence.Keys = append(s.Evidence.Keys, faultyKey{k, p})
	}
	return s
}

type faultyStore struct {
	record.Store
	p *plan
}

func (s faultyStore) Read(ctx context.Context, keys ...record.Key) (rows record.Rows, err error) {
	err = s.p.do("store.Read", func() (err error) { rows, err = s.Store.Read(ctx, keys...); return err })
	return rows, err
}

func (s faultyStore) Partition(ctx context.Context, t record.Table, partition, prefix string) (rows []record.Row, err error) {
	err = s.p.do("store.Partition", func() (err error) { rows, err = s.Store.Partition(ctx, t, partition, prefix); return err })
	return rows, err
}

func (s faultyStore) Write(ctx context.Context, changes ...record.Change) error {
	return s.p.do("store.Write", func() error { return s.Store.Write(ctx, changes...) })
}

type faultyObjects struct {
	log.Objects
	p    *plan
	name string
}

func (o faultyObjects) Read(ctx context.Context, name string) (data []byte, tag string, err error) {
	err = o.p.do(o.name+".Read", func() (err error) { data, tag, err = o.Objects.Read(ctx, name); return err })
	return data, tag, err
}

func (o faultyObjects) Create(ctx context.Context, name string, data []byte) error {
	return o.p.do(o.name+".Create "+name, func() error { return o.Objects.Create(ctx, name, data) })
}

func (o faultyObjects) Replace(ctx context.Context, name string, data []byte, tag string) error {
	return o.p.do(o.name+".Replace", func() error { return o.Objects.Replace(ctx, name, data, tag) })
}

type faultyKey struct {
	log.Key
	p *plan
}

func (k faultyKey) Sign(ctx context.Context, text []byte) (signature []byte, err error) {
	err = k.p.do("key.Sign", func() (err error) { signature, err = k.Key.Sign(ctx, text); return err })
	return signature, err
}

// deliver is Lambda: it delivers a batch until the function succeeds, in a new process after a crash.
func (w *world) deliver(p *plan, s *archive.Service, batch []archive.Change) *archive.Service {
	w.t.Helper()
	for range 10 {
		err := func() (err error) {
			defer func() {
				if d, ok := recover().(died); ok {
					err = fmt.Errorf("crash at call %d", d.call)
					s = w.under(p)
				}
			}()
			return s.Take(w.t.Context(), batch)
		}()
		if err == nil {
			return s
		}
	}
	w.t.Fatalf("a batch was never taken")
	return s
}

// story delivers batches of both tables, one of them twice, with a change of keys and an alteration.
func (w *world) story(p *plan) {
	w.append("elevation#1", 2)
	w.put("request#1", `{"digest":"d"}`, 1)
	s := w.deliver(p, w.under(p), w.changes())
	w.keys = []log.Key{newKey(0), newKey(1)}
	s2 := w.under(p)
	w.append("elevation#1", 2)
	w.append("elevation#2", 3)
	first := w.changes()
	w.append("elevation#2", 1)
	w.store.Erase(record.Key{Table: record.AuditTable, Partition: "elevation#1", Sort: "000000000001"})
	w.put("decision#1", `{"approve":true}`, 1)
	second := w.changes()
	s2 = w.deliver(p, s2, second) // before the first: another shard
	time.Sleep(time.Second)       // an entry of keys has its second: s signs with one key still
	s = w.deliver(p, s, first)
	_ = w.deliver(p, s, first)
	for all := w.changes(); len(all) > 0; all = w.changes() { // of the finding
		s2 = w.deliver(p, s2, all)
	}
}

func (w *world) checkStory() {
	w.t.Helper()
	w.keys = []log.Key{newKey(0), newKey(1)}
	records := 0
	for _, e := range w.entries() {
		if e.Record != nil || e.Row != nil {
			records++
		}
	}
	want := 1 // what was erased
	for _, row := range append(w.store.All(record.AuditTable), w.store.All(record.AccessTable)...) {
		if archive.IsEvidence(row.Key) {
			want++
		}
	}
	if records != want {
		w.t.Errorf("the log has %d records and rows, and %d were stored", records, want)
	}
	if f := w.findings(); !slices.Equal(f, []string{archive.Altered.Name}) {
		w.t.Errorf("findings %v", f)
	}
}

var every = flag.Int("every", 151, "of the ordered pairs of faults, play every n-th")

// TestNoFaultForksTheLogOrLosesARecord: every single fault, and ordered pairs of them.
func TestNoFaultForksTheLogOrLosesARecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		run := func(fail map[int]failure) *plan {
			w, p := openWorld(t), &plan{fail: fail}
			defer w.store.Close()
			w.story(p)
			w.checkStory()
			if t.Failed() {
				t.Fatalf("faults %v of %q", fail, p.names)
			}
			return p
		}
		calls := run(nil).calls
		schedules := 1
		for n := range calls {
			for f := notDone; f < failures; f++ {
				run(map[int]failure{n: f})
				schedules++
			}
		}
		pairs := 0
		for n := range calls {
			for f := notDone; f < failures; f++ {
				after := 0
				for m := n + 1; m < max(calls, after); m++ {
					for g := notDone; g < failures; g++ {
						if pairs++; pairs%*every == 0 {
							after = run(map[int]failure{n: f, m: g}).calls
							schedules++
						}
					}
				}
			}
		}
		t.Logf("%d calls, %d schedules", calls, schedules)
	})
}

// TestTwoShardsAtOnceMakeOneLog: two processes take batches of different chains at the same time, with faults.
func TestTwoShardsAtOnceMakeOneLog(t *testing.T) {
	schedules := 0
	for seed := range 300 {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			var batches [3][][]archive.Change
			for shard := range batches {
				for range 4 {
					w.append(fmt.Sprintf("elevation#%d", shard), 1+(seed+shard)%3)
					batches[shard] = append(batches[shard], w.changes())
				}
			}
			var all sync.WaitGroup
			for shard, mine := range batches {
				all.Go(func() {
					p := &plan{fail: map[int]failure{
						(seed*7 + shard*3) % 40: failure(seed%4 + 1), (seed*13 + shard*5) % 60: failure((seed/4)%4 + 1)}}
					s := w.under(p)
					for _, batch := range mine {
						s = w.deliver(p, s, batch)
					}
				})
			}
			all.Wait()
			w.checkAll()
			schedules++
		})
	}
	t.Logf("%d schedules", schedules)
}
