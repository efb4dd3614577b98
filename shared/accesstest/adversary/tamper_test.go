package adversary

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/record"
)

// tampering changes something between approval and grant, or between request and approval. The state machine calls the
// real Grant at the start.
type tampering struct {
	name    string
	prepare func(*world)
	change  func(*world)
	approve bool   // the approval comes after the change and is refused too
	becomes string // the final state and cause; empty: any that is not granted
}

func (c tampering) try(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		c.prepare(w)
		synctest.Wait()
		c.change(w)
		if c.approve {
			if a := w.call(ben(), "POST", "/v1/elevations/<id>/decisions", approval); a.status == http.StatusOK {
				t.Errorf("approved: %s", a.raw)
			}
		}
		pass(3 * time.Hour)
		if c.becomes != "" {
			w.checkEnd(c.becomes)
			w.checkChains()
		}
		for _, action := range []string{"iam:PutRolePolicy", "iam:CreatePolicy", "iam:AttachRolePolicy"} {
			if n := w.iam.Calls()[action]; n != 0 {
				t.Errorf("%s was called %d times", action, n)
			}
		}
		for _, r := range w.Store.All(record.AuditTable) {
			if record, err := record.DecodeRecord(r); err != nil || record.Kind == "elevation.active" {
				t.Errorf("%s: %v", record.Kind, err)
			}
		}
	})
}

// checkEnd checks the final state of <id>.
func (w *world) checkEnd(want string) {
	w.t.Helper()
	es, _, err := access.Lives(w.Store.All(record.AccessTable))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range es {
		if got := strings.TrimSpace(fmt.Sprintf("%s %s", e.State, e.Cause)); e.ID == w.vars["id"] && got != want {
			w.t.Errorf("%s is %q, want %q (%s)", e.ID, got, want, e.Why)
		}
	}
}

// TestGrantedIfNothingIsChanged: without tampering the elevation is granted.
func TestGrantedIfNothingIsChanged(t *testing.T) {
	for name, prepare := range map[string]func(*world){"approved by a person": approvedLater, "approved by a delegate": delegatedLater, "approved by policy": backupLater} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				prepare(w)
				pass(61 * time.Minute)
				w.is(access.Active)
			})
		})
	}
}

// backupLater is approved by policy alone, and starts in an hour.
func backupLater(w *world) {
	w.asks(runner("job-7"), and(askBackup, `"start_at": "`+time.Now().Add(time.Hour).UTC().Format(time.RFC3339)+`"`))
	w.is(access.Approved)
}

// tamperings are by class.
func tamperings(t *testing.T) map[string][]tampering {
	all := map[string][]tampering{"forged rows": forgeries(), "forged delegations": forgedDelegations(), "catalog changed": edits(), "IAM changed": drifts(), "bits": flips()}
	for class, of := range all {
		for i := range of {
			if class != "bits" && of[i].becomes == "" {
				of[i].becomes = "ended refused"
			}
		}
	}
	for _, path := range fields(t) {
		change := func(w *world) { w.edit("terms", func(body any) { replace(body, path) }) }
		all["terms changed"] = append(all["terms changed"],
			tampering{name: "changed after approval: " + strings.Join(path, "."), prepare: approvedLater, change: change},
			tampering{name: "changed before approval: " + strings.Join(path, "."), prepare: requested, change: change, approve: true})
	}
	return all
}

// fields returns the paths of all values in terms.
func fields(t *testing.T) (paths [][]string) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		approvedLater(w)
		w.edit("terms", func(body any) { paths = leaves(body, nil) })
	})
	return paths
}

func leaves(v any, at []string) (paths [][]string) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			paths = append(paths, leaves(v[name], append(slices.Clone(at), name))...)
		}
		return paths
	case []any:
		for i := range v {
			paths = append(paths, leaves(v[i], append(slices.Clone(at), fmt.Sprint(i)))...)
		}
		return paths
	}
	return [][]string{at}
}

// replace replaces the value at a path by another of the same type.
func replace(v any, path []string) {
	switch v := v.(type) {
	case map[string]any:
		if len(path) > 1 {
			replace(v[path[0]], path[1:])
			return
		}
		v[path[0]] = another(v[path[0]])
	case []any:
		var i int
		if _, err := fmt.Sscan(path[0], &i); err != nil {
			panic(err) // made by leaves
		}
		if len(path) > 1 {
			replace(v[i], path[1:])
			return
		}
		v[i] = another(v[i])
	}
}

func another(v any) any {
	switch v := v.(type) {
	case bool:
		return !v
	case float64:
		return v + 1
	case string:
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			return at.Add(time.Second).Format(time.RFC3339)
		}
		return v + "x"
	}
	return "x"
}

// edit changes one row of <id> directly.
func (w *world) edit(sort string, change func(body any)) {
	w.t.Helper()
	w.editRow("elevation#"+w.vars["id"], sort, func(b []byte) []byte {
		var body any
		if err := json.Unmarshal(b, &body); err != nil {
			w.t.Fatal(err)
		}
		change(body)
		b, err := json.Marshal(body)
		if err != nil {
			w.t.Fatal(err)
		}
		return b
	})
}

func (w *world) editRow(partition, sort string, change func([]byte) []byte) {
	w.t.Helper()
	key := record.Key{Table: record.AccessTable, Partition: partition, Sort: sort}
	rows, err := w.Store.Read(w.t.Context(), key)
	if err != nil || len(rows) != 1 {
		w.t.Fatalf("%v: %d rows, %v", key, len(rows), err)
	}
	row := rows[key]
	row.Body = change(row.Body)
	if err := w.Store.Write(w.t.Context(), record.Change{Row: row}); err != nil {
		w.t.Fatal(err)
	}
}

// flips change single bits all over the terms. If the terms stay the same, or are no JSON, which a store refuses, the
// next byte is tried.
func flips() []tampering {
	var all []tampering
	for i := range 40 {
		all = append(all, tampering{name: fmt.Sprintf("bit changed at %d/40 of the terms", i), prepare: approvedLater, change: func(w *world) {
			w.editRow("elevation#"+w.vars["id"], "terms", func(b []byte) []byte { return flip(w, b, len(b)*i/40) })
		}})
	}
	return all
}

func flip(w *world, b []byte, at int) []byte {
	w.t.Helper()
	was := digest(b)
	for i := range b {
		c := slices.Clone(b)
		c[(at+i)%len(b)] ^= 1
		if json.Valid(c) && digest(c) != was {
			return c
		}
	}
	w.t.Fatal("there is nothing to change")
	return nil
}

// digest returns the digest of the terms in a row; empty if unreadable.
func digest(b []byte) string {
	var t access.Terms
	if json.Unmarshal(b, &t) != nil {
		return ""
	}
	return t.Digest()
}
