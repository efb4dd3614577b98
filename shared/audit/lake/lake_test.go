package lake_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"flag"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"curfew/shared/audit"
	"curfew/shared/audit/audittest"
	"curfew/shared/audit/lake"
	"curfew/shared/evidence/log"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/record"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// made is a log in batches, as archive publishes it.
type made struct {
	objects log.Objects
	growths []log.Growth
	texts   [][]byte
}

func makeLog(t *testing.T, o audittest.Options, batch int) made {
	t.Helper()
	m := made{objects: &inprocess.Objects{}}
	l := &log.Log{Origin: audittest.Origin, Objects: m.objects, Keys: []log.Key{log.MemoryKey(ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", 32))))}}
	_, err := audittest.Generate(o, func(text []byte) error { m.texts = append(m.texts, bytes.Clone(text)); return nil })
	must(t, err)
	edge := log.NewEdge()
	for rest := m.texts; len(rest) > 0; rest = rest[min(batch, len(rest)):] {
		g, err := edge.Append(rest[:min(batch, len(rest))])
		must(t, err)
		must(t, l.Publish(t.Context(), g))
		m.growths, edge = append(m.growths, g), g.Edge
	}
	return m
}

// rows are what the lake must show of the first entries.
func (m made) rows(size int64) map[string]audit.Rows {
	all := map[string]audit.Rows{}
	for i, text := range m.texts[:size] {
		day, rows := audit.RowsOf(int64(i), text)
		of := all[day]
		of.Evidence, of.Usage, of.Findings = append(of.Evidence, rows.Evidence...), append(of.Usage, rows.Usage...), append(of.Findings, rows.Findings...)
		all[day] = of
	}
	return all
}

func read(t *testing.T, folder string) map[string]audit.Rows {
	t.Helper()
	all := map[string]audit.Rows{}
	for day, err := range lake.Read(t.Context(), folder) {
		must(t, err)
		all[day.Day] = day.Rows
	}
	return all
}

func same(t *testing.T, what string, got, want map[string]audit.Rows) {
	t.Helper()
	for day := range want {
		if !reflect.DeepEqual(got[day], want[day]) {
			t.Errorf("%s: %s has %d, %d, %d rows, want %d, %d, %d", what, day, len(got[day].Evidence), len(got[day].Usage), len(got[day].Findings),
				len(want[day].Evidence), len(want[day].Usage), len(want[day].Findings))
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d days, want %d", what, len(got), len(want))
	}
}

func TestTheParquetSchemaIsThatOfTheTables(t *testing.T) {
	schemas := map[string]*parquet.Schema{
		"evidence": parquet.SchemaOf(audit.Evidence{}), "usage": parquet.SchemaOf(audit.Use{}), "findings": parquet.SchemaOf(audit.Found{}),
	}
	for _, table := range audit.Tables() {
		fields := schemas[table.Name].Fields()
		if len(fields) != len(table.Columns) {
			t.Fatalf("%s has %d columns in Parquet, %d in the table", table.Name, len(fields), len(table.Columns))
		}
		for _, c := range table.Columns {
			leaf, ok := schemas[table.Name].Lookup(c.Name)
			want := map[string]string{"string": "STRING", "bigint": "INT64"}[c.Type]
			if !ok || leaf.Node.Repeated() || !strings.HasPrefix(leaf.Node.Type().String(), want) && !strings.HasPrefix(leaf.Node.Type().String(), "INT(64,true)") {
				t.Errorf("%s.%s is %v in Parquet, want %s", table.Name, c.Name, leaf.Node, want)
			}
		}
	}
}

// plan fails calls to the lake's objects and the store by their number.
type plan struct {
	mu    sync.Mutex
	calls int
	fail  map[int]failure
	dead  bool // the process: all its calls fail
}

type failure int

const (
	fine failure = iota
	notDone
	done // but its answer is lost
	crash
	crashAfter
	failures
)

func (p *plan) do(call func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.fail[p.calls]
	p.calls++
	if f == done || f == crashAfter {
		_ = call()
	}
	p.dead = p.dead || f == crash || f == crashAfter
	if p.dead || f != fine {
		return fault.Errorf(fault.Transient, "fault")
	}
	return call()
}

type faultyObjects struct {
	log.Objects
	p *plan
}

func (o faultyObjects) Read(ctx context.Context, name string) (data []byte, tag string, err error) {
	err = o.p.do(func() (err error) { data, tag, err = o.Objects.Read(ctx, name); return err })
	return data, tag, err
}

func (o faultyObjects) Replace(ctx context.Context, name string, data []byte, tag string) error {
	return o.p.do(func() error { return o.Objects.Replace(ctx, name, data, tag) })
}

type faultyStore struct {
	record.Store
	p *plan
}

func (s faultyStore) Read(ctx context.Context, keys ...record.Key) (rows record.Rows, err error) {
	err = s.p.do(func() (err error) { rows, err = s.Store.Read(ctx, keys...); return err })
	return rows, err
}

func (s faultyStore) Write(ctx context.Context, changes ...record.Change) error {
	return s.p.do(func() error { return s.Store.Write(ctx, changes...) })
}

// world is a lake in a folder, with two processes that write it.
type world struct {
	t      *testing.T
	made   made
	folder string
	store  *inprocess.Store
	p      *plan
	now    time.Time
	of     [2]*lake.Follower
}

func (w *world) process() *lake.Follower {
	return &lake.Follower{
		Lake: lake.Lake{Objects: faultyObjects{&log.Folder{Path: w.folder}, w.p}}, Log: w.made.objects, Store: faultyStore{w.store, w.p}, Now: func() time.Time { return w.now },
	}
}

// call reports whether a process did it, and replaces the process if it died.
func (w *world) call(n int, do func(*lake.Follower) error) bool {
	if w.of[n] == nil {
		w.of[n] = w.process()
	}
	err := do(w.of[n])
	if w.p.dead {
		w.p.dead, w.of[n] = false, nil
	}
	return err == nil
}

// play adds all growths by two processes in turn, with passes in between, and then one without faults.
func play(t *testing.T, m made, fail map[int]failure) (calls int) {
	w := &world{t: t, made: m, folder: t.TempDir(), p: &plan{fail: fail}, store: inprocess.NewStore(inprocess.StoreSettings{Manual: true, Now: time.Now})}
	defer w.store.Close()
	for i, g := range m.growths {
		w.now = audittest.Start().Add(time.Duration(i) * 3 * 24 * time.Hour / time.Duration(len(m.growths)))
		of := i / 3 % 2
		if w.call(of, func(f *lake.Follower) error { return f.Add(t.Context(), g) }) && len(fail) == 0 {
			same(t, "after a growth", read(t, w.folder), m.rows(g.To.N))
		}
		if i%4 == 3 {
			if w.call(1-of, func(f *lake.Follower) error { return f.Pass(t.Context(), g.To) }) {
				same(t, "after a pass", read(t, w.folder), m.rows(g.To.N))
			}
		}
	}
	calls = w.p.calls
	w.p.fail, w.now = nil, w.now.Add(3*24*time.Hour)
	last := m.growths[len(m.growths)-1].To
	must(t, w.process().Pass(t.Context(), last))
	same(t, "at the end", read(t, w.folder), m.rows(last.N))
	return calls
}

var every = flag.Int("every", 29, "play every n-th single fault")

// TestNoFaultLosesOrDoublesARow: each call of two writers fails, in each way.
func TestNoFaultLosesOrDoublesARow(t *testing.T) {
	m := makeLog(t, audittest.Options{Days: 3, Daily: 10, Seed: 3}, 45)
	calls := play(t, m, nil)
	played, step := 0, *every
	if testing.Short() {
		step *= 5
	}
	for n := range calls {
		for f := notDone; f < failures; f++ {
			if (n*int(failures)+int(f))%step == 0 {
				play(t, m, map[int]failure{n: f})
				if played++; t.Failed() {
					t.Fatalf("fault %d at call %d", f, n)
				}
			}
		}
	}
	t.Logf("%d entries, %d calls, %d schedules", len(m.texts), calls, played)
}

// TestAnOlderWriterDoesNotReplaceWhatANewerOneWrote: it was slow, and writes what the log was before.
func TestAnOlderWriterDoesNotReplaceWhatANewerOneWrote(t *testing.T) {
	m := makeLog(t, audittest.Options{Days: 3, Daily: 8, Seed: 5}, 40)
	w := &world{t: t, made: m, folder: t.TempDir(), p: &plan{}, now: audittest.Start().Add(10 * 24 * time.Hour), store: inprocess.NewStore(inprocess.StoreSettings{Manual: true, Now: time.Now})}
	defer w.store.Close()
	newer, older, last := w.process(), w.process(), m.growths[len(m.growths)-1].To
	must(t, newer.Pass(t.Context(), last))
	want := m.rows(last.N)
	same(t, "newer", read(t, w.folder), want)
	for _, key := range []record.Key{lake.RowsKey(), lake.CompactedKey()} {
		w.store.Erase(key)
	}
	for _, g := range m.growths[:3] {
		must(t, older.Add(t.Context(), g))
		must(t, older.Pass(t.Context(), g.To))
		same(t, "older", read(t, w.folder), want)
	}
}

// TestARebuiltLakeHasTheRowsOfTheLiveOne also over a lake with false rows.
func TestARebuiltLakeHasTheRowsOfTheLiveOne(t *testing.T) {
	m := makeLog(t, audittest.Options{Days: 5, Daily: 40, Seed: 7}, 90)
	last := m.growths[len(m.growths)-1].To
	folder := t.TempDir()
	to := lake.Lake{Objects: &log.Folder{Path: folder}}
	done := int64(0)
	for range 2 {
		must(t, to.Rebuild(t.Context(), m.objects, last, func(n int64) { done = n }))
		same(t, "rebuilt", read(t, folder), m.rows(last.N))
	}
	if done != last.N {
		t.Errorf("told %d entries, want %d", done, last.N)
	}
}

func TestALogWithAChangedEntryIsNotRebuilt(t *testing.T) {
	m := makeLog(t, audittest.Options{Days: 1, Daily: 5, Seed: 7}, 1000)
	last := m.growths[0].To
	last.Hash[0] ^= 1
	if err := (lake.Lake{Objects: &inprocess.Objects{}}).Rebuild(t.Context(), m.objects, last, func(int64) {}); fault.KindOf(err) != fault.Internal {
		t.Error(err)
	}
}

// between lets another writer do all its work before one's first write of some objects.
type between struct {
	log.Objects
	of    string // how their names begin
	other func()
	once  sync.Once // a follower compacts several days at once
}

func (o *between) Replace(ctx context.Context, name string, data []byte, tag string) error {
	if strings.HasPrefix(name, o.of) {
		o.once.Do(o.other)
	}
	return o.Objects.Replace(ctx, name, data, tag)
}

// TestOfTwoWritersAtOnceNoneLosesRows: while one writes an older state of the log, another writes a newer one.
func TestOfTwoWritersAtOnceNoneLosesRows(t *testing.T) {
	m := makeLog(t, audittest.Options{Days: 3, Daily: 8, Seed: 9}, 70)
	last := m.growths[len(m.growths)-1].To
	for _, of := range []string{"json/evidence", "json/usage", "parquet/evidence", "parquet/findings", "compacted/"} {
		w := &world{t: t, made: m, folder: t.TempDir(), p: &plan{}, now: audittest.Start().Add(10 * 24 * time.Hour), store: inprocess.NewStore(inprocess.StoreSettings{Manual: true, Now: time.Now})}
		came := false
		slow := w.process()
		slow.Lake.Objects = &between{Objects: &log.Folder{Path: w.folder}, of: of, other: func() {
			came = true
			must(t, w.process().Pass(t.Context(), last))
		}}
		must(t, slow.Pass(t.Context(), m.growths[1].To))
		if !came {
			t.Errorf("%s: nothing came between", of)
		}
		same(t, of, read(t, w.folder), m.rows(last.N))
		w.store.Close()
	}
}
