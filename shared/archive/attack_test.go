package archive_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/archive"
	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
)

const chain = "elevation#1"

func auditKey(seq int) record.Key {
	return record.Key{Table: record.AuditTable, Partition: chain, Sort: fmt.Sprintf("%012d", seq)}
}

// forged is a record of the chain that follows prev.
func forged(t *testing.T, prev evidence.Head, what string) record.Row {
	t.Helper()
	r, _, err := evidence.Append(chain, prev, evidence.Entry{At: time.Unix(1, 0), Kind: "test", Actor: what})
	if err != nil {
		t.Fatal(err)
	}
	return record.EvidenceRow(r)
}

// TestChangedEvidenceIsAFinding: the log has what was stored first, and both images are kept.
func TestChangedEvidenceIsAFinding(t *testing.T) {
	for name, c := range map[string]struct {
		attack  func(w *world)
		entries int // more of records and rows than before
		what    string
		images  int
	}{
		"a record changed": {func(w *world) {
			w.store.Overwrite(forged(w.t.(*testing.T), evidence.Head{Seq: 2, Hash: w.heads[chain].Hash}, "x"), record.Form)
		}, 0, "was changed", 2},
		"a record removed": {func(w *world) { w.store.Erase(auditKey(4)) }, 0, "was removed", 1},
		"six records changed, with the head": {func(w *world) {
			var head evidence.Head
			for range 6 {
				row := forged(w.t.(*testing.T), head, "x")
				r, _ := record.DecodeRecord(row)
				head = evidence.Head{Seq: r.Seq, Hash: r.Hash}
				w.store.Overwrite(row, record.Form)
			}
			keep, err := record.KeepHead(chain, head)
			w.must(err)
			w.store.Overwrite(keep.Row, record.Form)
		}, 0, "was changed", 12},
		"a second record of one sequence, after a removal": {func(w *world) {
			w.store.Erase(auditKey(6))
			w.store.Overwrite(forged(w.t.(*testing.T), evidence.Head{Seq: 5, Hash: w.hash(5)}, "x"), record.Form)
		}, 0, "is not the record that the log has", 2},
		"a record that does not follow": {func(w *world) {
			w.store.Overwrite(forged(w.t.(*testing.T), evidence.Head{Seq: 6, Hash: strings.Repeat("0", 64)}, "x"), record.Form)
		}, 0, "does not follow", 1},
		"a record with a wrong fingerprint": {func(w *world) {
			row := forged(w.t.(*testing.T), w.heads[chain], "xxxxx")
			row.Body = json.RawMessage(strings.Replace(string(row.Body), "xxxxx", "yyyyy", 1))
			w.store.Overwrite(row, record.Form)
		}, 0, "fingerprint", 1},
		"a record in another place": {func(w *world) {
			row := forged(w.t.(*testing.T), w.heads[chain], "x")
			row.Key.Partition = "elevation#2"
			w.store.Overwrite(row, record.Form)
		}, 0, "says that it is record 7", 1},
		"a record that is too long": {func(w *world) {
			row := forged(w.t.(*testing.T), w.heads[chain], "xxxxx")
			row.Body = json.RawMessage(strings.Replace(string(row.Body), "xxxxx", strings.Repeat("x", evidence.MaxRecord), 1))
			w.store.Overwrite(row, record.Form)
		}, 0, "bytes", 1},
		"keys of the attacker": {func(w *world) {
			text, err := log.Entry{Keys: &log.Keys{Origin: origin, Keys: []string{"a"}, At: time.Unix(1, 0).UTC()}}.Text()
			w.must(err)
			w.store.Overwrite(record.Row{Key: auditKey(7), Version: 1, Body: text}, record.Form)
		}, 0, "is not a record", 1},
		"no JSON": {func(w *world) {
			w.store.Overwrite(record.Row{Key: auditKey(7), Version: 1, Body: []byte("x")}, record.Form)
		}, 0, "cannot be read", 1},
		"evidence that expires at once": {func(w *world) {
			row, _ := w.store.StoredRow(auditKey(3))
			row.Expires = time.Now().Add(-time.Hour)
			w.store.Overwrite(row, record.Form)
			w.store.Expire(time.Now())
		}, 0, "was changed", 1},
		"a decision changed": {func(w *world) { w.put("decision#1", `{"approve":true}`, 2) }, 1, "was changed", 2},
		"a decision removed": {func(w *world) { w.store.Erase(record.AccessKey("decision#1", "row")) }, 0, "was removed", 1},
		"the terms changed":  {func(w *world) { w.store.Overwrite(termsRow(2, `{"id":"2"}`), record.Form) }, 1, "was changed", 2},
		"the terms removed":  {func(w *world) { w.store.Erase(termsRow(1, "").Key) }, 0, "was removed", 1},
		"a request with other terms": {func(w *world) {
			w.store.Overwrite(record.Row{Key: record.AccessKey("request#1", "request"), Version: 2, Body: []byte(`{"digest":"e","requester":"r","input":"i"}`)}, record.Form)
		}, 1, "was changed", 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.service()
			w.append(chain, 6)
			w.put("decision#1", `{"approve":false}`, 1)
			w.store.Overwrite(termsRow(1, `{"id":"1"}`), record.Form)
			w.store.Overwrite(record.Row{Key: record.AccessKey("request#1", "request"), Version: 1, Body: []byte(`{"digest":"d","requester":"r","input":"i"}`)}, record.Form)
			w.take(s)
			before := w.contents(w.checkAll())
			c.attack(w)
			all := w.changes()
			for range 3 { // a batch may come again
				w.must(s.Take(t.Context(), all))
			}
			after := w.contents(w.entries())
			if !slices.Equal(after[:len(before)], before) || len(after) != len(before)+c.entries {
				t.Errorf("the log had %d records and rows, and has %d", len(before), len(after))
			}
			w.take(s)
			w.wantOnly(c.what)
			if n := w.images(all); n != c.images {
				t.Errorf("%d images are kept, want %d", n, c.images)
			}
		})
	}
}

