package adversary

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"curfew/shared/record"
)

// TestAdversaries makes every attempt.
func TestAdversaries(t *testing.T) {
	attempts := slices.Concat(bodies(), requests(), principals(), decisions(), others(), doors())
	made, refused := 0, 0
	seen := map[string]bool{}
	for _, a := range attempts {
		if seen[a.name] {
			t.Fatalf("%q is there twice", a.name)
		}
		seen[a.name] = true
		made++
		if t.Run(a.name, a.try) {
			refused++
		}
	}
	for _, c := range tamperings(t) {
		made++
		if t.Run(c.name, c.try) {
			refused++
		}
	}
	t.Logf("%d attempts, %d refused", made, refused)
}

// TestFloodIsCounted: a caller who is refused again and again stores at most 60 records an hour. The rest is counted,
// and no record claims otherwise.
func TestFloodIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		before := len(w.Store.All(record.AuditTable))
		for i := range 100 {
			a := w.call(zoe(), "POST", "/v1/elevations", askAdmin)
			if kept := a.problem.Elevation != ""; a.status != 403 || kept != (i < 60) {
				t.Fatalf("refusal %d: %d %s", i+1, a.status, a.raw)
			}
		}
		if n := len(w.Store.All(record.AuditTable)) - before; n != 120 { // one in their chain and one of the elevation each
			t.Errorf("%d records, want 120", n)
		}
		var counted string
		for _, r := range w.Store.All(record.AccessTable) {
			if r.Key.Sort == "head" && strings.Contains(r.Key.Partition, zoe().ID) {
				counted = string(r.Body)
			}
		}
		if !strings.Contains(counted, fmt.Sprintf(`"counted":%d`, 40)) {
			t.Errorf("her chain's head is %s, want 40 counted", counted)
		}
		w.checkChains()
	})
}
