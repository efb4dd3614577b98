package evidence_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/strictjson"
)

// layouts are texts of Append with all members, and details of all kinds.
func layouts(t testing.TB) (all [][]byte) {
	var head evidence.Head
	for i, detail := range []string{``, `{}`, `[]`, `null`, `true`, `-1.5`, `0`, `"\n\u0001é"`, grantDetail, `{"b":[{},[1,2,"x\"y"]],"a":{"é":1,"e":false},"":""}`} {
		e := evidence.Entry{At: time.Unix(1791190800, 0), Kind: "elevation.granted", Actor: "person:https://id.example.com|ana", Late: i%2 == 1, Untruncated: int64(i % 3)}
		if detail != "" {
			e.Detail = json.RawMessage(detail)
		}
		r, next, err := evidence.Append("elevation#01k6y3m1x80000000000000001", head, e)
		if err != nil {
			t.Fatal(err)
		}
		head, all = next, append(all, r.Text())
	}
	return all
}

// checkBothWays wants the layout to accept nothing but what the general way reads as the same record.
func checkBothWays(t *testing.T, text []byte) (ok bool) {
	t.Helper()
	fast, fastGap, ok, general, gap, err := evidence.DecodeBothWays(text)
	if ok && (err != nil || fastGap != gap || !reflect.DeepEqual(fast, general)) {
		t.Errorf("%q: by its layout %+v (%d), in general %+v (%d), %v", text, fast, fastGap, general, gap, err)
	}
	return ok
}

func TestWhatAppendWritesIsReadByItsLayout(t *testing.T) {
	rare := 0
	for _, text := range layouts(t) {
		if !checkBothWays(t, text) {
			rare++
		}
	}
	if rare != 3 { // a sign and fraction, a \u escape, and a name beyond ASCII
		t.Errorf("%d records are not read by their layout", rare)
	}
}

// TestTheLayoutAndTheGeneralWayAgree changes bytes of each text, doubles them, and removes them.
func TestTheLayoutAndTheGeneralWayAgree(t *testing.T) {
	n, accepted := 0, 0
	for _, text := range layouts(t) {
		for i := 0; i < len(text); i += 1 + len(text)/300 {
			for _, c := range []byte("0\"\\,:{}[]#A \x01\x80\xff" + string([]byte{text[i] ^ 1, text[i] ^ 32})) {
				for _, changed := range [][]byte{
					append(append(bytes.Clone(text[:i]), c), text[i+1:]...),
					append(append(bytes.Clone(text[:i]), c), text[i:]...),
					append(bytes.Clone(text[:i]), text[i+1:]...),
				} {
					if n++; checkBothWays(t, changed) {
						accepted++
					}
				}
			}
		}
	}
	t.Logf("%d texts, %d of them accepted by the layout", n, accepted)
}

func TestAFirstRecordWithAnEmptyLinkIsRefused(t *testing.T) {
	text := string(layouts(t)[0])
	link := `,"prev_event":{"fingerprint":{"algorithm_id":3,"encoding_id":1,"serialization_id":2,"value":""},"uid":""}`
	if _, err := evidence.Decode([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if _, err := evidence.Decode([]byte(strings.Replace(text, `}],"metadata"`, link+`}],"metadata"`, 1))); err == nil {
		t.Error("the same first record has two forms")
	}
}

func FuzzDecodeBothWays(f *testing.F) {
	for _, text := range layouts(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) { checkBothWays(t, text) })
}

func FuzzIsPlainlyCanonical(f *testing.F) {
	for _, text := range []string{`{"a":[1,true,null,"\n"],"b":{}}`, `{"b":1,"a":1}`, `{"a":1,"a":1}`, `"\u0041"`, `01`, `9007199254740991`, "\"\u2028\"", `[ ]`, `{"a":{},}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !strictjson.IsPlainlyCanonical(text) {
			return
		}
		if canonical, err := evidence.Canonical(json.RawMessage(text)); err != nil || string(canonical) != text {
			t.Errorf("%q is not canonical: %q, %v", text, canonical, err)
		}
	})
}
