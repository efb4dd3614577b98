package archive_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"curfew/shared/archive"
	"curfew/shared/record"
)

// TestAnyDeliveryGivesTheSameLog: shards are split, merged, delivered twice, out of order or not at all. Each process keeps
// its memory, or dies. Then the daily passes come.
func TestAnyDeliveryGivesTheSameLog(t *testing.T) {
	schedules := 0
	rapid.Check(t, func(rt *rapid.T) {
		schedules++
		w := openWorld(t)
		defer w.store.Close()
		services := []*archive.Service{w.service(), w.service()}
		var shards [][]archive.Change
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			for range rapid.IntRange(0, 4).Draw(rt, "writes") {
				id := rapid.IntRange(0, 3).Draw(rt, "elevation")
				w.append(fmt.Sprintf("elevation#%d", id), rapid.IntRange(1, 3).Draw(rt, "records"))
				if rapid.Bool().Draw(rt, "row") {
					at := record.AccessKey(fmt.Sprintf("decision#%d", id), fmt.Sprint(w.heads[fmt.Sprintf("elevation#%d", id)].Seq))
					w.must(w.store.Write(t.Context(), record.Change{If: record.Absent, Row: record.Row{Key: at, Version: 1, Body: []byte(`{}`)}}))
				}
			}
			shards = append(shards, w.changes())
			at := rapid.IntRange(0, len(shards)-1).Draw(rt, "shard")
			n := rapid.IntRange(0, 1).Draw(rt, "process")
			switch rapid.SampledFrom([]string{"take", "again", "split", "merge", "reorder", "lose", "die"}).Draw(rt, "act") {
			case "take":
				w.must(services[n].Take(t.Context(), shards[at]))
				shards[at] = nil
			case "again":
				w.must(services[n].Take(t.Context(), shards[at]))
			case "split":
				some := shards[at]
				shards[at], shards = some[:len(some)/2], append(shards, some[len(some)/2:])
			case "merge":
				both := append(slices.Clone(shards[at]), shards[0]...)
				shards[at] = nil
				shards[0] = both
			case "reorder":
				shards[at] = rapid.Permutation(shards[at]).Draw(rt, "order")
			case "lose":
				shards[at] = nil
			case "die":
				services[n] = w.service()
			}
			w.entries()
		}
		w.now = func() time.Time { return time.Now().Add(20 * time.Hour) }
		_, err := w.service().Pass(t.Context())
		w.must(err)
		w.take(services[0]) // the evidence of a finding
		w.checkAll()
		if t.Failed() {
			rt.Fatal("see above")
		}
	})
	t.Logf("%d schedules", schedules)
}

// TestALostRecordIsEnteredBeforeItsSuccessor: and is marked late.
func TestALostRecordIsEnteredBeforeItsSuccessor(t *testing.T) {
	w := newWorld(t)
	w.append(chain, 4)
	w.changes() // lost
	w.append(chain, 2)
	w.take(w.service())
	var late, seqs []int64
	var next bool
	for _, e := range w.checkAll() {
		if e.Record != nil {
			if seqs = append(seqs, e.Record.Seq); next {
				late = append(late, e.Record.Seq)
			}
		}
		next = e.Late != nil
	}
	if fmt.Sprint(late) != "[1 2 3 4]" || fmt.Sprint(seqs) != "[1 2 3 4 5 6]" {
		t.Errorf("records %v, of them late %v", seqs, late)
	}
}

// TestTheCommonBatchReadsOnlyItsEntries: one read of the head with the entries, and one transaction.
func TestTheCommonBatchReadsOnlyItsEntries(t *testing.T) {
	w, p := newWorld(t), &plan{}
	s := w.under(p)
	w.append(chain, 3)
	w.take(s)
	for range 3 {
		w.append(chain, 5)
		p.names = nil
		w.take(s)
		var store []string
		for _, name := range p.names {
			if name == "store.Read" || name == "store.Partition" || name == "store.Write" {
				store = append(store, name)
			}
		}
		if fmt.Sprint(store) != "[store.Read store.Write]" {
			t.Errorf("calls %v", store)
		}
	}
}

// TestThePassLeavesWhatTheStreamMayStillDeliver: it is of the last six hours.
func TestThePassLeavesWhatTheStreamMayStillDeliver(t *testing.T) {
	for after, want := range map[time.Duration]archive.PassResult{
		5 * time.Hour:  {},
		7 * time.Hour:  {Records: 3, Late: 4},
		47 * time.Hour: {Records: 3, Late: 4},
		49 * time.Hour: {Records: 3, Late: 4}, // no pass was complete
	} {
		w := newWorld(t)
		w.append(chain, 3)
		w.put("decision#1", `{}`, 1)
		w.now = func() time.Time { return time.Now().Add(after) }
		if got, err := w.service().Pass(t.Context()); err != nil || got != want {
			t.Errorf("after %s the pass = %+v, %v, want %+v", after, got, err, want)
		}
		if f := w.findings(); len(f) > 0 != (want.Late > 0) || want.Late > 0 && f[0] != archive.Lost.Name {
			t.Errorf("after %s: findings %v", after, f)
		}
	}
}

// TestAPassFindsWhatIsNoRecord: the stream may have lost the forgery too.
func TestAPassFindsWhatIsNoRecord(t *testing.T) {
	w := newWorld(t)
	w.store.Overwrite(record.Row{Key: auditKey(1), Version: 1, Body: []byte(`{"keys":{}}`)}, record.Form)
	for range 2 {
		_, err := w.service().Pass(t.Context())
		w.must(err)
	}
	w.wantOnly("canonical form")
}

// TestALargeBatchIsEntered: it takes several transactions, and a late entry stays with its record.
func TestALargeBatchIsEntered(t *testing.T) {
	w := newWorld(t)
	for i := range 97 {
		w.append(fmt.Sprintf("elevation#%d", i), 1)
	}
	w.append("caller#a", 150)
	all := w.changes()
	w.must(w.service().Take(t.Context(), append(all[:97:97], all[len(all)-1])))
	n := 0
	for _, e := range w.checkAll() {
		if e.Late != nil {
			n++
		}
	}
	if n != 149 {
		t.Errorf("%d are late, want 149", n)
	}
}

// TestABatchOutOfOrderIsNotLate: its own records are put in order.
func TestABatchOutOfOrderIsNotLate(t *testing.T) {
	w := newWorld(t)
	w.append(chain, 5)
	all := w.changes()
	slices.Reverse(all)
	w.must(w.service().Take(t.Context(), all))
	if n := len(w.checkAll()); n != 6 {
		t.Errorf("%d entries, want the keys and five records", n)
	}
}
