package trail_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"curfew/shared/iampolicy"
	"curfew/shared/trail"
	"curfew/shared/trail/trailtest"
)

// A day of 20,000 records: what each is was decided when it was made.
func TestDayIsAttributedAsItWasMade(t *testing.T) {
	d, err := trailtest.NewDay(0, 20, 12)
	if err != nil {
		t.Fatal(err)
	}
	ledger := trail.NewLedger(trail.NewRights(d.Grants, d.Baselines), trail.Key{})
	ledger.Now = later
	reader := trail.Reader{}
	records, size, marked, complete, unresolved, wrong := 0, 0, 0, 0, 0, 0
	for text, truth := range d.Records(20_000) {
		records++
		size += len(text)
		err := reader.ReadText("day", string(text), func(r *trail.Record) error {
			v, _ := ledger.Add(r)
			if v.Right != trail.Other && v.Right != trail.Service {
				marked++
			}
			if truth.Complete {
				complete++
				if v.Right == trail.Unresolved {
					unresolved++
				}
			}
			who := ""
			if truth.Who != "" {
				who = ledger.Sessions.Who(&r.Identity).Name
			}
			if v.Right != truth.Right || v.Why != truth.Why || v.Elevation != truth.Elevation || v.Denied != truth.Denied || (v.AlsoStanding == iampolicy.Yes) != truth.AlsoStanding || who != truth.Who {
				if wrong++; wrong < 5 {
					t.Errorf("%+v by %s, want %+v: %s", v, who, truth, text)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d records of %d bytes, %.1f %% of marked principals; %d wrong; unresolved %.2f %% of those with complete identity", records, size/records,
		100*float64(marked)/float64(records), wrong, 100*float64(unresolved)/float64(complete))
	switch {
	case wrong > 0:
		t.Errorf("%d are wrong", wrong)
	case size/records < 1200, marked*5 < records, unresolved*50 > complete, reader.Counts.Records != int64(records):
		t.Error("the day is not as it is to be: at least 1,200 bytes a record, 20 % of marked principals, at most 2 % unresolved")
	}
}

// Orders, doublings, batches, crashes: the same set of records gives the same bytes.
func TestLedgerDependsOnTheSetOfRecordsAlone(t *testing.T) {
	d, err := trailtest.NewDay(1, 4, 8)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for text := range d.Records(600) {
		all = append(all, bytes.Clone(text))
	}
	stages := stagesOf(d)
	runs := 30 // CURFEW_ORDERS=1000 for the number that is published
	if n, err := strconv.Atoi(os.Getenv("CURFEW_ORDERS")); err == nil {
		runs = n
	} else if testing.Short() {
		runs = 3
	}
	var want []byte
	for run := range runs {
		got := deliver(t, stages, all, rand.New(rand.NewPCG(uint64(run), 3)), run > 0)
		if want == nil {
			want = got
		} else if !bytes.Equal(got, want) {
			t.Fatalf("run %d gives other bytes", run)
		}
	}
	t.Logf("%d runs, %d bytes each", runs, len(want))
}

// stagesOf are the rights as they become known during a day: each surveys baselines up to an instant, and has the grants that began before.
func stagesOf(d *trailtest.Day) (all []*trail.Rights) {
	for _, hours := range []time.Duration{0, 3, 9, 10, 16, 100} {
		at := trailtest.Begin.Add(24*time.Hour + hours*time.Hour)
		var grants []trail.Grant
		for _, g := range d.Grants {
			if g.From.Before(at) {
				grants = append(grants, g)
			}
		}
		baselines := slices.Clone(d.Baselines)
		for i := range baselines {
			baselines[i].Until = at
		}
		all = append(all, trail.NewRights(grants, baselines))
	}
	return all
}

// deliver gives all records to a ledger, in batches of any size, each saved after it. A batch may crash in the middle, and comes again. If
// shuffled, the rights become known as the records come.
func deliver(t *testing.T, stages []*trail.Rights, all [][]byte, r *rand.Rand, shuffled bool) []byte {
	t.Helper()
	final, rights := stages[len(stages)-1], stages[0]
	if !shuffled {
		rights = final
	}
	ledger, order := trail.NewLedger(rights, trail.Key{}), r.Perm(len(all))
	ledger.Now = later
	if !shuffled {
		for i := range order {
			order[i] = i
		}
	} else {
		for range len(all) / 5 { // doubled
			order = append(order, r.IntN(len(all)))
		}
	}
	saved, err := ledger.Save()
	for err == nil && len(order) > 0 {
		n := min(1+r.IntN(300), len(order))
		crash := shuffled && r.IntN(3) == 0
		for i, at := range order[:n] {
			if crash && i == n/2 {
				break
			}
			var reader trail.Reader
			_ = reader.ReadText("batch", string(all[at]), func(r *trail.Record) error { ledger.Add(r); return nil })
		}
		if crash {
			ledger, err = trail.LoadLedger(rights, trail.Key{}, saved)
			ledger.Now = later
			continue
		}
		order = order[n:]
		if shuffled && r.IntN(4) == 0 {
			ledger.Settle(trailtest.Begin.Add(time.Duration(r.IntN(96))*time.Hour), 10*time.Minute)
		}
		if shuffled && len(stages) > 0 && r.IntN(2) == 0 {
			rights, stages = stages[0], stages[1:]
			if err := ledger.Revise(rights); err != nil {
				t.Fatal(err)
			}
		}
		saved, err = ledger.Save()
	}
	if err == nil {
		err = ledger.Revise(final)
	}
	if err != nil {
		t.Fatal(err)
	}
	ledger.Settle(trailtest.Begin.Add(30*24*time.Hour), 10*time.Minute)
	saved, err = ledger.Save()
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func TestSessionIsSettledOnceMoreWhenItsOpeningComesLate(t *testing.T) {
	d, err := trailtest.NewDay(2, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	ledger := trail.NewLedger(trail.NewRights(d.Grants, d.Baselines), trail.Key{})
	ledger.Now = later
	var openings, others [][]byte
	for text := range d.Records(60) {
		if strings.Contains(string(text), `"AssumeRole"`) {
			openings = append(openings, bytes.Clone(text))
		} else {
			others = append(others, bytes.Clone(text))
		}
	}
	add := func(texts [][]byte) {
		for _, text := range texts {
			var reader trail.Reader
			_ = reader.ReadText("x", string(text), func(r *trail.Record) error { ledger.Add(r); return nil })
		}
	}
	add(others)
	end := trailtest.Begin.Add(4 * 24 * time.Hour)
	if got := ledger.Settle(trailtest.Begin.Add(2*24*time.Hour), 10*time.Minute); len(got) != 0 {
		t.Errorf("within the grace %d are settled, want none", len(got))
	}
	first := ledger.Settle(end, 10*time.Minute)
	if len(first) != 2 || !first[0].Provisional || first[0].Who.Kind != trail.WhoUnknown {
		t.Errorf("after the grace %+v, want 2 that are provisional", first)
	}
	add(openings)
	second := ledger.Settle(end, 10*time.Minute)
	if len(second) != 2 || second[0].Provisional || second[0].Who.Kind != trail.WhoUser {
		t.Errorf("when the openings came %+v, want 2 by users", second)
	}
	if again := ledger.Settle(end, 10*time.Minute); len(again) != 0 {
		t.Errorf("settled again: %+v", again)
	}
}

// later is a clock behind all days.
func later() time.Time { return trailtest.Begin.Add(1000 * 24 * time.Hour) }
