package archive_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/archive"
	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
	"curfew/shared/finding"
	"curfew/shared/inprocess"
	"curfew/shared/record"
)

const origin = "curfew.example/log"

func newKey(n byte) log.MemoryKey {
	return log.MemoryKey(ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune('a'+n)), ed25519.SeedSize))))
}

// world has tables, their stream, and a log.
type world struct {
	t       testing.TB
	store   *inprocess.Store
	objects *objects
	stage   *inprocess.Objects
	keys    []log.Key
	stream  []archive.Change
	heads   map[string]evidence.Head
	now     func() time.Time
}

// objects keeps every checkpoint that was ever published.
type objects struct {
	inprocess.Objects
	mu          sync.Mutex // guards checkpoints
	checkpoints [][]byte
}

func (o *objects) Replace(ctx context.Context, name string, data []byte, tag string) error {
	err := o.Objects.Replace(ctx, name, data, tag)
	if err == nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.checkpoints = append(o.checkpoints, data)
	}
	return err
}

func newWorld(t testing.TB) *world {
	w := openWorld(t)
	t.Cleanup(w.store.Close)
	return w
}

// openWorld is for many worlds in one test: close the store.
func openWorld(t testing.TB) *world {
	w := &world{t: t, objects: &objects{}, stage: &inprocess.Objects{}, keys: []log.Key{newKey(0)}, heads: map[string]evidence.Head{}, now: time.Now}
	w.store = inprocess.NewStore(inprocess.StoreSettings{Manual: true, Now: func() time.Time { return w.now() }})
	w.store.Subscribe(func(r inprocess.StreamRecord) {
		w.stream = append(w.stream, archive.Change{ID: fmt.Sprint(len(w.stream)), Key: r.Key, Before: image(r.Old), After: image(r.New), TTL: r.TTL})
	})
	return w
}

func image(r *record.Row) *archive.Image {
	if r == nil {
		return nil
	}
	return &archive.Image{Row: *r}
}

// service is a new process over the world's ports.
func (w *world) service() *archive.Service {
	return &archive.Service{
		Base:     record.Base{Store: w.store, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: w.now, NewID: func() string { return "id" }},
		Evidence: &log.Log{Origin: origin, Objects: w.objects, Stage: w.stage, Keys: w.keys},
		Chains:   inprocess.Chains{Store: w.store},
	}
}

// append adds n records to a chain.
func (w *world) append(chain string, n int) {
	w.t.Helper()
	for range n {
		head := w.heads[chain]
		c, err := record.Append(chain, &head, evidence.Entry{At: w.now(), Kind: "test", Actor: "somebody", Detail: map[string]int64{"n": head.Seq}})
		w.heads[chain] = head
		w.must(err)
		w.must(w.store.Write(w.t.Context(), c))
	}
}

// put writes a row of the access table.
func (w *world) put(partition, body string, version int64) {
	w.t.Helper()
	row := record.Row{Key: record.AccessKey(partition, "row"), Version: version, Body: []byte(body)}
	w.must(w.store.Write(w.t.Context(), record.Change{Row: row}))
}

// changes takes what the stream has.
func (w *world) changes() []archive.Change {
	w.store.Drain()
	all := w.stream
	w.stream = nil
	return slices.DeleteFunc(all, func(c archive.Change) bool { return !archive.IsEvidence(c.Key) })
}

// take delivers all that the stream has, also what that adds.
func (w *world) take(s *archive.Service) {
	w.t.Helper()
	for all := w.changes(); len(all) > 0; all = w.changes() {
		w.must(s.Take(w.t.Context(), all))
	}
}

func (w *world) must(err error) {
	if err != nil {
		w.t.Helper()
		w.t.Fatal(err)
	}
}

