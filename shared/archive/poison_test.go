package archive_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/archive"
	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
	"curfew/shared/evidence/restore"
	"curfew/shared/finding"
	"curfew/shared/inprocess"
	"curfew/shared/record"
)

// TestPoisonedRowsBlockNeitherStreamNorPass: a writer to the tables cannot stop the log.
func TestPoisonedRowsBlockNeitherStreamNorPass(t *testing.T) {
	prev := evidence.Head{Seq: 4, Hash: strings.Repeat("0", 64)}
	says := func(chain string, prev evidence.Head) record.Row {
		r, _, err := evidence.Append(chain, prev, evidence.Entry{At: time.Now(), Kind: "test", Actor: "x"})
		if err != nil {
			t.Fatal(err)
		}
		return record.Row{Key: auditKey(1), Version: 1, Body: r.Text()}
	}
	inPlace := func(chain string, prev evidence.Head) record.Row {
		row := says(chain, prev)
		row.Key = record.Key{Table: record.AuditTable, Partition: chain, Sort: fmt.Sprintf("%012d", prev.Seq+1)}
		return row
	}
	put := func(w *world, rows ...record.Row) (all []archive.Change) {
		for _, row := range rows {
			w.store.Overwrite(row, record.Form)
			all = append(all, archive.Change{ID: row.Key.String(), Key: row.Key, After: &archive.Image{Row: row}})
		}
		return all
	}
	for name, attack := range map[string]func(w *world) []archive.Change{
		"a chain without a name":   func(w *world) []archive.Change { return put(w, says("", prev)) },
		"a chain that is too long": func(w *world) []archive.Change { return put(w, says(strings.Repeat("x", 3000), prev)) },
		"a chain of any length":    func(w *world) []archive.Change { return put(w, inPlace("elevation#"+strings.Repeat("x", 2038), prev)) },
		"the last record of all": func(w *world) []archive.Change {
			return put(w, inPlace("x", evidence.Head{Seq: 1<<53 - 3, Hash: prev.Hash}))
		},
		"a damaged record before it": func(w *world) []archive.Change {
			row := inPlace("x", prev)
			before := row
			before.Key.Sort = "000000000004"
			w.store.Overwrite(before, 99)
			return append(put(w, row), archive.Change{ID: "d", Key: before.Key, After: &archive.Image{Row: before, Damaged: "form"}})
		},
		"a damaged row of its entry": func(w *world) []archive.Change {
			row := inPlace("x", evidence.Head{})
			w.store.Overwrite(record.Row{Key: archive.EntryKey(row.Body), Version: 1, Body: []byte(`{}`)}, 99)
			return put(w, row)
		},
		"damaged rows of an elevation": func(w *world) []archive.Change {
			for _, of := range []string{"request#1", "decision#1", "signature#1"} {
				w.store.Overwrite(record.Row{Key: record.AccessKey(of, "x"), Version: 1, Body: []byte(`{}`)}, 99)
			}
			return nil
		},
		"a damaged finding": func(w *world) []archive.Change {
			w.store.Overwrite(record.Row{Key: finding.Key(archive.Altered, chain), Version: 1, Body: []byte(`{}`)}, 99)
			return put(w, record.Row{Key: auditKey(1), Version: 1, Body: []byte(`{}`)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.service()
			w.append("elevation#1", 3)
			w.take(s)
			w.append("elevation#lost", 2)
			w.changes() // lost by the stream
			all := attack(w)
			w.append("elevation#good", 2)
			all = append(all, w.changes()...)
			for range 2 {
				w.must(s.Take(t.Context(), all))
			}
			now := time.Now()
			w.now = func() time.Time { return now.Add(24 * time.Hour) }
			if done, err := w.service().Pass(t.Context()); err != nil || done.Late < 2 {
				t.Errorf("Pass = %+v, %v", done, err)
			}
			if good, lost := w.count("elevation#good"), w.count("elevation#lost"); good != 2 || lost != 2 {
				t.Errorf("%d and %d records are in the log, want 2 and 2", good, lost)
			}
			if !slices.Contains(w.kinds(), archive.Altered.Name) {
				t.Errorf("findings %v", w.kinds())
			}
		})
	}
}

// count is the number of a chain's records in the log.
func (w *world) count(chain string) (n int) {
	l := &log.Log{Origin: origin, Objects: &w.objects.Objects, Keys: []log.Key{newKey(0)}}
	tree, err := l.Published(w.t.Context())
	w.must(err)
	texts, err := l.Entries(w.t.Context(), tree, 0, tree.N)
	w.must(err)
	for _, text := range texts {
		if e, err := log.EntryOf(text); err == nil && e.Record != nil && e.Record.Chain == chain {
			n++
		}
	}
	return n
}

// kinds are those of the readable findings.
func (w *world) kinds() (kinds []string) {
	for _, row := range w.store.All(record.AccessTable) {
		if f, err := record.Decode[finding.Finding](row); err == nil && finding.Is(row.Key) {
			kinds = append(kinds, f.Kind)
		}
	}
	return kinds
}

// TestAFindingWhosePlaceIsTakenBlocksNothing: its evidence was written before by somebody.
func TestAFindingWhosePlaceIsTakenBlocksNothing(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	var untold []error
	s.Undone = func(_ context.Context, err error) { untold = append(untold, err) }
	take := func(key record.Key) {
		r, _, err := evidence.Append(key.Partition, evidence.Head{}, evidence.Entry{At: time.Now(), Kind: "x", Actor: "x"})
		w.must(err)
		w.store.Overwrite(record.EvidenceRow(r), record.Form)
	}
	take(finding.Key(archive.Altered, "elevation#9"))
	w.take(s)
	at := record.Key{Table: record.AuditTable, Partition: "elevation#9", Sort: "000000000001"}
	w.store.Overwrite(record.Row{Key: at, Version: 1, Body: []byte(`{"x":1}`)}, record.Form)
	w.append(chain, 2)
	w.take(s)
	if f := w.findings(); !slices.Equal(f, []string{archive.Altered.Name}) || len(untold) > 0 || w.count(chain) != 2 {
		t.Errorf("findings %v, untold %v, %d records", f, untold, w.count(chain))
	}
	for _, row := range w.store.All(record.AccessTable) { // now the second place is taken too
		if f, err := record.Decode[finding.Finding](row); err == nil && finding.Is(row.Key) {
			w.store.Erase(row.Key)
			take(finding.Key(archive.Altered, f.Subject))
		}
	}
	w.store.Overwrite(record.Row{Key: at, Version: 2, Body: []byte(`{"x":1}`)}, record.Form)
	w.append(chain, 2)
	all := w.changes()
	all[len(all)-1].ID = "other"
	w.must(s.Take(t.Context(), all))
	if w.count(chain) != 4 {
		t.Errorf("%d records are in the log", w.count(chain))
	}
}

type failingKey struct {
	log.Key
	fail *bool
}

func (k failingKey) Sign(ctx context.Context, text []byte) ([]byte, error) {
	if *k.fail {
		return nil, errors.New("the key is disabled")
	}
	return k.Key.Sign(ctx, text)
}

// TestATreeWhoseStageIsGoneIsSignedFromItsObjects: its key was disabled for so long that the stage expired. With the head
// deleted as well, no entry is left out.
func TestATreeWhoseStageIsGoneIsSignedFromItsObjects(t *testing.T) {
	for name, headIsDeleted := range map[string]bool{"with its head": false, "the head was deleted too": true} {
		t.Run(name, func(t *testing.T) {
			w, fail := newWorld(t), false
			w.keys = []log.Key{failingKey{newKey(0), &fail}}
			s := w.service()
			w.append(chain, 250)
			w.take(s)
			fail = true
			w.append("elevation#2", 20)
			all := w.changes()
			if err := s.Take(t.Context(), all); err == nil {
				t.Fatal("Take signed with a key that is disabled")
			}
			fail = false
			w.stage = &inprocess.Objects{}
			if headIsDeleted {
				w.store.Erase(archive.HeadKey())
			}
			w.must(w.service().Take(t.Context(), all))
			w.append("elevation#3", 3)
			w.take(w.service())
			w.checkAll()
			if f := w.findings(); headIsDeleted != (len(f) > 0) {
				t.Errorf("findings %v", f)
			}
		})
	}
}

// TestAForgedRowOfAnEntryHidesNoRecord: it says that the log has the record.
func TestAForgedRowOfAnEntryHidesNoRecord(t *testing.T) {
	for _, body := range []string{`{"index":1}`, `{"index":9000}`, `{"index":-1}`, `[]`} {
		for name, lost := range map[string]bool{"from the stream": false, "from the pass": true} {
			t.Run(body+" "+name, func(t *testing.T) {
				w := newWorld(t)
				s := w.service()
				w.append(chain, 3)
				w.take(s)
				w.append(chain, 1)
				row, _ := w.store.StoredRow(auditKey(4))
				w.store.Overwrite(record.Row{Key: archive.EntryKey(row.Body), Version: 7, Body: []byte(body)}, record.Form)
				if all := w.changes(); !lost {
					w.must(s.Take(t.Context(), all))
				} else {
					w.now = func() time.Time { return time.Now().Add(24 * time.Hour) }
					_, err := w.service().Pass(t.Context())
					w.must(err)
				}
				w.take(s)
				w.checkAll()
				if !slices.Contains(w.findings(), archive.Altered.Name) {
					t.Errorf("findings %v", w.findings())
				}
			})
		}
	}
}

// TestARecordOfTheFutureHidesNoRowFromThePass: it does not count as one that the stream may still deliver.
func TestARecordOfTheFutureHidesNoRowFromThePass(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	w.append(chain, 3)
	w.take(s)
	w.put("decision#1", `{"approve":true}`, 1)
	w.changes() // lost by the stream
	r, _, err := evidence.Append(chain, w.heads[chain], evidence.Entry{At: time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC), Kind: "x", Actor: "x"})
	w.must(err)
	w.store.Overwrite(record.EvidenceRow(r), record.Form)
	w.take(s)
	w.now = func() time.Time { return time.Now().Add(24 * time.Hour) }
	if done, err := w.service().Pass(t.Context()); err != nil || done.Late != 1 {
		t.Errorf("Pass = %+v, %v, want the decision late", done, err)
	}
}

