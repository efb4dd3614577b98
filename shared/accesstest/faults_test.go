package accesstest_test

import (
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/record"
)

// failFirst makes the first call of an operation fail.
func failFirst(op string, fault accesstest.Fault) accesstest.Interposer {
	return func(o string, n int) accesstest.Fault {
		if o == op && n == 1 {
			return fault
		}
		return accesstest.Fault{}
	}
}

func TestFaultsOfAWrite(t *testing.T) {
	for _, c := range []struct {
		name    string
		fault   accesstest.Fault
		kind    fault.Kind
		crashed bool
		took    time.Duration
		then    bool // done at once
		later   bool // done after all delays
	}{
		{"fine", accesstest.Fault{}, "", false, 0, true, true},
		{"error, not done", accesstest.Fault{Failure: accesstest.ErrorBefore}, fault.Transient, false, 0, false, false},
		{"error, but done", accesstest.Fault{Failure: accesstest.ErrorAfter}, fault.Transient, false, 0, true, true},
		{"crash before", accesstest.Fault{Failure: accesstest.Crash}, "", true, 0, false, false},
		{"crash after", accesstest.Fault{Failure: accesstest.CrashAfter}, "", true, 0, true, true},
		{"delayed", accesstest.Fault{Failure: accesstest.Delayed, By: time.Minute}, "", false, time.Minute, true, true},
		{"late effect", accesstest.Fault{Failure: accesstest.EffectLate, By: time.Minute}, fault.Transient, false, 0, false, true},
		{"stale means nothing here", accesstest.Fault{Failure: accesstest.Stale}, "", false, 0, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				plain := inprocess.NewStore(inprocess.StoreSettings{})
				defer plain.Close()
				faults := &accesstest.Faults{Interpose: failFirst("store.Write", c.fault)}
				store := &accesstest.FaultyStore{Store: plain, Faults: faults}
				k := record.Key{Table: record.AccessTable, Partition: "p", Sort: "s"}
				there := func() bool {
					rows, err := plain.Read(t.Context(), k)
					return err == nil && len(rows) == 1
				}

				began := time.Now()
				var err error
				_, crashed := accesstest.Survive(func() {
					err = store.Write(t.Context(), record.Change{Row: record.Row{Key: k, Version: 1, Body: json.RawMessage(`{}`)}})
				})
				took := time.Since(began)
				if fault.KindOf(err) != c.kind || crashed != c.crashed || took != c.took || there() != c.then {
					t.Errorf("error %v, crashed %v, took %v, there %v; want %+v", err, crashed, took, there(), c)
				}
				faults.Wait()
				if there() != c.later {
					t.Errorf("there later = %v, want %v", there(), c.later)
				}
			})
		})
	}
}

func TestSurviveLetsOtherPanicsThrough(t *testing.T) {
	defer func() {
		if got := recover(); got != "a mistake" {
			t.Errorf("recovered %v, want the panic itself", got)
		}
	}()
	accesstest.Survive(func() { panic("a mistake") })
}