// entries reads and checks the whole log: the tree, all checkpoints, the rows, the order of chains, no doubles.
func (w *world) entries() []log.Entry {
	w.t.Helper()
	ctx := w.t.Context()
	l := &log.Log{Origin: origin, Objects: &w.objects.Objects, Keys: []log.Key{newKey(0), newKey(1)}}
	tree, err := l.Published(ctx)
	w.must(err)
	texts, err := l.Entries(ctx, tree, 0, tree.N)
	w.must(err)
	w.checkForks(l, tree)
	head, err := record.Get[archive.Head](ctx, w.store, archive.HeadKey())
	w.must(err)
	if tree.N == 0 && head.Row.Version == 0 { // nothing was entered yet
		return nil
	}
	if head.Value.Size != tree.N || head.Value.Root != fmt.Sprintf("%x", tree.Hash[:]) {
		w.t.Errorf("the head is %d %s, and %d %x is published", head.Value.Size, head.Value.Root, tree.N, tree.Hash[:])
	}
	var all []log.Entry
	seen, last := map[string]bool{}, map[string]int64{}
	late := ""
	for i, text := range texts {
		hash := tlog.RecordHash(text)
		if row, ok := w.store.StoredRow(archive.EntryKey(text)); !ok || !strings.HasPrefix(string(row.Body), fmt.Sprintf(`{"index":%d`, i)) {
			w.t.Errorf("entry %d has the row %s", i, row.Body)
		}
		e, err := log.EntryOf(text)
		w.must(err)
		if seen[string(text)] {
			w.t.Errorf("entry %d is there twice: %.300s", i, text)
		}
		if late != "" && late != fmt.Sprintf("%x", hash[:]) {
			w.t.Errorf("entry %d is not the late one %s", i, late)
		}
		seen[string(text)], late = true, ""
		switch r := e.Record; {
		case e.Late != nil:
			late = e.Late.Hash
		case r != nil && r.Seq < last[r.Chain], r != nil && r.Seq > last[r.Chain]+1:
			w.t.Errorf("entry %d is record %d of %s after %d", i, r.Seq, r.Chain, last[r.Chain])
		case r != nil:
			last[r.Chain] = r.Seq
		}
		if (i == 0) != (e.Keys != nil) && i == 0 {
			w.t.Errorf("the first entry is not one of keys: %s", text)
		}
		all = append(all, e)
	}
	return all
}

// checkForks checks that each checkpoint that was ever published is of a beginning of the tree.
func (w *world) checkForks(l *log.Log, tree tlog.Tree) {
	w.t.Helper()
	for _, text := range w.objects.checkpoints {
		var vs []note.Verifier
		for _, k := range l.Keys {
			text, err := log.VerifierKey(w.t.Context(), origin, k)
			w.must(err)
			v, err := note.NewVerifier(text)
			w.must(err)
			vs = append(vs, v)
		}
		c, err := log.OpenCheckpoint(text, note.VerifierList(vs...))
		w.must(err)
		if hash, err := tlog.TreeHash(c.Tree.N, l.Hashes(w.t.Context(), tree)); err != nil || hash != c.Tree.Hash {
			w.t.Errorf("the log forked: a checkpoint of %d entries is not of the tree of %d: %v", c.Tree.N, tree.N, err)
		}
	}
}

// checkAll checks that the log has exactly the evidence of the tables.
func (w *world) checkAll() []log.Entry {
	w.t.Helper()
	all := w.entries()
	in := map[string]bool{}
	n := 0
	for _, e := range all {
		switch {
		case e.Record != nil:
			in[string(e.Record.Text())] = true
			n++
		case e.Row != nil:
			in[e.Row.Partition+e.Row.Sort+e.Row.Body] = true
			n++
		}
	}
	want := 0
	for _, row := range append(w.store.All(record.AuditTable), w.store.All(record.AccessTable)...) {
		if !archive.IsEvidence(row.Key) {
			continue
		}
		want++
		if !in[string(row.Body)] && !in[row.Key.Partition+row.Key.Sort+string(row.Body)] {
			w.t.Errorf("the log does not have %s", row.Key)
		}
	}
	if n != want {
		w.t.Errorf("the log has %d records and rows, the tables have %d", n, want)
	}
	return all
}

// findings are the names of the kinds that were raised, sorted.
func (w *world) findings() []string {
	var kinds []string
	for _, row := range w.store.All(record.AccessTable) {
		if finding.Is(row.Key) {
			f, err := record.Decode[finding.Finding](row)
			w.must(err)
			kinds = append(kinds, f.Kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}