// A function that was taken over dated evidence in the future, so that it was in no day that anybody asks about.
func TestEvidenceOfTheFutureIsAFinding(t *testing.T) {
	for name, lost := range map[string]bool{"delivered": false, "lost by the stream": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.now = func() time.Time { return time.Now().Add(time.Hour) }
			w.append(chain, 2)
			if w.now = time.Now; lost {
				w.changes()
				_, err := w.service().Pass(t.Context())
				w.must(err)
			}
			w.take(w.service())
			if !slices.Contains(w.findings(), archive.Altered.Name) {
				t.Errorf("findings %v", w.findings())
			}
			w.checkAll() // it is entered
		})
	}
	for name, c := range map[string]struct{ partition, sort, body string }{
		"a request's id": {"request#7zzzzzzzzz0000000000000000", "request", `{}`},
		"its time":       {"elevation#01jd2q7v3x0000000000000000", "terms", `{"requested_at":"2099-01-01T00:00:00Z"}`},
		"a decision":     {"decision#01jd2q7v3x0000000000000000", "person:ana", `{"at":"2099-01-01T00:00:00Z"}`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.must(w.store.Write(t.Context(), record.Change{Row: record.Row{Key: record.AccessKey(c.partition, c.sort), Version: 1, Body: []byte(c.body)}}))
			w.take(w.service())
			w.wantOnly("is of the future")
			w.checkAll()
		})
	}
}

