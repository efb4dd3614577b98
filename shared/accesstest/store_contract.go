package accesstest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"curfew/shared/fault"
	"curfew/shared/record"
)

// StoreUnderTest is a store for [StoreContract].
type StoreUnderTest struct {
	Store record.Store
	// Lag is how stale an index may be.
	Lag time.Duration
}

// StoreContract tests the comments of [record.Store]. Cases may share a store: each uses its own keys.
func StoreContract(t *testing.T, open func(*testing.T) StoreUnderTest) {
	t.Helper()
	for _, c := range slices.Concat(storeReads, storeWrites, storeLists) {
		t.Run(c.name, func(t *testing.T) {
			c.run(storeCase{T: t, StoreUnderTest: open(t), id: newID()})
		})
	}
}

type storeTest struct {
	name string
	run  func(storeCase)
}

type storeCase struct {
	*testing.T
	StoreUnderTest
	id string
}

func newID() string { return strings.ToLower(ulid.Make().String()) }

func (c storeCase) key(sort string) record.Key {
	return record.Key{Table: record.AccessTable, Partition: "contract#" + c.id, Sort: sort}
}

func (c storeCase) row(sort string, version int64, body string) record.Row {
	return record.Row{Key: c.key(sort), Version: version, Body: json.RawMessage(body)}
}

func put(r record.Row) record.Change { return record.Change{Do: record.Put, Row: r} }

func change(i record.Condition, version int64, do record.Action, r record.Row) record.Change {
	return record.Change{If: i, Version: version, Do: do, Row: r}
}

func (c storeCase) write(changes ...record.Change) {
	c.Helper()
	if err := c.Store.Write(c.Context(), changes...); err != nil {
		c.Fatalf("Write = %v, want nil", err)
	}
}

func (c storeCase) wantRefused(want fault.Kind, changes ...record.Change) error {
	c.Helper()
	err := c.Store.Write(c.Context(), changes...)
	if fault.KindOf(err) != want {
		c.Errorf("Write = %v (%s), want %s", err, fault.KindOf(err), want)
	}
	return err
}

// wantRow expects a row with this version and body; version 0: no row.
func (c storeCase) wantRow(k record.Key, version int64, body string) record.Row {
	c.Helper()
	rows, err := c.Store.Read(c.Context(), k)
	if err != nil {
		c.Fatalf("Read = %v, want nil", err)
	}
	r, there := rows[k]
	if there != (version > 0) || r.Version != version {
		c.Errorf("%s has version %d, want %d", k.Sort, r.Version, version)
	} else if there && string(r.Body) != body {
		c.Errorf("%s = %.500q, want %.500q", k.Sort, r.Body, body)
	}
	return r
}

