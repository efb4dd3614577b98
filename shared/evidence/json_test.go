package evidence_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gowebpki/jcs"

	"curfew/shared/evidence"
)

// FuzzAppend compares the text of a record with another implementation of RFC 8785, and with its reader.
func FuzzAppend(f *testing.F) {
	f.Add("elevation#1", int64(0), int64(1), "elevation.ended", "curfew", false, `{"a":1}`, int64(0))
	f.Add("caller#<a&b>#2026-08-06", int64(1), int64(0), "a \"b\" \\ \x01\x7f", "é\u2028\xff", true, "", int64(0))
	f.Add("a\xff", int64(7), int64(-1), "\xff", "", true, "null", int64(70))
	f.Fuzz(func(t *testing.T, chain string, seq, at int64, kind, actor string, late bool, detail string, size int64) {
		if seq < 0 || seq >= 1<<53-1 || size < 0 || size > 1<<53-1 { // no chain has so many
			return
		}
		e := evidence.Entry{At: time.Unix(at, 0), Kind: kind, Actor: actor, Late: late, Untruncated: size}
		if detail != "" {
			e.Detail = json.RawMessage(detail)
		}
		r, head, err := evidence.Append(chain, evidence.Head{Seq: seq, Hash: chain}, e)
		if err != nil {
			if _, bad := evidence.Canonical(json.RawMessage(detail)); bad == nil && len(chain)+len(kind)+len(actor)+len(detail) < 1000 && at > 0 && at < 1<<37 {
				t.Fatal(err)
			}
			return
		}
		if want, err := jcs.Transform(r.Text()); err != nil || !bytes.Equal(r.Text(), want) {
			t.Errorf("%s\nwant %s, %v", r.Text(), want, err)
		}
		if back, err := evidence.Decode(r.Text()); err != nil || !reflect.DeepEqual(back, r) || head != (evidence.Head{Seq: r.Seq, Hash: r.Hash}) {
			t.Errorf("%s was read as %+v, %v", r.Text(), back, err)
		}
		if seq == 0 {
			if _, err := evidence.Verify(r.Chain, []evidence.Record{r}, head); err != nil {
				t.Error(err)
			}
		}
	})
}

// form is a record as encoding/json reads it.
type form struct {
	Attestations []struct {
		Chain string `json:"chain_uid"`
		Own   struct {
			Value string `json:"value"`
		} `json:"fingerprint"`
		Prev struct {
			Own struct {
				Value string `json:"value"`
			} `json:"fingerprint"`
		} `json:"prev_event"`
	} `json:"attestation_list"`
	Metadata struct {
		Kind      string `json:"event_code"`
		Seq       int64  `json:"sequence"`
		Truncated int64  `json:"untruncated_size"`
	} `json:"metadata"`
	Time  int64 `json:"time"`
	Other struct {
		Actor  string          `json:"actor"`
		Late   bool            `json:"late"`
		Detail json.RawMessage `json:"detail"`
	} `json:"unmapped"`
}

// FuzzDecode compares the reading of a record with encoding/json and another implementation of RFC 8785.
func FuzzDecode(f *testing.F) {
	for _, r := range golden(f) {
		f.Add([]byte(r))
	}
	for _, s := range []string{``, `null`, `[]`, `"a"`, `{`, `{}`, `{"time":1}`} {
		f.Add([]byte(s))
	}
	for _, s := range badTexts(f) {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := evidence.Decode(body)
		if err != nil {
			return
		}
		if canonical, err := jcs.Transform(body); err != nil || !bytes.Equal(canonical, body) || !bytes.Equal(got.Text(), body) {
			t.Fatalf("%q was read, and its form is %q, %v", body, canonical, err)
		}
		var want form
		if err := json.Unmarshal(body, &want); err != nil || len(want.Attestations) != 1 {
			t.Fatalf("%q was read, and encoding/json says %v", body, err)
		}
		a := want.Attestations[0]
		fields := evidence.Record{
			Chain: a.Chain, Seq: want.Metadata.Seq, At: time.UnixMilli(want.Time), Kind: want.Metadata.Kind, Actor: want.Other.Actor,
			Late: want.Other.Late, Detail: want.Other.Detail, Untruncated: want.Metadata.Truncated, Prev: a.Prev.Own.Value, Hash: a.Own.Value,
		}
		if !sameFields(got, fields) {
			t.Errorf("%+v\nwant %+v", got, fields)
		}
	})
}

func sameFields(a, b evidence.Record) bool {
	return a.Chain == b.Chain && a.Seq == b.Seq && a.At.Equal(b.At) && a.Kind == b.Kind && a.Actor == b.Actor && a.Late == b.Late &&
		bytes.Equal(a.Detail, b.Detail) && a.Untruncated == b.Untruncated && a.Prev == b.Prev && a.Hash == b.Hash
}

