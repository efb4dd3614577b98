package evidence_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
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
		{"actor changed", edit(2, "00u1ana", "00u1dee"), 3},
		{"instant changed", edit(2, `"time":17`, `"time":18`), 3},
		{"kind changed", edit(4, "elevation.requested", "elevation.approved"), 5},
		{"marked late", edit(0, `}}`, `},"late":true}`), 1},
		{"detail changed", edit(1, `"n":1`, `"n":7`), 2},
		{"a member added", edit(1, `"metadata"`, `"message":"","metadata"`), 2},
		{"respaced", edit(1, `"n":1`, `"n": 1`), 2},
		{"no JSON", edit(1, `{"attestation_list"`, `{{"attestation_list"`), 2},
		{"actor changed and fingerprinted anew", func(r []evidence.Record) []evidence.Record {
			r[2] = fingerprinted(edit(2, "00u1ana", "00u1dee")(r)[2])
			return r
		}, 4}, // which names the earlier fingerprint
		{"fingerprint of noughts", func(r []evidence.Record) []evidence.Record {
			return edit(1, r[1].Hash, strings.Repeat("0", 64))(r)
		}, 2},
		{"a field changed", func(r []evidence.Record) []evidence.Record { r[2].Actor = "dee"; return r }, 3},
		{"a field's bytes changed", func(r []evidence.Record) []evidence.Record { r[2].Detail[2] = 'x'; return r }, 3},
		{"no text", func(r []evidence.Record) []evidence.Record { r[2] = evidence.Record{Chain: chain, Seq: 3}; return r }, 3},
		{"dropped in the middle", func(r []evidence.Record) []evidence.Record { return slices.Delete(r, 1, 2) }, 2},
		{"first dropped", func(r []evidence.Record) []evidence.Record { return r[1:] }, 1},
		{"tail cut off", func(r []evidence.Record) []evidence.Record { return r[:3] }, 4},
		{"all cut off", func([]evidence.Record) []evidence.Record { return nil }, 1},
		{"two swapped", func(r []evidence.Record) []evidence.Record { r[1], r[2] = r[2], r[1]; return r }, 2},
		{"one doubled", func(r []evidence.Record) []evidence.Record { return slices.Insert(r, 2, r[1]) }, 3},
		{"another chain's", func(r []evidence.Record) []evidence.Record {
			return edit(3, chain, "elevation#x")(r)
		}, 4},
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

// edit changes the text of one record everywhere, as in the store.
func edit(i int, old, new string) func([]evidence.Record) []evidence.Record {
	return func(r []evidence.Record) []evidence.Record {
		r[i] = evidence.DecodeLenient([]byte(strings.ReplaceAll(string(r[i].Text()), old, new)))
		return r
	}
}

// fingerprinted is what a forger makes of their record.
func fingerprinted(r evidence.Record) evidence.Record {
	covered, said := uncovered(string(r.Text()))
	sum := sha256.Sum256([]byte(covered))
	return evidence.DecodeLenient([]byte(strings.Replace(string(r.Text()), said, hex.EncodeToString(sum[:]), 1)))
}

// A record after the known head may be forged completely, but it is canonical, and all readers read it alike.
func TestRecordHasOneForm(t *testing.T) {
	records, _ := life(t, 2)
	head := evidence.Head{Seq: 1, Hash: records[0].Hash}
	edit(1, `"n":1`, `"n":2`)(records)
	records[1] = fingerprinted(records[1])
	if _, err := evidence.Verify(chain, records, head); err != nil {
		t.Fatalf("a forgery of the tail is not seen by anything: %v", err)
	}
	edit(1, `"n":2`, `"n":2.0`)(records)
	records[1] = fingerprinted(records[1])
	if _, err := evidence.Verify(chain, records, head); err == nil {
		t.Error("a record in another form was verified")
	}
}

func TestRecordThatIsTooLongIsRefusedWithItsSize(t *testing.T) {
	entry := func(n int) evidence.Entry {
		return evidence.Entry{Kind: "elevation.ended", Actor: "curfew", Detail: strings.Repeat("x", n)}
	}
	r, _, err := evidence.Append(chain, evidence.Head{}, entry(1))
	if err != nil {
		t.Fatal(err)
	}
	most := evidence.MaxRecord - len(r.Text()) + 1
	r, _, err = evidence.Append(chain, evidence.Head{}, entry(most))
	if err != nil || len(r.Text()) != evidence.MaxRecord {
		t.Errorf("Append = %d bytes, %v; want %d", len(r.Text()), err, evidence.MaxRecord)
	}
	if _, err := evidence.Decode(r.Text()); err != nil {
		t.Error(err)
	}
	_, _, err = evidence.Append(chain, evidence.Head{}, entry(most+1))
	if long, ok := errors.AsType[*evidence.TooLongError](err); !ok || long.Size != evidence.MaxRecord+1 || !strings.Contains(err.Error(), "65536 bytes") {
		t.Errorf("Append = %v, want the size", err)
	}
}

func TestInstantsHaveFourDigitsOfYear(t *testing.T) {
	for _, at := range []time.Time{time.Unix(1<<40, 0), time.Unix(-1<<40, 0), time.Unix(1<<62, 0)} {
		if r, _, err := evidence.Append(chain, evidence.Head{}, evidence.Entry{At: at}); err == nil {
			t.Errorf("%s was written", r.Text())
		}
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

// The text of a record survives JSON as a string, with any reader and writer.
func TestRecordSurvivesJSON(t *testing.T) {
	records, head := life(t, 2)
	b, err := json.MarshalIndent(map[string]any{"timeline": records}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	var any any
	if err := json.Unmarshal(b, &any); err != nil {
		t.Fatal(err)
	}
	if b, err = json.Marshal(any); err != nil {
		t.Fatal(err)
	}
	var back struct{ Timeline []evidence.Record }
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if _, err := evidence.Verify(chain, back.Timeline, head); err != nil {
		t.Error(err)
	}
}

const goldenFile = "testdata/chain.golden.jsonl"

// The canonical bytes are a promise to users who verify with their own program.
func TestGolden(t *testing.T) {
	records, _ := life(t, 2)
	var b []byte
	for _, r := range records {
		b = append(append(b, r.Text()...), '\n')
	}
	if *update {
		if err := os.WriteFile(goldenFile, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != string(want) {
		t.Errorf("chain = %s, want %s", b, want)
	}
}