var storeReads = []storeTest{
	{"what was written is read at once", func(c storeCase) {
		c.write(put(c.row("a", 1, `{"n":1}`)))
		c.wantRow(c.key("a"), 1, `{"n":1}`)
	}},
	{"a key without a row is absent", func(c storeCase) {
		c.write(put(c.row("a", 1, `{}`)))
		rows, err := c.Store.Read(c.Context(), c.key("a"), c.key("b"))
		if err != nil || len(rows) != 1 || rows[c.key("a")].Key != c.key("a") {
			c.Errorf("Read = %v, %v; want the row a alone", rows, err)
		}
	}},
	{"a hundred keys are read together", func(c storeCase) {
		var changes []record.Change
		var keys []record.Key
		for i := range 100 {
			r := c.row(fmt.Sprintf("%03d", i), 1, `{}`)
			changes, keys = append(changes, put(r)), append(keys, r.Key)
		}
		c.write(changes...)
		rows, err := c.Store.Read(c.Context(), keys...)
		if err != nil || len(rows) != 100 {
			c.Errorf("Read = %d rows, %v; want 100, nil", len(rows), err)
		}
	}},
	{"a partition is read in order, by prefix", func(c storeCase) {
		for _, sort := range []string{"b#2", "a", "b#10", "c", "b#1"} {
			c.write(put(c.row(sort, 1, `{}`)))
		}
		c.partition("b#", "b#1", "b#10", "b#2")
		c.partition("", "a", "b#1", "b#10", "b#2", "c")
		c.partition("x")
	}},
	{"a body keeps its bytes", func(c storeCase) {
		for i, body := range []string{
			`{"a":1,"b":2}`, `{"b":2,"a":1}`, `{ "a": 1,"b":2}`, "\n{\"a\":1,\r\n\t\"b\":2} ", `{"a":1,"a":2}`,
			`{"a":"<"}`, `{"a":"\u003c"}`, `{"a":"\u003C"}`, "{\"a\":\"\u2028\"}", `{"a":"\u2028"}`, `{"a":"/"}`, `{"a":"\/"}`,
			`{"a":"é"}`, "{\"a\":\"e\u0301\"}", `{"a":"\u00e9"}`, `{"a":"\u0000"}`, `{"a":"\ud83d\ude00"}`, `{"a":"\ud83d"}`, "{\"a\":\"\U0001f600\x7f\"}",
			`{"a":1.50}`, `{"a":15e-1}`, `{"a":-0}`, `{"a":1E400}`, `{"a":123456789012345678901234567890123456789012345678901234567890}`,
			`{"":{},"b":[],"c":[null,true,""]}`, `{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`,
			`{"text":"<b> & ü \"q\" \\ 日本 \u0001","policy":"{\"Version\": \"x\",\n \"b\":1}"}`,
		} {
			r := c.row(fmt.Sprint(i), 1, body)
			c.write(put(r))
			c.wantRow(r.Key, 1, body)
		}
	}},
	{"a row of exactly the largest size is kept, and one byte more is Invalid", func(c storeCase) {
		r := c.row("a", 1, `{"a":""}`)
		long := `{"a":"` + strings.Repeat("é", 1000) + strings.Repeat("x", record.MaxSize-2000-r.Size())
		c.write(put(c.row("a", 1, long+`"}`)))
		c.wantRow(r.Key, 1, long+`"}`)
		c.wantRefused(fault.Invalid, put(c.row("b", 1, long+`x"}`)))
		c.wantRow(c.key("b"), 0, "")
	}},
	{"a body that is no JSON object in UTF-8 is Invalid", func(c storeCase) {
		for _, body := range []string{
			"", " ", "null", "[]", `"a"`, "1", "{", `{"a"}`, `{"a":1,}`, "{} {}", "{}x", "\ufeff{}", "{\"a\":\"\n\"}", `{"a":"\x"}`, "{\"a\":\"\xff\"}", "{\"a\":\"\xed\xa0\x80\"}",
		} {
			c.wantRefused(fault.Invalid, put(c.row("a", 1, body)))
		}
		c.partition("")
	}},
	{"a row comes back whole", func(c storeCase) {
		r := c.row("a", 7, `{"n":1}`)
		r.Expires = time.Now().Add(48 * time.Hour).UTC().Truncate(time.Second)
		r.Index = map[record.Index]record.Place{record.ByPrincipal: {Partition: "arn#" + c.id, Sort: c.id}}
		c.write(put(r))
		got := c.wantRow(r.Key, 7, `{"n":1}`)
		if !got.Expires.Equal(r.Expires) || !maps.Equal(got.Index, r.Index) {
			c.Errorf("row = %+v, want %+v", got, r)
		}
	}},
	{"what was written stays the writer's own", func(c storeCase) {
		r := c.row("a", 1, `{"n":1}`)
		r.Index = map[record.Index]record.Place{record.ByPrincipal: {Partition: "arn#" + c.id, Sort: c.id}}
		c.write(put(r))
		clear(r.Body)
		clear(r.Index)
		if got := c.wantRow(c.key("a"), 1, `{"n":1}`); len(got.Index) != 1 {
			c.Errorf("index = %v, want one place", got.Index)
		}
	}},
}

func (c storeCase) partition(prefix string, want ...string) {
	c.Helper()
	rows, err := c.Store.Partition(c.Context(), record.AccessTable, c.key("").Partition, prefix)
	if err != nil {
		c.Fatalf("Partition = %v, want nil", err)
	}
	var got []string
	for _, r := range rows {
		got = append(got, r.Key.Sort)
	}
	if !slices.Equal(got, want) {
		c.Errorf("Partition(%q) = %q, want %q", prefix, got, want)
	}
}

