package correlate

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/archive"
	"curfew/shared/evidence/log"
	"curfew/shared/evidence/restore"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/inprocess"
	"curfew/shared/record"
)

// crashing fails at one write, before or after it is made.
type crashing struct {
	record.Store
	at   int
	made bool
	n    int
}

func (c *crashing) Write(ctx context.Context, changes ...record.Change) error {
	if c.n++; c.n != c.at {
		return c.Store.Write(ctx, changes...)
	}
	if c.made {
		if err := c.Store.Write(ctx, changes...); err != nil {
			return err
		}
	}
	return fault.Errorf(fault.Transient, "the function crashed")
}

func TestCrashAtEachStepOfARecordLosesAndDoublesNothing(t *testing.T) {
	tell := func(at int, made bool) (evidence [][]byte, crashed bool) {
		d := newHandCounted(t)
		for i := range 3 {
			d.both(account, used[:25]+fmt.Sprint(i), "*", d.now.Add(time.Hour))
		}
		d.now = morning
		c := &crashing{Store: d.store, at: at, made: made}
		d.Service.Store = c
		for pass := range 4 {
			_, err := d.Backfill(t.Context(), folder{})
			if err == nil {
				break
			}
			if pass == 3 {
				t.Fatal(err)
			}
		}
		for _, row := range d.store.All(record.AuditTable) {
			evidence = append(evidence, row.Body)
		}
		for i := range 3 {
			d.says(used[:25] + fmt.Sprint(i))
		}
		return evidence, c.n > c.at
	}
	want, _ := tell(1000, false)
	if len(want) != 3+2*2 {
		t.Fatalf("%d records without a crash", len(want))
	}
	at := 1
	for crashed := true; crashed; at++ {
		for _, made := range []bool{false, true} {
			var got [][]byte
			if got, crashed = tell(at, made); !slices.EqualFunc(got, want, bytes.Equal) {
				t.Errorf("a crash at write %d, made %v: %d records, want %d", at, made, len(got), len(want))
			}
		}
	}
	if at < 7 {
		t.Errorf("%d writes crashed", at)
	}
}

func TestRecordsGoOnInTheNextPassWhenTimeIsUp(t *testing.T) {
	d := newHandCounted(t)
	d.both(account, used, "*", d.now.Add(time.Hour))
	d.now = morning
	ctx, cancel := context.WithTimeout(t.Context(), spare/2)
	defer cancel()
	if r, err := d.Backfill(ctx, folder{}); err != nil || r.Recorded != 0 || len(d.settled(account)) != 1 {
		t.Errorf("a pass without time = %+v, %v; settled until %q", r, err, d.settled(account))
	}
	if n := d.passes(); n != 1 || len(d.settled(account)) != 2 {
		t.Errorf("%d records in the next pass; settled until %q", n, d.settled(account))
	}
}

func TestDamagedRowOfOneSubjectStopsNoOther(t *testing.T) {
	d := newHandCounted(t)
	d.both(account, used, "*", d.now.Add(time.Hour))
	d.both(account, engine, "*", d.now.Add(time.Hour))
	rows, err := d.store.Partition(t.Context(), record.AccessTable, usagePartition(used), "")
	if err != nil || len(rows) == 0 {
		t.Fatal(rows, err)
	}
	good := rows[0]
	damaged := good
	damaged.Body = []byte(`{"usage":[]}`)
	d.store.Overwrite(damaged, record.Form)
	d.now = morning
	if r, err := d.Backfill(t.Context(), folder{}); fault.KindOf(err) != fault.Internal || r.Recorded != 1 || len(d.says(engine)) != 1 || len(d.settled(account)) != 1 {
		t.Errorf("Backfill = %+v, %v; settled until %q", r, err, d.settled(account))
	}
	d.store.Overwrite(good, record.Form)
	if n := d.passes(); n != 1 || len(d.settled(account)) != 2 {
		t.Errorf("%d records when the row is well; settled until %q", n, d.settled(account))
	}
}