// golden are the texts of the golden chain.
func golden(t testing.TB) []string {
	t.Helper()
	b, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}

// badTexts are texts that two readers read differently, or that are not records, by their problem.
func badTexts(t testing.TB) map[string]string {
	all := map[string]string{}
	good := golden(t)[1]
	for _, c := range []struct{ name, old, new string }{
		{"a space", `{"attestation_list"`, ` {"attestation_list"`},
		{"a line break at the end", `}}`, "}}\n"},
		{"an escape that is none", `"unmapped"`, `"\u0075nmapped"`},
		{"members in another order", `"metadata":{"event_code":"elevation.requested","sequence":2,`, `"metadata":{"sequence":2,"event_code":"elevation.requested",`},
		{"a name given twice", `"time":`, `"time":1,"time":`},
		{"another case, sorted", `{"attestation_list"`, `{"Time":1,"attestation_list"`},
		{"another case in metadata", `{"event_code"`, `{"Sequence":7,"event_code"`},
		{"another case in unmapped", `{"actor"`, `{"Actor":"ben","actor"`},
		{"not UTF-8", `"actor":"`, "\"actor\":\"\xff"},
		{"half a surrogate pair", `"actor":"`, `"actor":"\ud800`},
		{"another number of its chain", `"sequence":2`, `"sequence":3`},
		{"a fraction", `"sequence":2`, `"sequence":2.5`},
		{"a great number", `"time":`, `"time":9007199254740993`},
		{"a year of five digits", `"time":`, `"time":300`},
		{"no attestation", `{"attestation_list":[{`, `{"attestation_list":[],"b":[{`},
		{"two attestations", `{"attestation_list":[{`, `{"attestation_list":[{},{`},
		{"a signature", `"uid":"` + chain + `#1"}}],`, `"uid":"` + chain + `#1"},"signatures":[]}],`},
		{"a uid of the attestation", `"uid":"` + chain + `#1"}}],`, `"uid":"` + chain + `#1"},"uid":""}],`},
		{"another algorithm", `"algorithm_id":3`, `"algorithm_id":2`},
		{"a short fingerprint", `"value":"`, `"value":"0`},
		{"another record before it", `#1"}}],`, `#7"}}],`},
		{"late, and not", `}}`, `,"late":false}}`},
		{"shortened, and not", `"sequence"`, `"is_truncated":true,"sequence"`},
		{"no actor", `"actor"`, `"actress"`},
		{"no kind", `"event_code"`, `"event_coda"`},
		{"the old form", good, `{"actor":"a","at":"2026-08-06T12:00:00Z","chain":"c","hash":"h","kind":"k","prev":"p","seq":1}`},
	} {
		all[c.name] = strings.Replace(good, c.old, c.new, 1)
		if all[c.name] == good {
			t.Fatalf("%s: the text has no %s", c.name, c.old)
		}
	}
	all["a year of five digits"] = regexp.MustCompile(`"time":\d+`).ReplaceAllString(good, `"time":253402300800000`)
	all["late, and not"] = good[:len(good)-1] + `,"late":false}}`
	all["a line break at the end"] = good + "\n"
	all["too long"] = strings.Replace(good, `"unmapped"`, `"u":"`+strings.Repeat("x", evidence.MaxRecord)+`","unmapped"`, 1)
	return all
}

func TestDecodeRefusesWhatReadersTakeInTwoWays(t *testing.T) {
	form := []string{"a space", "a line break at the end", "an escape that is none", "members in another order"}
	for name, text := range badTexts(t) {
		r, err := evidence.Decode([]byte(text))
		if err == nil || strings.Contains(err.Error(), "canonical form") != slices.Contains(form, name) {
			t.Errorf("%s: %s was read as %+v, %v", name, text, r, err)
		}
		if _, err := evidence.Verify(chain, []evidence.Record{evidence.DecodeLenient([]byte(text))}, evidence.Head{}); evidence.VerdictOf(err).State != evidence.Broken {
			t.Errorf("%s: %v, want broken", name, err)
		}
	}
}

func TestDecodePassesOverWhatItDoesNotKnow(t *testing.T) {
	good := golden(t)[1]
	want, err := evidence.Decode([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{
		{`{"attestation_list"`, `{"activity_id":1,"attestation_list"`},
		{`"metadata":{`, `"metadata":{"debug":["a"],`},
		{`"unmapped":{`, `"unmapped":{"about":{"Late":1,"late":true},`},
	} {
		r, err := evidence.Decode([]byte(strings.Replace(good, c[0], c[1], 1)))
		if err != nil || !sameFields(r, want) {
			t.Errorf("%s: %+v, %v", c[1], r, err)
		}
	}
}