var storeWrites = []storeTest{
	{"Absent: only where nothing is", func(c storeCase) {
		c.write(change(record.Absent, 0, record.Put, c.row("a", 1, `{"n":1}`)))
		err := c.wantRefused(fault.Conflict, change(record.Absent, 0, record.Put, c.row("a", 1, `{"n":2}`)))
		if err == nil || !strings.Contains(err.Error(), c.key("a").Partition) {
			c.Errorf("the conflict %v does not name the key", err)
		}
		c.wantRow(c.key("a"), 1, `{"n":1}`)
	}},
	{"Unchanged: only what is as it was read", func(c storeCase) {
		c.wantRefused(fault.Conflict, change(record.Unchanged, 1, record.Put, c.row("a", 2, `{"n":2}`)))
		c.write(put(c.row("a", 1, `{"n":1}`)))
		c.write(change(record.Unchanged, 1, record.Put, c.row("a", 2, `{"n":2}`)))
		c.wantRefused(fault.Conflict, change(record.Unchanged, 1, record.Put, c.row("a", 2, `{"n":3}`)))
		c.wantRow(c.key("a"), 2, `{"n":2}`)
	}},
	{"Always: over any row", func(c storeCase) {
		c.write(put(c.row("a", 1, `{"n":1}`)))
		c.write(put(c.row("a", 9, `{"m":2}`)))
		c.wantRow(c.key("a"), 9, `{"m":2}`)
	}},
	{"Delete removes, and what is not there is no error", func(c storeCase) {
		c.write(put(c.row("a", 1, `{}`)))
		c.wantRefused(fault.Conflict, change(record.Unchanged, 2, record.Delete, c.row("a", 0, "")))
		c.write(change(record.Unchanged, 1, record.Delete, c.row("a", 0, "")))
		c.wantRow(c.key("a"), 0, "")
		c.write(change(record.Always, 0, record.Delete, c.row("a", 0, "")))
	}},
	{"Check looks and writes nothing", func(c storeCase) {
		c.write(put(c.row("a", 1, `{"n":1}`)))
		c.write(change(record.Unchanged, 1, record.Check, c.row("a", 0, "")), put(c.row("b", 1, `{}`)))
		c.write(change(record.Absent, 0, record.Check, c.row("x", 0, "")), put(c.row("c", 1, `{}`)))
		c.wantRefused(fault.Conflict, change(record.Absent, 0, record.Check, c.row("a", 0, "")), put(c.row("d", 1, `{}`)))
		c.wantRow(c.key("a"), 1, `{"n":1}`)
		c.partition("", "a", "b", "c")
	}},
	{"all changes are made, or none", func(c storeCase) {
		c.write(put(c.row("a", 1, `{"n":1}`)), put(c.row("z", 1, `{}`)))
		err := c.wantRefused(fault.Conflict,
			put(c.row("a", 2, `{"n":2}`)), put(c.row("new", 1, `{}`)),
			change(record.Absent, 0, record.Put, c.row("z", 1, `{}`)), change(record.Always, 0, record.Delete, c.row("a2", 0, "")))
		if err == nil || !strings.Contains(err.Error(), "z") {
			c.Errorf("the conflict %v does not name the key", err)
		}
		c.wantRow(c.key("a"), 1, `{"n":1}`)
		c.partition("", "a", "z")
	}},
	{"both tables change together", func(c storeCase) {
		r := record.Row{Key: record.Key{Table: record.AuditTable, Partition: "contract#" + c.id, Sort: "1"}, Version: 1, Body: json.RawMessage(`{"e":1}`)}
		c.write(put(c.row("a", 1, `{}`)), change(record.Absent, 0, record.Put, r))
		c.wantRow(r.Key, 1, `{"e":1}`)
		c.wantRefused(fault.Conflict, put(c.row("b", 1, `{}`)), change(record.Absent, 0, record.Put, r))
		c.wantRow(c.key("b"), 0, "")
	}},
	{"no changes, too many, and two of one key are Invalid", func(c storeCase) {
		c.wantRefused(fault.Invalid)
		c.wantRefused(fault.Invalid, put(c.row("a", 1, `{}`)), change(record.Always, 0, record.Delete, c.row("a", 0, "")))
		var many []record.Change
		for i := range 101 {
			many = append(many, put(c.row(fmt.Sprint(i), 1, `{}`)))
		}
		c.wantRefused(fault.Invalid, many...)
		c.partition("")
	}},
	{"a row that is too large is Invalid", func(c storeCase) {
		body := `{"long":"` + strings.Repeat("x", 401<<10) + `"}`
		c.wantRefused(fault.Invalid, put(c.row("a", 1, body)), put(c.row("b", 1, `{}`)))
		c.partition("")
	}},
	{"of many who swap the same version one wins", func(c storeCase) {
		c.write(put(c.row("a", 1, `{}`)))
		var won, lost int
		var mu sync.Mutex
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				body := fmt.Sprintf(`{"by":%d}`, i)
				err := c.Store.Write(c.Context(), change(record.Unchanged, 1, record.Put, c.row("a", 2, body)))
				mu.Lock()
				defer mu.Unlock()
				switch fault.KindOf(err) {
				case "":
					won++
				case fault.Conflict, fault.Transient:
					lost++
				}
			})
		}
		all.Wait()
		if won != 1 || lost != 7 {
			c.Errorf("%d won and %d lost, want 1 and 7", won, lost)
		}
	}},
	{"evidence is added where nothing is, never changed or removed", func(c storeCase) {
		r := record.Row{Key: record.Key{Table: record.AuditTable, Partition: "contract#" + c.id, Sort: "1"}, Version: 1, Body: json.RawMessage(`{"e":1}`)}
		c.wantRefused(fault.Invalid, put(r))
		c.write(change(record.Absent, 0, record.Put, r))
		changed := r
		changed.Version, changed.Body = 2, json.RawMessage(`{"e":2}`)
		c.wantRefused(fault.Conflict, change(record.Absent, 0, record.Put, changed))
		c.wantRefused(fault.Invalid, put(changed))
		c.wantRefused(fault.Invalid, change(record.Unchanged, 1, record.Put, changed))
		c.wantRefused(fault.Invalid, change(record.Always, 0, record.Delete, r))
		c.wantRefused(fault.Invalid, change(record.Unchanged, 1, record.Delete, r))
		c.write(change(record.Unchanged, 1, record.Check, r), put(c.row("a", 1, `{}`)))
		c.wantRow(r.Key, 1, `{"e":1}`)
	}},
}

