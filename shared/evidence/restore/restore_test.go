package restore_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
	"curfew/shared/evidence/restore"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/suspension"
)

// keep is a log in a folder, and who verifies it.
type keep struct {
	t     testing.TB
	log   *log.Log
	edge  *log.Edge
	by    note.Verifiers
	texts [][]byte
}

func newKeep(t testing.TB) *keep {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	must(t, err)
	l := &log.Log{Origin: "curfew.example/log", Objects: &log.Folder{Path: t.TempDir()}, Stage: &log.Folder{Path: t.TempDir()}, Keys: []log.Key{log.MemoryKey(private)}}
	vkey, err := log.VerifierKey(t.Context(), l.Origin, l.Keys[0])
	must(t, err)
	v, err := note.NewVerifier(vkey)
	must(t, err)
	k := &keep{t: t, log: l, edge: log.NewEdge(), by: note.VerifierList(v)}
	k.enter(log.Entry{Keys: &log.Keys{Origin: l.Origin, Keys: []string{vkey}, At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}})
	return k
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (k *keep) enter(e log.Entry) {
	text, err := e.Text()
	must(k.t, err)
	k.texts = append(k.texts, text)
}

// enterRow enters what the log keeps.
func (k *keep) enterRow(r record.Row) {
	switch {
	case r.Key.Table == record.AuditTable:
		rec, err := record.DecodeRecord(r)
		must(k.t, err)
		k.enter(log.Entry{Record: &rec})
	case isLogged(r.Key):
		k.enter(log.Entry{Row: &log.Row{Partition: r.Key.Partition, Sort: r.Key.Sort, Version: r.Version, Body: string(r.Body)}})
	}
}

func isLogged(k record.Key) bool {
	return k.Table == record.AuditTable || log.HasRow(k.Partition, k.Sort)
}

func (k *keep) publish() {
	for texts := range slices.Chunk(k.texts, 77) {
		g, err := k.edge.Append(texts)
		must(k.t, err)
		must(k.t, k.log.Publish(k.t.Context(), g))
		k.edge = g.Edge
	}
	k.texts = nil
}

func (k *keep) restore(to restore.Tables) (restore.Done, error) {
	tree, err := restore.Open(k.t.Context(), k.log.Objects, k.by)
	must(k.t, err)
	return restore.All(k.t.Context(), k.log.Objects, tree, to, nil)
}

func tell(t *testing.T, s *accesstest.Story) {
	ok := func(err error) { t.Helper(); must(t, err) }
	ana, ben, cem, dee, eva := s.As("ana"), s.As("ben"), s.As("cem"), s.As("dee"), s.As("eva")
	for range 40 {
		id := ana.Asks("admin", 30*time.Minute)
		ok(ben.Approves(id))
		s.Advance(time.Hour)
	}
	id := ana.Asks("admin-two", 30*time.Minute)
	ok(ben.Approves(id))
	ok(ana.Withdraws(id)) // a second version of its request
	ok(ben.Denies(ana.Asks("admin", time.Hour)))
	id = ana.Asks("incident", 20*time.Minute)
	s.Advance(time.Hour)
	_, err := s.Service.SignReview(s.Context(), eva.Caller, id, "„reviewed“ <&> ü")
	ok(err)
	id = cem.Asks("deploy", time.Hour)
	s.Advance(time.Minute)
	ok(cem.Ends(id))
	_, _ = s.As("zoe").Tries("admin", time.Hour)
	_, err = s.Service.Suspensions().Suspend(s.Context(), dee.Caller, suspension.Scope{Requester: cem.ID}, "gone", suspension.Meant{})
	ok(err)
	_, err = access.Accounts(s.Service).Add(s.Context(), dee.Caller, "222233334444", "payments")
	ok(err)
	s.Sweeps()
}

// TestTablesThatWereLostAreRebuiltFromTheLogToTheByte runs stories, keeps their log, and loses all tables.
func TestTablesThatWereLostAreRebuiltFromTheLogToTheByte(t *testing.T) {
	k := newKeep(t)
	var was [2][]record.Row
	heads := map[string]evidence.Head{}
	accesstest.RunStory(t, accesstest.WorldSettings{}, func(s *accesstest.Story) {
		s.Store.Subscribe(func(r inprocess.StreamRecord) {
			if r.New != nil {
				k.enterRow(*r.New)
			}
		})
		tell(t, s)
		s.Store.Drain()
		was[0], was[1] = s.Store.All(record.AuditTable), slices.DeleteFunc(s.Store.All(record.AccessTable), func(r record.Row) bool { return !isLogged(r.Key) })
		all, err := record.ChainHeads(s.Store.All(record.AccessTable))
		must(t, err)
		heads = all
	})
	k.publish()
	to := inprocess.NewStore(inprocess.StoreSettings{Manual: true})
	defer to.Close()
	done, err := k.restore(to)
	must(t, err)
	if done.Entries != k.edge.Tree.N || done.Rows != done.Entries-1 || len(was[0]) < 250 || len(was[1]) < 80 {
		t.Errorf("%+v of %d entries, of %d and %d rows", done, k.edge.Tree.N, len(was[0]), len(was[1]))
	}
	for i, table := range []record.Table{record.AuditTable, record.AccessTable} {
		same(t, was[i], to.All(table))
	}
	for chain, head := range heads {
		var records []evidence.Record
		rows, err := to.Partition(t.Context(), record.AuditTable, chain, "")
		must(t, err)
		for _, r := range rows {
			rec, err := record.DecodeRecord(r)
			must(t, err)
			records = append(records, rec)
		}
		if got, err := evidence.Verify(chain, records, head); err != nil || got != head {
			t.Errorf("%s: %+v, %v, want %+v", chain, got, err, head)
		}
	}
	if again, err := k.restore(to); err != nil || again.Written != 0 || again.Rows != done.Rows {
		t.Errorf("again: %+v, %v", again, err)
	}
}

func same(t *testing.T, want, got []record.Row) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
	for i := range min(len(want), len(got)) {
		if w, g := want[i], got[i]; w.Key != g.Key || w.Version != g.Version || !bytes.Equal(w.Body, g.Body) {
			t.Errorf("%s version %d %s, want %s version %d %s", g.Key, g.Version, g.Body, w.Key, w.Version, w.Body)
		}
	}
}