func TestOperationsAreNamed(t *testing.T) {
	var ops []string
	faults := &accesstest.Faults{Interpose: func(op string, n int) accesstest.Fault {
		if n != 1 {
			t.Errorf("%s is call %d, want 1", op, n)
		}
		ops = append(ops, op)
		return accesstest.Fault{Failure: accesstest.ErrorBefore}
	}}
	ctx := t.Context()
	store := &accesstest.FaultyStore{Faults: faults}
	cloud := &accesstest.FaultyCloud{Faults: faults}
	flow := &accesstest.FaultyWorkflow{Faults: faults}
	for _, call := range []func() error{
		func() error { _, err := store.Read(ctx); return err },
		func() error { _, err := store.Partition(ctx, record.AccessTable, "p", ""); return err },
		func() error { return store.Write(ctx) },
		func() error { _, err := store.List(ctx, record.Query{}); return err },
		func() error { _, err := cloud.Look(ctx, ""); return err },
		func() error { return cloud.Attach(ctx, access.Grant{}) },
		func() error { _, err := cloud.Remove(ctx, access.Principal{}, ""); return err },
		func() error { _, err := cloud.Read(ctx, access.Principal{}, ""); return err },
		func() error { _, err := cloud.Survey(ctx, "", ""); return err },
		func() error { return flow.Start(ctx, "", "") },
		func() error { return flow.Answer(ctx, "", "") },
		func() error { return flow.Beat(ctx, "") },
		func() error { return flow.Revoke(ctx, access.Order{}) },
		func() error { return flow.Postpone(ctx, access.Late{}) },
	} {
		if err := call(); fault.KindOf(err) != fault.Transient {
			t.Errorf("error = %v, want Transient", err)
		}
	}
	want := []string{
		"store.Read", "store.Partition", "store.Write", "store.List",
		"cloud.Look", "cloud.Attach", "cloud.Remove", "cloud.Read", "cloud.Survey",
		"workflow.Start", "workflow.Answer", "workflow.Beat", "workflow.Revoke", "workflow.Postpone",
	}
	if !slices.Equal(ops, want) {
		t.Errorf("operations = %q, want %q", ops, want)
	}
}

func TestFaultsOfACloud(t *testing.T) {
	const read = "cloud.Read"
	document := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`
	open := func(t *testing.T, i accesstest.Interposer) (*accesstest.FaultyCloud, access.Grant) {
		u := openCloud(t)
		c := &accesstest.FaultyCloud{Cloud: u.Cloud, Faults: &accesstest.Faults{Interpose: i}}
		s, err := c.Look(t.Context(), u.Role)
		if err != nil {
			t.Fatal(err)
		}
		return c, access.Grant{
			Name: "curfew-01jd2q7v3x0000000000000000", Principal: s.Principal, Form: access.Inline,
			Documents: []string{document}, AttachBy: time.Now().Add(20 * time.Second),
		}
	}
	wantRead := func(t *testing.T, c *accesstest.FaultyCloud, g access.Grant, want int) {
		t.Helper()
		if got, err := c.Read(t.Context(), g.Principal, g.Name); err != nil || len(got) != want {
			t.Errorf("Read = %q, %v; want %d documents", got, err, want)
		}
	}

	t.Run("a stale read shows what was seen before", func(t *testing.T) {
		stale := map[int]bool{1: true, 3: true}
		c, g := open(t, func(op string, n int) accesstest.Fault {
			if op == read && stale[n] {
				return accesstest.Fault{Failure: accesstest.Stale}
			}
			return accesstest.Fault{}
		})
		if err := c.Attach(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		wantRead(t, c, g, 0) // never seen
		wantRead(t, c, g, 1)
		if _, err := c.Remove(t.Context(), g.Principal, g.Name); err != nil {
			t.Fatal(err)
		}
		wantRead(t, c, g, 1) // as it was seen
		wantRead(t, c, g, 0)
	})
	t.Run("a late attach lands after its last instant, because it was sent before", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, g := open(t, failFirst("cloud.Attach", accesstest.Fault{Failure: accesstest.EffectLate, By: 40 * time.Second}))
			if err := c.Attach(t.Context(), g); fault.KindOf(err) != fault.Transient {
				t.Errorf("Attach = %v, want Transient", err)
			}
			time.Sleep(30 * time.Second)
			wantRead(t, c, g, 0)
			c.Faults.Wait()
			wantRead(t, c, g, 1)
		})
	})
	t.Run("a look that never was cannot be stale", func(t *testing.T) {
		c, g := open(t, failFirst("cloud.Look", accesstest.Fault{Failure: accesstest.Stale}))
		if g.Principal.ID == "" {
			t.Errorf("the grant of %+v has no principal", c)
		}
	})
}