func termsRow(version int64, body string) record.Row {
	return record.Row{Key: record.AccessKey("elevation#1", "terms"), Version: version, Body: []byte(body)}
}

func (w *world) hash(seq int) string {
	row, _ := w.store.StoredRow(auditKey(seq))
	r, err := record.DecodeRecord(row)
	w.must(err)
	return r.Hash
}

// contents are the records and rows of the log, without findings' evidence.
func (w *world) contents(entries []log.Entry) (all []string) {
	for _, e := range entries {
		switch {
		case e.Record != nil && !strings.HasPrefix(e.Record.Chain, "finding#"):
			all = append(all, string(e.Record.Text()))
		case e.Row != nil:
			all = append(all, e.Row.Body)
		}
	}
	return all
}

// images counts the images in the changes that are objects.
func (w *world) images(changes []archive.Change) int {
	seen := map[string]bool{}
	for _, c := range changes {
		for _, i := range []*archive.Image{c.Before, c.After} {
			if i == nil {
				continue
			}
			sum := fmt.Sprintf("%x", sha256.Sum256(i.Row.Body))
			if data, _, err := w.objects.Read(w.t.Context(), "altered/"+sum); err == nil && string(data) == string(i.Row.Body) {
				seen[sum] = true
			}
		}
	}
	return len(seen)
}

// wantOnly expects one finding, which says what, once for each alteration.
func (w *world) wantOnly(what string) {
	w.t.Helper()
	n, found := 0, false
	for _, row := range w.store.All(record.AccessTable) {
		if !finding.Is(row.Key) {
			continue
		}
		f, err := record.Decode[finding.Finding](row)
		w.must(err)
		n++
		records, err := w.store.Partition(w.t.Context(), record.AuditTable, row.Key.Partition, "")
		w.must(err)
		for _, r := range records {
			found = found || strings.Contains(string(r.Body), what)
		}
		if f.Kind != archive.Altered.Name || f.Severity != finding.Critical || f.Count != f.EventCount || f.Do == "" {
			w.t.Errorf("finding %+v", f)
		}
	}
	if n != 1 || !found {
		w.t.Errorf("%d findings, and one says %q: %v", n, what, found)
	}
}

// TestARequestThatIsTakenBackIsNoFinding: the log has both versions of its row.
func TestARequestThatIsTakenBackIsNoFinding(t *testing.T) {
	w := newWorld(t)
	for _, partition := range []string{"request#1", "canary#1"} {
		for version, body := range []string{`{"digest":"d","requester":"r","input":"i"}`, `{"digest":"","requester":"r","input":""}`} {
			row := record.Row{Key: record.AccessKey(partition, "request"), Version: int64(version) + 1, Body: []byte(body)}
			w.must(w.store.Write(t.Context(), record.Change{Row: row}))
		}
	}
	w.take(w.service())
	if all := w.contents(w.entries()); len(all) != 4 || len(w.findings()) > 0 {
		t.Errorf("entries %q, findings %v", all, w.findings())
	}
}

// TestRowsThatExpiredAreNoFinding: TTL removed a row at its time.
func TestRowsThatExpiredAreNoFinding(t *testing.T) {
	w := newWorld(t)
	w.now = func() time.Time { return time.Now().AddDate(3, 0, 0) }
	s := w.service()
	s.Retention = record.Retention{Elevations: 800}
	row := record.Row{Key: record.AccessKey("decision#"+elevation, "row"), Version: 1, Body: []byte(`{}`)}
	row.Expires = s.Retention.Expires(row.Key)
	w.must(w.store.Write(t.Context(), record.Change{Row: row}))
	w.store.Expire(w.now())
	w.take(s)
	if len(w.findings()) > 0 {
		t.Errorf("findings %v", w.findings())
	}
}

const elevation = "01jd2q7v3x0000000000000000" // of 2024