var storeLists = []storeTest{
	{"an index lists what has a place in it", func(c storeCase) {
		c.writePlaced("1", "2", "3")
		c.write(put(c.row("without", 1, `{}`)))
		c.wantListed(record.Query{Limit: 10}, "1", "2", "3")
		c.wantListed(record.Query{Limit: 10, Newest: true}, "3", "2", "1")
	}},
	{"an index lists up to a sort key", func(c storeCase) {
		c.writePlaced("1", "2", "3")
		c.wantListed(record.Query{Limit: 10, UpTo: "2"}, "1", "2")
		c.wantListed(record.Query{Limit: 10, UpTo: "2", Newest: true}, "2", "1")
		c.wantListed(record.Query{Limit: 10, UpTo: "0"})
	}},
	{"a list goes on where the page before ended", func(c storeCase) {
		c.writePlaced("1", "2", "3", "4", "5")
		c.pages(record.Query{Limit: 2}, "1", "2", "3", "4", "5")
		c.pages(record.Query{Limit: 2, Newest: true}, "5", "4", "3", "2", "1")
		c.pages(record.Query{Limit: 1, UpTo: "3"}, "1", "2", "3")
		c.pages(record.Query{Limit: 1, UpTo: "3", Newest: true}, "3", "2", "1")
	}},
	{"an index follows its rows", func(c storeCase) {
		c.writePlaced("1", "2", "3")
		moved := c.row("2", 2, `{}`)
		moved.Index = map[record.Index]record.Place{record.ByPrincipal: c.place("9")}
		c.write(put(moved), change(record.Always, 0, record.Delete, c.row("1", 0, "")), put(c.row("3", 2, `{}`)))
		c.wantListed(record.Query{Limit: 10}, "2")
	}},
	{"a partition of an index shows nothing of another", func(c storeCase) {
		c.writePlaced("1")
		q := record.Query{Index: record.ByPrincipal, Partition: "arn#" + newID(), Limit: 10}
		if p, err := c.Store.List(c.Context(), q); err != nil || len(p.Keys) > 0 || p.Next != "" {
			c.Errorf("List = %v, %v; want nothing", p, err)
		}
	}},
}

func (c storeCase) place(sort string) record.Place {
	return record.Place{Partition: "arn#" + c.id, Sort: sort}
}

func (c storeCase) writePlaced(sorts ...string) {
	c.Helper()
	for _, s := range sorts {
		r := c.row(s, 1, `{}`)
		r.Index = map[record.Index]record.Place{record.ByPrincipal: c.place(s)}
		c.write(put(r))
	}
}

func (c storeCase) wantListed(q record.Query, want ...string) {
	c.Helper()
	q.Index, q.Partition = record.ByPrincipal, c.place("").Partition
	var got []string
	eventually(c.T, c.Lag, func() bool {
		p, err := c.Store.List(c.Context(), q)
		if err != nil {
			c.Fatalf("List = %v, want nil", err)
		}
		got = sorts(p)
		return slices.Equal(got, want)
	})
	if !slices.Equal(got, want) {
		c.Errorf("List(%+v) = %q, want %q", q, got, want)
	}
}

func (c storeCase) pages(q record.Query, want ...string) {
	c.Helper()
	c.wantListed(record.Query{Limit: 200, UpTo: q.UpTo, Newest: q.Newest}, want...) // wait for the lag
	q.Index, q.Partition = record.ByPrincipal, c.place("").Partition
	var got []string
	for range len(want) + 1 {
		p, err := c.Store.List(c.Context(), q)
		if err != nil || len(p.Keys) > q.Limit {
			c.Fatalf("List = %v, %v; want at most %d keys", p, err, q.Limit)
		}
		got = append(got, sorts(p)...)
		if q.After = p.Next; q.After == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		c.Errorf("pages of %d = %q, want %q", q.Limit, got, want)
	}
}

func sorts(p record.Page) []string {
	var all []string
	for _, k := range p.Keys {
		all = append(all, k.Sort)
	}
	return all
}

func eventually(t *testing.T, limit time.Duration, ok func() bool) bool {
	t.Helper()
	end := time.Now().Add(limit)
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		if ok() {
			return true
		}
		if !time.Now().Before(end) {
			return false
		}
		time.Sleep(wait)
	}
}