// TestAnOutageOfDaysIsRepaired: the pass looks back to the last complete one. A row with a time in the future does not count.
func TestAnOutageOfDaysIsRepaired(t *testing.T) {
	for name, forged := range map[string]string{"": "", "the row is of the future": `{"at":"9000-01-01T00:00:00Z"}`, "the row is damaged": `[]`} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			start := time.Now()
			if _, err := w.service().Pass(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.append(chain, 3)
			w.changes() // lost by the stream
			if forged != "" {
				w.store.Overwrite(record.Row{Key: archive.PassKey(), Version: 1, Body: []byte(forged)}, record.Form)
			}
			w.now = func() time.Time { return start.Add(10 * 24 * time.Hour) }
			if done, err := w.service().Pass(t.Context()); err != nil || done.Late != 3 {
				t.Errorf("Pass = %+v, %v", done, err)
			}
			if done, err := w.service().Pass(t.Context()); err != nil || done.Late != 0 {
				t.Errorf("the next pass = %+v, %v", done, err)
			}
			w.take(w.service())
			w.checkAll()
		})
	}
}

// TestForgeriesDoNotPreventARestore: the log has one record for each place, in its chain.
func TestForgeriesDoNotPreventARestore(t *testing.T) {
	w := newWorld(t)
	w.append(chain, 6)
	w.take(w.service())
	elsewhere := forged(t, evidence.Head{Seq: 2, Hash: w.hash(2)}, "x")
	elsewhere.Key.Partition = "elevation#zzz"
	w.store.Overwrite(elsewhere, record.Form)
	w.store.Erase(auditKey(6))
	w.changes()
	w.store.Overwrite(forged(t, evidence.Head{Seq: 5, Hash: w.hash(5)}, "another sixth"), record.Form)
	w.store.Overwrite(forged(t, evidence.Head{Seq: 6, Hash: w.hash(6)}, "after it"), record.Form)
	w.take(w.service()) // a new process remembers nothing
	w.now = func() time.Time { return time.Now().Add(24 * time.Hour) }
	_, err := w.service().Pass(t.Context())
	w.must(err)
	if n := w.count(chain); n != 6 {
		t.Errorf("the log has %d records, want the six", n)
	}
	l := &log.Log{Origin: origin, Objects: &w.objects.Objects, Keys: []log.Key{newKey(0)}}
	tree, err := l.Published(t.Context())
	w.must(err)
	to := inprocess.NewStore(inprocess.StoreSettings{Manual: true, Now: time.Now})
	defer to.Close()
	if _, err := restore.All(t.Context(), &w.objects.Objects, tree, to, nil); err != nil {
		t.Errorf("restore: %v", err)
	}
}

