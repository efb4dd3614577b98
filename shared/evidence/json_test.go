package evidence_test

import (
	"bytes"
	"encoding/json"
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