// A restore of the access table loses the heads, or brings old ones.
func TestChainOfUsageGoesOnAfterARestore(t *testing.T) {
	for name, lose := range map[string]func(was, is record.Row) record.Change{
		"gone": func(was, _ record.Row) record.Change { return record.Change{Do: record.Delete, Row: was} },
		"old":  func(was, _ record.Row) record.Change { return record.Change{Row: was} },
	} {
		t.Run(name, func(t *testing.T) {
			d := newHandCounted(t)
			head := func() record.Row {
				rows, err := d.store.Read(t.Context(), record.HeadKey("usage#"+engine))
				if err != nil {
					t.Fatal(err)
				}
				return rows[record.HeadKey("usage#"+engine)]
			}
			day := func() {
				d.both(account, engine, "*", d.now)
				d.now = d.now.AddDate(0, 0, 1)
				d.passes()
			}
			day()
			was := head()
			day()
			if err := d.store.Write(t.Context(), lose(was, head())); err != nil {
				t.Fatal(err)
			}
			day()
			if got := d.says(engine); len(got) != 3 {
				t.Errorf("records = %+v", got)
			}
		})
	}
}

// An outage of days leaves hours without proof: the records say so.
func TestDaysWithoutProofSaySo(t *testing.T) {
	d := newHandCounted(t)
	at := d.now.Add(time.Hour)
	d.call(ByBus, account, used, "*", at)
	d.now = morning.AddDate(0, 0, 5)
	d.passes()
	if got := d.says(used); len(got) != 1 || !got[0].AtLeast || got[0].Events != 1 {
		t.Errorf("records = %+v", got)
	}
	all := d.chain("account-" + account)
	for i, want := range []bool{false, true, true, true, true, true, false} {
		if i >= len(all) || strings.Contains(string(all[i].Detail), "unproven") != want {
			t.Errorf("%d of %d records: %s, want unproven %v", i, len(all), all[min(i, len(all)-1)].Detail, want)
		}
	}
}

// The log takes the chains of usage as all others: it verifies, and gives them back.
func TestUsageIsInTheLogAndIsRestoredFromIt(t *testing.T) {
	d := newHandCounted(t)
	folder := &log.Folder{Path: t.TempDir()}
	l := inprocess.NewSignedLog(folder, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	a := inprocess.NewArchive(d.Base, d.store, l)
	a.Retention = record.Retention{Elevations: 800, Refusals: 400}
	d.Service.Store = keeping{d.store, a.Retention}
	for range 3 {
		d.both(account, used, "*", d.now.Add(time.Hour))
		d.both(account, engine, "*", d.now.Add(time.Hour))
		d.now = d.now.AddDate(0, 0, 1)
		d.passes()
	}
	if err := a.TakeAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	key, err := log.VerifierKey(t.Context(), l.Origin, l.Keys[0])
	if err != nil {
		t.Fatal(err)
	}
	r, err := log.Verify(t.Context(), folder, log.Options{Keys: []string{key}, Now: d.now})
	if err != nil || !r.Verified() || r.Counts.Records != 3+3+2*4 || r.Counts.Chains != 4 {
		t.Errorf("Verify = %+v, %v", r, err)
	}
	if found, err := finding.SeenWithinDay(t.Context(), d.store, archive.Altered, "usage#"+used, d.now); found || err != nil {
		t.Errorf("a finding about the evidence: %v, %v", found, err)
	}
	tree, err := l.Published(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	to := inprocess.NewStore(inprocess.StoreSettings{Manual: true, Now: time.Now})
	defer to.Close()
	done, err := restore.All(t.Context(), folder, tree, to, nil)
	if err != nil || len(to.All(record.AuditTable)) != len(d.store.All(record.AuditTable)) {
		t.Errorf("restore.All = %+v, %v", done, err)
	}
}

// keeping is a store whose rows expire.
type keeping struct {
	record.Store
	by record.Retention
}

func (k keeping) Write(ctx context.Context, changes ...record.Change) error {
	return k.Store.Write(ctx, k.by.Apply(changes)...)
}
