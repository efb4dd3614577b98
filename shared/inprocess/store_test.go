package inprocess_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/record"
)

// The contract suite tests the port; these tests are of this store only.

func key(sort string) record.Key {
	return record.Key{Table: record.AccessTable, Partition: "p", Sort: sort}
}

func row(sort string, version int64) record.Row {
	return record.Row{Key: key(sort), Version: version, Body: json.RawMessage(`{}`)}
}

func expiringRow(sort string, at time.Time) record.Row {
	r := row(sort, 1)
	r.Expires = at
	return r
}

func write(t testing.TB, s *inprocess.Store, rows ...record.Row) {
	t.Helper()
	for _, r := range rows {
		if err := s.Write(t.Context(), record.Change{Row: r}); err != nil {
			t.Fatal(err)
		}
	}
}

func remove(t testing.TB, s *inprocess.Store, k record.Key) {
	t.Helper()
	if err := s.Write(t.Context(), record.Change{Do: record.Delete, Row: record.Row{Key: k}}); err != nil {
		t.Fatal(err)
	}
}

func sorts(rows []record.Row) []string {
	var all []string
	for _, r := range rows {
		all = append(all, r.Key.Sort)
	}
	return all
}

func wantRows(t testing.TB, s *inprocess.Store, want ...string) {
	t.Helper()
	if got := sorts(s.All(record.AccessTable)); !slices.Equal(got, want) {
		t.Errorf("rows = %q, want %q", got, want)
	}
}

func TestRowsThatExpiredAreRemovedLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := inprocess.NewStore(inprocess.StoreSettings{TTLDelay: time.Hour})
		defer s.Close()
		write(t, s, expiringRow("second", time.Now().Add(2*time.Minute)), expiringRow("first", time.Now().Add(time.Minute)), row("stays", 1))
		time.Sleep(time.Minute + time.Hour - time.Second)
		synctest.Wait()
		wantRows(t, s, "first", "second", "stays")
		time.Sleep(time.Second)
		synctest.Wait()
		wantRows(t, s, "second", "stays")
		time.Sleep(time.Minute)
		synctest.Wait()
		wantRows(t, s, "stays")
	})
}

func TestARowThatWasChangedExpiresWhenItSaysNow(t *testing.T) {
	s := inprocess.NewStore(inprocess.StoreSettings{Manual: true})
	defer s.Close()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	write(t, s, expiringRow("later", at), expiringRow("later", at.Add(time.Hour)), expiringRow("never", at), row("never", 2))
	for _, c := range []struct {
		now  time.Time
		want int
	}{{at.Add(-time.Second), 0}, {at, 0}, {at.Add(time.Hour), 1}, {at.Add(time.Hour), 0}} {
		if got := s.Expire(c.now); got != c.want {
			t.Errorf("Expire(%s) = %d, want %d", c.now, got, c.want)
		}
	}
	wantRows(t, s, "never")
}

func TestStreamTellsEveryChangeInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := inprocess.NewStore(inprocess.StoreSettings{})
		defer s.Close()
		var got []string
		s.Subscribe(func(r inprocess.StreamRecord) {
			line := fmt.Sprint(r.Kind, " ", r.Key.Sort, " ttl=", r.TTL)
			if r.Old != nil {
				line += fmt.Sprint(" old=", r.Old.Version)
			}
			if r.New != nil {
				line += fmt.Sprint(" new=", r.New.Version)
			}
			got = append(got, line)
			if r.Key.Sort == "a" && r.Kind == inprocess.Insert {
				write(t, s, row("caused", 1)) // a subscriber may use the store
			}
		})
		write(t, s, row("a", 1))
		synctest.Wait()
		write(t, s, row("a", 2), expiringRow("b", time.Now().Add(time.Minute)))
		remove(t, s, key("a"))
		remove(t, s, key("never was"))
		time.Sleep(time.Minute)
		synctest.Wait()
		want := []string{
			"INSERT a ttl=false new=1", "INSERT caused ttl=false new=1", "MODIFY a ttl=false old=1 new=2",
			"INSERT b ttl=false new=1", "REMOVE a ttl=false old=2", "REMOVE b ttl=true old=1",
		}
		if !slices.Equal(got, want) {
			t.Errorf("stream:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

func TestManualStoreDeliversWhenDrained(t *testing.T) {
	s := inprocess.NewStore(inprocess.StoreSettings{Manual: true})
	defer s.Close()
	n := 0
	s.Subscribe(func(inprocess.StreamRecord) { n++ })
	write(t, s, row("a", 1), row("b", 1))
	if n != 0 {
		t.Errorf("%d records before Drain, want none", n)
	}
	s.Drain()
	if n != 2 {
		t.Errorf("%d records, want 2", n)
	}
}

func TestClosedStoreTellsNobodyAndTakesNothing(t *testing.T) {
	s := inprocess.NewStore(inprocess.StoreSettings{Manual: true})
	n := 0
	s.Subscribe(func(inprocess.StreamRecord) { n++ })
	write(t, s, row("a", 1))
	s.Close()
	s.Drain()
	if err := s.Write(t.Context(), record.Change{Row: row("b", 1)}); fault.KindOf(err) != fault.Transient || n != 0 {
		t.Errorf("Write = %v and %d records, want Transient and none", err, n)
	}
	wantRows(t, s, "a")
}

func TestIndexesLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := inprocess.NewStore(inprocess.StoreSettings{IndexLag: time.Second})
		defer s.Close()
		r := row("a", 1)
		r.Index = map[record.Index]record.Place{record.ByDue: {Partition: "due", Sort: "1"}}
		write(t, s, r)
		time.Sleep(500 * time.Millisecond)
		remove(t, s, r.Key)
		for _, want := range []int{0, 1, 0} { // at 0.5, 1.0 and 1.5 s
			p, err := s.List(t.Context(), record.Query{Index: record.ByDue, Partition: "due", Limit: 1})
			if err != nil || len(p.Keys) != want {
				t.Errorf("at %s: List = %v, %v; want %d keys", time.Now(), p, err, want)
			}
			time.Sleep(500 * time.Millisecond)
		}
	})
}

func TestRestoreBringsBackWhatWas(t *testing.T) {
	s := inprocess.NewStore(inprocess.StoreSettings{Manual: true})
	defer s.Close()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	r := expiringRow("a", at)
	r.Index = map[record.Index]record.Place{record.ByDue: {Partition: "due", Sort: "1"}}
	write(t, s, r)
	was := s.Snapshot()
	remove(t, s, r.Key)
	write(t, s, row("b", 1))
	s.Restore(was)
	wantRows(t, s, "a")
	if rows, err := s.Partition(t.Context(), record.AccessTable, "p", ""); err != nil || len(rows) != 1 {
		t.Errorf("Partition = %v, %v; want the row a", rows, err)
	}
	if p, err := s.List(t.Context(), record.Query{Index: record.ByDue, Partition: "due", Limit: 5}); err != nil || len(p.Keys) != 1 {
		t.Errorf("List = %v, %v; want the row a", p, err)
	}
	if n := s.Expire(at); n != 1 {
		t.Errorf("Expire = %d, want 1", n)
	}
}

func TestWhatIsNoRowIsInvalid(t *testing.T) {
	s := inprocess.NewStore(inprocess.StoreSettings{})
	defer s.Close()
	for name, change := range map[string]func(*record.Row){
		"no version":           func(r *record.Row) { r.Version = 0 },
		"no body":              func(r *record.Row) { r.Body = nil },
		"body is null":         func(r *record.Row) { r.Body = json.RawMessage(`null`) },
		"body is a list":       func(r *record.Row) { r.Body = json.RawMessage(`[]`) },
		"something follows":    func(r *record.Row) { r.Body = json.RawMessage(`{} {}`) },
		"no such table":        func(r *record.Row) { r.Key.Table = "other" },
		"no sort key":          func(r *record.Row) { r.Key.Sort = "" },
		"no such index":        func(r *record.Row) { r.Index = map[record.Index]record.Place{"other": {Partition: "p", Sort: "s"}} },
		"no place in an index": func(r *record.Row) { r.Index = map[record.Index]record.Place{record.ByDue: {}} },
		"evidence in an index": func(r *record.Row) {
			r.Key.Table, r.Index = record.AuditTable, map[record.Index]record.Place{record.ByDue: {Partition: "p", Sort: "s"}}
		},
		"evidence that expires":  func(r *record.Row) { r.Key.Table, r.Expires = record.AuditTable, time.Now() },
		"larger than DynamoDB's": func(r *record.Row) { r.Body = json.RawMessage(`{"a":"` + strings.Repeat("a", 400<<10) + `"}`) },
	} {
		t.Run(name, func(t *testing.T) {
			r := row("a", 1)
			change(&r)
			if err := s.Write(t.Context(), record.Change{Row: r}); fault.KindOf(err) != fault.Invalid {
				t.Errorf("Write = %v, want Invalid", err)
			}
		})
	}
}