// TestKeysInTheHeadThatTheLogDoesNotIntroduceAreNotTrusted: nor does one that is no key block the log.
func TestKeysInTheHeadThatTheLogDoesNotIntroduceAreNotTrusted(t *testing.T) {
	for name, c := range map[string]struct {
		signed  byte // the key of the newest checkpoint
		keys    func(h *archive.Head)
		refused bool
	}{
		"no key at all":     {0, func(h *archive.Head) { h.Keys = []string{"x"} }, false},
		"the one before":    {1, func(*archive.Head) {}, false},
		"another entry":     {1, func(h *archive.Head) { h.KeysAt = 1 }, true},
		"beyond the log":    {1, func(h *archive.Head) { h.KeysAt = 1000 }, true},
		"before the log":    {1, func(h *archive.Head) { h.KeysAt = -1 }, true},
		"the old one alone": {1, func(h *archive.Head) { h.Keys = nil }, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.keys = []log.Key{newKey(c.signed)}
			w.append(chain, 2)
			w.take(w.service())
			head, err := record.Get[archive.Head](t.Context(), w.store, archive.HeadKey())
			w.must(err)
			c.keys(&head.Value)
			put, err := head.Put(head.Value, time.Time{})
			w.must(err)
			w.store.Overwrite(put.Row, record.Form)
			w.keys = []log.Key{newKey(0)}
			w.append(chain, 2)
			if err := w.service().Take(t.Context(), w.changes()); (err != nil) != c.refused {
				t.Errorf("Take = %v, refused: %t", err, c.refused)
			}
		})
	}
}
