package adversary

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"curfew/shared/catalog"
	"curfew/shared/record"
)

// TestAdversaries makes every attempt, and counts them by class.
func TestAdversaries(t *testing.T) {
	made, refused := map[string]int{}, 0
	seen := map[string]bool{}
	try := func(class, name string, try func(*testing.T)) {
		if seen[class+name] {
			t.Fatalf("%q of %s is there twice", name, class)
		}
		seen[class+name] = true
		made[class]++
		if t.Run(class+": "+name, try) {
			refused++
		}
	}
	for class, attempts := range map[string][]attempt{"bodies": bodies(), "requests": requests(), "principals": principals(), "decisions": decisions(), "delegations": delegations(), "elevations of others": others(), "impersonation": doors()} {
		for _, a := range attempts {
			try(class, a.name, a.try)
		}
	}
	for class, tamperings := range tamperings(t) {
		for _, c := range tamperings {
			try(class, c.name, c.try)
		}
	}
	for _, s := range scenes(t) {
		try(s.class, s.name, s.try)
	}
	n := 0
	for _, class := range slices.Sorted(maps.Keys(made)) {
		t.Logf("%4d %s", made[class], class)
		n += made[class]
		if least, known := leastAttempts()[class]; !known || made[class] < least {
			t.Errorf("%s: %d attempts, want at least %d", class, made[class], least)
		}
	}
	if len(made) != len(leastAttempts()) || n < 800 {
		t.Errorf("%d attempts in %d classes, want 800 in %d", n, len(made), len(leastAttempts()))
	}
	t.Logf("%d attempts in %d classes, %d refused, %d succeeded", n, len(made), refused, n-refused)
}

// leastAttempts of each class.
func leastAttempts() map[string]int {
	return map[string]int{
		"bodies": 50, "requests": 40, "principals": 10, "decisions": 40, "delegations": 20, "forged delegations": 5, "elevations of others": 80, "impersonation": 15,
		"terms changed": 55, "forged rows": 12, "catalog changed": 9, "IAM changed": 8, "bits": 40,
		"memory-store overwrites": 60, "functions taken over": 50, "poisoned rows": 30, "evidence rewriting": 30, "side chains": 18, "late evidence": 40,
		"red button": 40, "squatting": 6, "Over facts": 16, "pinned services": 40, "names that outlive": 16, "groups of the request": 26, "loops": 3,
		"nested YAML": 13, "per-caller flood": 5, "foreign names": 40,
	}
}

// TestWithoutTheAttackItIsAllowed: what scenes change is why they are refused.
func TestWithoutTheAttackItIsAllowed(t *testing.T) {
	for name, try := range map[string]func(*world){
		"known task": func(w *world) {
			w.starts("backup", "job-9")
			w.asks(runner("job-9"), with(askBackup, "job-7", "job-9"))
		},
		"service that names sessions": func(w *world) {
			w.trusts(`{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}`)
			w.asks(ana(), askAdmin)
		},
		"name that is pinned": func(w *world) {
			w.trusts(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}}`)
			w.asks(ana(), askAdmin)
		},
		"catalog": func(w *world) {
			files := extended()
			files["entitlements/evil.yaml"] = &fstest.MapFile{Data: []byte(reads("engineers", "change", "role/engineer-*"))}
			files["tests.yaml"].Data = []byte("[]")
			if _, err := catalog.Load(files); err != nil {
				w.t.Error(err)
			}
		},
		"rows as they were": func(w *world) { active(w); w.endsInTime(30 * time.Minute) },
	} {
		t.Run(name, func(t *testing.T) { scene{"", name, try}.try(t) })
	}
}

// TestFloodIsCounted: of a caller who is refused again and again 60 refusals an hour are stored, and a sample of the
// rest, so that what was tried is not lost. The others are counted, and no record claims otherwise.
func TestFloodIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		before := len(w.Store.All(record.AuditTable))
		stored := 0
		for i := range 1000 {
			time.Sleep(time.Second) // not throttled
			a := w.call(zoe(), "POST", "/v1/elevations", askAdmin)
			if kept := a.problem.Elevation != ""; a.status != 403 || !kept && i < 60 {
				t.Fatalf("refusal %d: %d %s", i+1, a.status, a.raw)
			} else if kept {
				stored++
			}
		}
		if stored < 63 || stored > 67 {
			t.Errorf("%d are stored, want 60 and a sample", stored)
		}
		if n := len(w.Store.All(record.AuditTable)) - before; n != 2*stored { // one in their chain and one of the elevation each
			t.Errorf("%d records, want %d", n, 2*stored)
		}
		unstored, last := int64(0), int64(0)
		for _, r := range w.Store.All(record.AuditTable) {
			var entry struct {
				Unmapped struct{ Detail struct{ Unstored int64 } }
			}
			if err := json.Unmarshal(r.Body, &entry); err != nil {
				t.Fatal(err)
			}
			n := entry.Unmapped.Detail.Unstored
			unstored, last = unstored+n, max(last, n)
		}
		if unstored > int64(1000-stored) || last < 30 {
			t.Errorf("the records speak of %d that were not stored, of %d", unstored, 1000-stored)
		}
		var counted string
		for _, r := range w.Store.All(record.AccessTable) {
			if r.Key.Sort == "head" && strings.Contains(r.Key.Partition, zoe().ID) {
				counted = string(r.Body)
			}
		}
		if !strings.Contains(counted, fmt.Sprintf(`"counted":%d`, 1000-stored)) {
			t.Errorf("her chain's head is %s, want %d counted", counted, 1000-stored)
		}
		w.checkChains()
	})
}
