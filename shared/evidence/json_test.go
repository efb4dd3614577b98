package evidence_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"curfew/shared/evidence"
)

// FuzzRecordJSON holds what a record is hashed as against encoding/json.
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
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if failed := e.Encode(r); (err != nil) != (failed != nil) {
			t.Fatalf("%v, and encoding/json says %v", err, failed)
		}
		if err == nil && string(got) != string(bytes.TrimSuffix(want.Bytes(), []byte("\n"))) {
			t.Errorf("%s\nwant %s", got, want.Bytes())
		}
	})
}

// FuzzDecode holds the reading of a record against encoding/json, for members that are named as they are written.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"chain":"c","seq":1,"at":"2026-08-06T12:00:00Z","kind":"k","actor":"a","late":true,"detail":{"b":1,"a":[1,"\u003c"]},"prev":"p","hash":"h"}`,
		` { "hash" : "\u00e9\n" , "detail" : null, "seq" : 12, "more" : {"a":[]} } `, `{}`, `{"seq":1,"seq":2}`, "{\"kind\":\"\xff\"}",
		``, `null`, `[]`, `"a"`, `{"chain":1}`, `{"seq":"1"}`, `{"seq":1.5}`, `{"seq":1e2}`, `{"at":"yesterday"}`, `{"late":1}`, `{"late":"true"}`, `{"kind":["a"]}`, `{`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := evidence.Decode(body)
		if err != nil {
			return
		}
		var want evidence.Record
		if err := json.Unmarshal(lowerNames(t, body), &want); err != nil {
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

// lowerNames is an object without the members whose names only encoding/json would take for those of a record.
func lowerNames(t *testing.T, body []byte) []byte {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		t.Fatal(err)
	}
	known := []string{"chain", "seq", "at", "kind", "actor", "late", "detail", "prev", "hash"}
	maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool { return !slices.Contains(known, name) })
	b, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
