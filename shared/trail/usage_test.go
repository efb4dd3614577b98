package trail_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"curfew/shared/trail"
)

// bucketRecord is a call of one of many sessions on one of many buckets.
func bucketRecord(n int) *trail.Record {
	at := time.Date(2026, 11, 29, 10, 0, n%3000, 0, time.UTC)
	return &trail.Record{
		ID: fmt.Sprint(n), Time: at, Source: "s3.amazonaws.com", Name: "CreateBucket", Address: fmt.Sprintf("192.0.2.%d", n%250),
		Identity: trail.Identity{Type: "AssumedRole", PrincipalID: fmt.Sprintf("AROAX:s%d", n%230), CreatedAt: at},
	}
}

func bucketVerdict(n int) *trail.Verdict {
	return &trail.Verdict{Right: trail.Standing, Denied: n%7 == 0, Calls: []trail.Call{
		{Action: fmt.Sprintf("s3:Action%d", n%1100), Resource: fmt.Sprintf("arn:aws:s3:::%d", n*31%1500)}, {Action: "s3:CreateBucket", Resource: "arn:aws:s3:::all"},
	}}
}

// Any split of the same events into usages, merged in any order, saved or not in between, gives the usage of all of them.
func TestMergedUsageIsTheUsageOfTheUnion(t *testing.T) {
	key := trail.Key{1}
	const events = 3000
	whole := trail.NewUsage(key)
	for n := range events {
		whole.Add(bucketRecord(n), bucketVerdict(n))
	}
	if want, got := 1000, len(whole.Resources.Rows); got != want {
		t.Fatalf("%d resources are kept, want %d: the tables are to be full", got, want)
	}
	want := bytesOf(t, whole)
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 1))
		parts := make([]*trail.Usage, 1+r.IntN(9))
		for i := range parts {
			parts[i] = trail.NewUsage(key)
		}
		for _, n := range r.Perm(events) {
			parts[r.IntN(len(parts))].Add(bucketRecord(n), bucketVerdict(n))
		}
		for len(parts) > 1 {
			i := r.IntN(len(parts) - 1)
			last := parts[len(parts)-1]
			if r.IntN(2) == 0 {
				saved := trail.Usage{}
				if err := json.Unmarshal(bytesOf(t, last), &saved); err != nil {
					t.Fatal(err)
				}
				last = &saved
			}
			parts[i].Merge(last)
			parts = parts[:len(parts)-1]
		}
		if got := bytesOf(t, parts[0]); !bytes.Equal(got, want) {
			t.Fatalf("seed %d: other bytes", seed)
		}
	}
}

// Tables kept the names that sort first, so that a caller could choose names that evicted the others.
func TestNamesThatSortFirstDoNotEvictOthers(t *testing.T) {
	kept := map[string]bool{}
	for _, first := range []byte{1, 2, 3, 4, 5, 6, 7, 8} {
		u := trail.NewUsage(trail.Key{first})
		add := func(n int, resource string) {
			u.Add(bucketRecord(n), &trail.Verdict{Calls: []trail.Call{{Action: "s3:CreateBucket", Resource: resource}}})
		}
		add(0, "arn:aws:s3:::the-one-that-matters")
		for n := range 1000 {
			add(n, fmt.Sprintf("arn:aws:s3:::aaa-%d", n))
		}
		kept[fmt.Sprint(u.Resources.Rows["arn:aws:s3:::the-one-that-matters"] != nil)] = true
		if u.Resources.More != 1 || len(u.Resources.Rows) != 1000 {
			t.Errorf("%d events of names that are not kept, %d names; want 1, 1000", u.Resources.More, len(u.Resources.Rows))
		}
	}
	if !kept["true"] {
		t.Error("under each of 8 keys the same name is dropped")
	}
}

// The examples of what is unresolved were the earliest, which a caller could fill.
func TestExamplesOfUnresolvedRecordsDependOnTheKey(t *testing.T) {
	examples := func(key trail.Key, order []int) string {
		l := trail.NewLedger(trail.NewRights(nil, []trail.Baseline{{PrincipalID: "AROAX", Unknown: true, Until: later()}}), key)
		l.Now = later
		for _, n := range order {
			l.Add(bucketRecord(n))
		}
		return string(bytesOf(t, l.Unresolved))
	}
	r := rand.New(rand.NewPCG(1, 1))
	one := examples(trail.Key{1}, r.Perm(500))
	if again := examples(trail.Key{1}, r.Perm(500)); again != one {
		t.Error("another order keeps other examples")
	}
	if other := examples(trail.Key{2}, r.Perm(500)); other == one {
		t.Error("another key keeps the same examples")
	}
}

func TestLedgerOfAnotherKeyIsNotLoaded(t *testing.T) {
	saved, err := trail.NewLedger(trail.NewRights(nil, nil), trail.Key{1}).Save()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trail.LoadLedger(trail.NewRights(nil, nil), trail.Key{2}, saved); err == nil {
		t.Error("it is loaded")
	}
}

func bytesOf(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