// TestEvidenceThatIsWrittenToExpireIsAFinding: a writer lets TTL remove what it did. The log has it, and the finding comes
// before TTL.
func TestEvidenceThatIsWrittenToExpireIsAFinding(t *testing.T) {
	for name, c := range map[string]struct {
		row  record.Row
		what string
	}{
		"a record in an hour":         {record.Row{Key: record.Key{Table: record.AuditTable, Partition: "elevation#" + elevation}}, "before 20"},
		"a record that never expires": {record.Row{Key: record.Key{Table: record.AuditTable, Partition: "account#111122223333"}}, "never does"},
		"a decision":                  {record.Row{Key: record.AccessKey("decision#"+elevation, "ben"), Version: 1, Body: []byte(`{}`)}, "before 20"},
		"terms":                       {record.Row{Key: record.AccessKey("elevation#"+elevation, "terms"), Version: 1, Body: []byte(`{}`)}, "before 20"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.service()
			s.Retention = record.Retention{Elevations: 10_000}
			if c.row.Key.Table == record.AuditTable {
				r, _, err := evidence.Append(c.row.Key.Partition, evidence.Head{}, evidence.Entry{At: time.Unix(1, 0), Kind: "test"})
				w.must(err)
				c.row = record.EvidenceRow(r)
			}
			c.row.Expires = time.Now().Add(time.Hour)
			w.must(w.store.Write(t.Context(), record.Change{If: record.Absent, Row: c.row}))
			w.take(s)
			w.wantOnly(c.what)
			w.store.Expire(time.Now().Add(2 * time.Hour))
			w.now = func() time.Time { return time.Now().Add(2 * time.Hour) }
			w.take(s)
			w.wantOnly(c.what)
			if all := w.contents(w.entries()); !slices.Contains(all, string(c.row.Body)) {
				t.Errorf("the log has %q", all)
			}
		})
	}
}

// TestAHeadThatWentBackMakesNoFork: a restore of the access table takes the head and the rows of entries back.
func TestAHeadThatWentBackMakesNoFork(t *testing.T) {
	for name, warm := range map[string]bool{"a new process": false, "the same process": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.service()
			w.append(chain, 120)
			w.take(s)
			was := w.store.Snapshot()
			w.append(chain, 350)
			old := w.changes()
			w.must(s.Take(t.Context(), old))
			w.store.Restore(was, record.AccessTable)
			if !warm {
				s = w.service()
			}
			w.must(s.Take(t.Context(), old[len(old)-50:])) // doubles, whose rows are lost
			w.append(chain, 3)
			w.take(s)
			w.checkAll()
			if f := w.findings(); !slices.Equal(f, []string{archive.HeadBehind.Name}) {
				t.Errorf("findings %v", f)
			}
		})
	}
}

// TestAHeadOfAnotherTreeBlocksTheLog: nothing is signed then.
func TestAHeadOfAnotherTreeBlocksTheLog(t *testing.T) {
	for name, attack := range map[string]func(h *archive.Head){
		"another root":           func(h *archive.Head) { h.Root = strings.Repeat("0", 64) },
		"smaller, another root":  func(h *archive.Head) { h.Size, h.Root = 3, strings.Repeat("0", 64) },
		"a tree never made":      func(h *archive.Head) { h.Size, h.Root = 9, strings.Repeat("0", 64) },
		"a root that is no hash": func(h *archive.Head) { h.Root = "x" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.service()
			w.append(chain, 5)
			w.take(s)
			head, err := record.Get[archive.Head](t.Context(), w.store, archive.HeadKey())
			w.must(err)
			attack(&head.Value)
			put, err := head.Put(head.Value, time.Time{})
			w.must(err)
			w.store.Overwrite(put.Row, record.Form)
			w.append(chain, 5)
			all := w.changes()
			for range 2 {
				if err := s.Take(t.Context(), all); fault.KindOf(err) != fault.Internal {
					t.Errorf("Take = %v, want Internal", err)
				}
			}
			if f := w.findings(); !slices.Equal(f, []string{archive.Blocked.Name}) || len(w.objects.checkpoints) != 1 {
				t.Errorf("findings %v, %d checkpoints", f, len(w.objects.checkpoints))
			}
			w.store.Erase(archive.HeadKey()) // as the finding says
			w.must(s.Take(t.Context(), all))
			w.take(s)
			w.checkAll()
		})
	}
}

// TestALogWithoutItsWitnessGoesOn: that is reported.
func TestALogWithoutItsWitnessGoesOn(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	s.Evidence.Witness = noWitness{}
	n := 0
	s.Unwitnessed = func(context.Context, error) { n++ }
	w.append(chain, 3)
	w.take(s)
	w.checkAll()
	if n != 1 {
		t.Errorf("it was reported %d times", n)
	}
}

type noWitness struct{}

func (noWitness) Cosign(context.Context, []byte, func(int64) (tlog.TreeProof, error)) ([]byte, error) {
	return nil, fault.Errorf(fault.Transient, "the witness is not there")
}