// rows are n records, five of each chain.
func rows(t testing.TB, n int) (all []record.Row) {
	var head evidence.Head
	for i := range n {
		if i%5 == 0 {
			head = evidence.Head{}
		}
		c, err := record.Append(evidence.ElevationChain(fmt.Sprintf("%026d", i/5)), &head, evidence.Entry{At: time.Unix(int64(i), 0), Kind: "elevation.active", Actor: "grant", Detail: map[string]any{"n": i, "of": strings.Repeat("x", 400)}})
		must(t, err)
		all = append(all, c.Row)
	}
	return all
}

func TestARowWithOtherBytesIsNamedAndDoesNotStopARestore(t *testing.T) {
	k := newKeep(t)
	all := rows(t, 300)
	for _, r := range all {
		k.enterRow(r)
	}
	k.publish()
	to := inprocess.NewStore(inprocess.StoreSettings{Manual: true})
	defer to.Close()
	other := all[250]
	other.Body = []byte(`{}`)
	must(t, to.Write(t.Context(), record.Change{If: record.Absent, Row: other}))
	done, err := k.restore(to)
	if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), other.Key.String()) || len(done.Refused) != 1 {
		t.Errorf("error = %v, refused %q, want a conflict that names %s", err, done.Refused, other.Key)
	}
	if done.Written != 299 {
		t.Errorf("%d rows were written, want all others", done.Written)
	}
}

func TestRestoreReadsOnlyWhatTheSignedTreeHas(t *testing.T) {
	for name, change := range map[string]func(k *keep){
		"an entry was changed": func(k *keep) {
			f := k.log.Objects.(*log.Folder)
			b := log.TileName(tlog.Tile{H: 8, L: -1, N: 0, W: 256})
			data, tag, err := f.Read(t.Context(), b)
			must(t, err)
			must(t, f.Replace(t.Context(), b, bytes.Replace(data, []byte("xxx"), []byte("xxy"), 1), tag))
		},
		"a row of state": func(k *keep) {
			k.enter(log.Entry{Row: &log.Row{Partition: "granted#1", Sort: "granted", Version: 1, Body: "{}"}})
			k.publish()
		},
		"a state beside terms": func(k *keep) {
			k.enter(log.Entry{Row: &log.Row{Partition: "elevation#1", Sort: "elevation", Version: 1, Body: "{}"}})
			k.publish()
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKeep(t)
			for _, r := range rows(t, 600) {
				k.enterRow(r)
			}
			k.publish()
			change(k)
			to := inprocess.NewStore(inprocess.StoreSettings{Manual: true})
			defer to.Close()
			if _, err := k.restore(to); err == nil {
				t.Error("it was restored")
			}
			if _, there := to.StoredRow(record.AccessKey("granted#1", "granted")); there {
				t.Error("a row of state was written")
			}
		})
	}
}

func BenchmarkRestore(b *testing.B) {
	k := newKeep(b)
	all := rows(b, 10_000)
	for _, r := range all {
		k.enterRow(r)
	}
	k.publish()
	for b.Loop() {
		to := inprocess.NewStore(inprocess.StoreSettings{Manual: true})
		if _, err := k.restore(to); err != nil {
			b.Fatal(err)
		}
		to.Close()
	}
	b.ReportMetric(float64(len(all))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
