package evidence_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"
	"unicode/utf8"

	"curfew/shared/evidence"
)

// FuzzRecordJSON holds what a record is hashed as against Canonical.
func FuzzRecordJSON(f *testing.F) {
	f.Add("elevation#1", int64(1), int64(1), "elevation.ended", "curfew", false, `{"a":1}`)
	f.Add("caller#<a&b>#2026-08-06", int64(2), int64(0), "a \"b\" \\ \x01\x7f", "é\u2028\xff", true, "")
	f.Fuzz(func(t *testing.T, chain string, seq, at int64, kind, actor string, late bool, detail string) {
		r := evidence.Record{Chain: chain, Seq: seq, At: time.Unix(at, 0), Kind: kind, Actor: actor, Late: late, Prev: chain, Hash: kind}
		if canonical, err := evidence.Canonical(json.RawMessage(detail)); err == nil && detail != "" {
			r.Detail = canonical
		}
		got, err := r.JSON()
		r.At = r.At.UTC()
		want, failed := evidence.Canonical(r)
		if seq > 1<<53-1 || seq < -(1<<53-1) { // no chain has so many
			return
		}
		if (err != nil) != (failed != nil) {
			t.Fatalf("%v, and Canonical says %v", err, failed)
		}
		if err == nil && !bytes.Equal(got, want) {
			t.Errorf("%s\nwant %s", got, want)
		}
		if err != nil || !utf8.ValidString(chain+" "+kind+" "+actor) {
			return
		}
		if back, err := evidence.Decode(got); err != nil || !reflect.DeepEqual(back, r) {
			t.Errorf("%s was read as %+v, %v", got, back, err)
		}
	})
}

// FuzzDecode holds the reading of a record against encoding/json, for members that are named as they are written.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"chain":"c","seq":1,"at":"2026-08-06T12:00:00Z","kind":"k","actor":"a","late":true,"detail":{"b":1,"a":[1,"\u003c"]},"prev":"p","hash":"h"}`,
		`{"\u0068ash":"h"}`, `{"Hash":"h"}`, `{"at":"2026-08-06T12:00:00\u005a"}`, ` { "hash" : "\u00e9\n" , "detail" : null, "seq" : 12, "more" : {"a":[]} } `, `{}`, `{"seq":1,"seq":2}`, "{\"kind\":\"\xff\"}",
		``, `null`, `[]`, `"a"`, `{"chain":1}`, `{"seq":"1"}`, `{"seq":1.5}`, `{"seq":1e2}`, `{"at":"yesterday"}`, `{"late":1}`, `{"late":"true"}`, `{"kind":["a"]}`, `{`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := evidence.Decode(body)
		if err != nil {
			return
		}
		canonical, err := evidence.Canonical(json.RawMessage(body)) // encoding/json wants no escape in an instant
		if err != nil {
			t.Fatal(err)
		}
		var want evidence.Record
		if err := json.Unmarshal(canonical, &want); err != nil {
			t.Fatalf("%q was read, and encoding/json says %v", body, err)
		}
		if len(want.Detail) > 0 {
			if want.Detail, err = evidence.Canonical(want.Detail); err != nil {
				t.Fatal(err)
			}
		}
		if !got.At.Equal(want.At) {
			t.Errorf("at = %s, want %s", got.At, want.At)
		}
		if got.At = want.At; !reflect.DeepEqual(got, want) {
			t.Errorf("%+v\nwant %+v", got, want)
		}
	})
}

func TestDecodeRefusesWhatReadersTakeInTwoWays(t *testing.T) {
	for _, body := range []string{`{"actor":"a","Actor":"b"}`, `{"actor":"a","actor":"b"}`, `{"more":1,"more":2}`, "{\"actor\":\"\xff\"}", `{"actor":"\ud800"}`, `{"seq":9007199254740993}`} {
		if r, err := evidence.Decode([]byte(body)); err == nil {
			t.Errorf("%s was read as %+v", body, r)
		}
	}
}