func TestRowOfALaterFormIsRefused(t *testing.T) {
	s := inprocess.NewStore(inprocess.StoreSettings{Manual: true})
	defer s.Close()
	told := 0
	s.Subscribe(func(inprocess.StreamRecord) { told++ })
	s.Overwrite(row("a", 1), 2)
	_, read := s.Read(t.Context(), key("a"))
	_, partition := s.Partition(t.Context(), record.AccessTable, "p", "")
	for name, err := range map[string]error{"Read": read, "Partition": partition} {
		if fault.KindOf(err) != fault.Internal || !strings.Contains(err.Error(), "row access/p/a is stored in form 2") {
			t.Errorf("%s = %v, want Internal that names the row and the form", name, err)
		}
	}
	s.Drain()
	if told != 0 {
		t.Errorf("the stream gave %d records of it, want 0", told)
	}
}

func TestWriteAccessToTheTableGoesRoundEveryCheck(t *testing.T) {
	s := inprocess.NewStore(inprocess.StoreSettings{Manual: true})
	defer s.Close()
	var kinds []inprocess.StreamKind
	s.Subscribe(func(r inprocess.StreamRecord) { kinds = append(kinds, r.Kind) })
	r := record.Row{Key: record.Key{Table: record.AuditTable, Partition: "p", Sort: "1"}, Version: 1, Body: json.RawMessage(`{"e":1}`)}
	if err := s.Write(t.Context(), record.Change{If: record.Absent, Row: r}); err != nil {
		t.Fatal(err)
	}
	r.Body = json.RawMessage(`{"e":2}`)
	s.Overwrite(r, record.Form)
	if rows, err := s.Read(t.Context(), r.Key); err != nil || string(rows[r.Key].Body) != `{"e":2}` {
		t.Errorf("Read = %s, %v; want what was put over it", rows[r.Key].Body, err)
	}
	s.Erase(r.Key)
	if rows, err := s.Read(t.Context(), r.Key); err != nil || len(rows) != 0 {
		t.Errorf("Read = %v, %v; want no row", rows, err)
	}
	s.Drain()
	if want := []inprocess.StreamKind{inprocess.Insert, inprocess.Modify, inprocess.Remove}; !slices.Equal(kinds, want) {
		t.Errorf("stream = %v, want %v", kinds, want)
	}
}

func TestNobodyWaitsNobodyIsAsked(t *testing.T) {
	s := inprocess.NewStore(inprocess.StoreSettings{})
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Write(ctx, record.Change{Row: row("a", 1)}); fault.KindOf(err) != fault.Transient {
		t.Errorf("Write = %v, want Transient", err)
	}
	wantRows(t, s)
}

// The simulation makes thousands of elevations per second: the cost of a write must not grow with the store.
func BenchmarkWrite(b *testing.B) {
	s := inprocess.NewStore(inprocess.StoreSettings{})
	defer s.Close()
	for i := 0; b.Loop(); i++ {
		r := row(fmt.Sprintf("%09d", i), 1)
		r.Index = map[record.Index]record.Place{record.ByState: {Partition: "ended", Sort: r.Key.Sort}}
		if err := s.Write(b.Context(), record.Change{If: record.Absent, Row: r}); err != nil {
			b.Fatal(err)
		}
	}
}
