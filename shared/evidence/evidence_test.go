package evidence_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"slices"
	"testing"
	"time"

	"curfew/shared/evidence"
)

var update = flag.Bool("update", false, "write the golden files anew")

const chain = "elevation#01jd2q7v3x0000000000000000"

// life is a chain of n records.
func life(t *testing.T, n int) ([]evidence.Record, evidence.Head) {
	t.Helper()
	var head evidence.Head
	var out []evidence.Record
	for i := range n {
		r, next, err := evidence.Append(chain, head, evidence.Entry{
			At:    time.Date(2026, 3, 1, 12, 0, i, 999, time.UTC),
			Kind:  "elevation.requested",
			Actor: "person:https://id.example.com|00u1ana",
			Detail: map[string]any{
				"reason": "deploy <broken> & on fire", "n": i, "list": []string{"b", "a"},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		out, head = append(out, r), next
	}
	return out, head
}

func TestChainVerifies(t *testing.T) {
	records, head := life(t, 5)
	got, err := evidence.Verify(chain, records, head)
	if err != nil || got != head {
		t.Errorf("Verify = %v, %v; want %v, nil", got, err, head)
	}
}

func TestChainThatGrewSinceItsHeadWasReadVerifies(t *testing.T) {
	records, _ := life(t, 5)
	got, err := evidence.Verify(chain, records, evidence.Head{Seq: 3, Hash: records[2].Hash})
	if err != nil || got.Seq != 5 {
		t.Errorf("Verify = %v, %v; want the head at 5", got, err)
	}
}

func TestEmptyChainVerifies(t *testing.T) {
	if _, err := evidence.Verify(chain, nil, evidence.Head{}); err != nil {
		t.Error(err)
	}
}

func TestTamperingIsSeen(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func([]evidence.Record) []evidence.Record
		seq  int64
	}{
		{"actor changed", func(r []evidence.Record) []evidence.Record { r[2].Actor = "dee"; return r }, 3},
		{"instant changed", func(r []evidence.Record) []evidence.Record { r[2].At = r[2].At.Add(time.Second); return r }, 3},
		{"kind changed", func(r []evidence.Record) []evidence.Record { r[4].Kind = "x"; return r }, 5},
		{"marked late", func(r []evidence.Record) []evidence.Record { r[0].Late = true; return r }, 1},
		{"detail changed", func(r []evidence.Record) []evidence.Record { r[1].Detail = json.RawMessage(`{"n":7}`); return r }, 2},
		{"detail is no JSON", func(r []evidence.Record) []evidence.Record { r[1].Detail = json.RawMessage(`{`); return r }, 2},
		{"detail respaced", func(r []evidence.Record) []evidence.Record {
			r[1].Detail = json.RawMessage(" " + string(r[1].Detail))
			return r
		}, 2},
		{"actor changed and hashed anew", func(r []evidence.Record) []evidence.Record {
			r[2].Actor = "dee"
			r[2].Hash = hashed(t, r[2])
			return r
		}, 4}, // which names the hash that was
		{"hash emptied", func(r []evidence.Record) []evidence.Record { r[1].Hash = ""; return r }, 2},
		{"dropped in the middle", func(r []evidence.Record) []evidence.Record { return slices.Delete(r, 1, 2) }, 2},
		{"first dropped", func(r []evidence.Record) []evidence.Record { return r[1:] }, 1},
		{"tail cut off", func(r []evidence.Record) []evidence.Record { return r[:3] }, 4},
		{"all cut off", func([]evidence.Record) []evidence.Record { return nil }, 1},
		{"two swapped", func(r []evidence.Record) []evidence.Record { r[1], r[2] = r[2], r[1]; return r }, 2},
		{"one doubled", func(r []evidence.Record) []evidence.Record { return slices.Insert(r, 2, r[1]) }, 3},
		{"another chain's", func(r []evidence.Record) []evidence.Record { r[3].Chain = "elevation#x"; return r }, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			records, head := life(t, 5)
			_, err := evidence.Verify(chain, c.do(records), head)
			broken, ok := errors.AsType[*evidence.BrokenError](err)
			if !ok || broken.Seq != c.seq {
				t.Errorf("Verify = %v, want broken at %d", err, c.seq)
			}
		})
	}
}

// hashed is what a forger makes of his record.
func hashed(t *testing.T, r evidence.Record) string {
	t.Helper()
	r.Hash = ""
	b, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// A record after the head that is known may be forged whole, but its detail is in the one form, which all readers read alike.
func TestDetailHasOneForm(t *testing.T) {
	records, _ := life(t, 2)
	r := &records[1]
	r.Detail = json.RawMessage(" " + string(r.Detail))
	r.Hash = hashed(t, *r)
	if _, err := evidence.Verify(chain, records, evidence.Head{Seq: 1, Hash: records[0].Hash}); err == nil {
		t.Error("a detail in another form was verified")
	}
}

func TestChainWrittenAnewIsSeenByItsHead(t *testing.T) {
	_, head := life(t, 3)
	var other evidence.Head
	var forged []evidence.Record
	for range 3 {
		r, next, err := evidence.Append(chain, other, evidence.Entry{Kind: "forged"})
		if err != nil {
			t.Fatal(err)
		}
		forged, other = append(forged, r), next
	}
	if _, err := evidence.Verify(chain, forged, head); err == nil {
		t.Error("a chain written anew verifies against the head of the first")
	}
}

// What is stored as JSON and read back must hash to the same: stores rewrite white space and the order of members.
func TestRecordSurvivesItsJSON(t *testing.T) {
	records, head := life(t, 2)
	b, err := json.Marshal(records)
	if err != nil {
		t.Fatal(err)
	}
	var back []evidence.Record
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	for i := range back { // encoding/json escapes < and & in a RawMessage; a reader brings it back to the one form
		if back[i].Detail, err = evidence.Canonical(back[i].Detail); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := evidence.Verify(chain, back, head); err != nil {
		t.Error(err)
	}
}

// The canonical bytes are a promise to whoever verifies with a program of his own.
func TestGolden(t *testing.T) {
	records, _ := life(t, 2)
	b, err := json.MarshalIndent(records, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	b = append(b, '\n')
	const file = "testdata/chain.golden.json"
	if *update {
		if err := os.WriteFile(file, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != string(want) {
		t.Errorf("chain = %s, want %s", b, want)
	}
}
