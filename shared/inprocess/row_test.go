package inprocess

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// FuzzRewrite: what encoding/json takes for an object is taken, and nothing else; written backward twice it is what it was.
func FuzzRewrite(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"a":1}`, ` { "a" : [ ] , "b" : { } } `, `{"a":[1,{"b":"c","d":[[]]},null,true,false]}`, `{"a":1,"a":2}`,
		`{"a":-0.10e+5}`, `{"a":1e5,"b":-0,"c":0.1E-2}`, `{"\u00e9\n\"":"\\"}`, "{\"a\":\"\xff\"}", `{"a":"/\/"}`,
		``, ` `, `[]`, `null`, `"a"`, `1`, `{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{"a" 1}`, `{,}`, `{1:2}`, `{}x`, `{} {}`,
		`{"a":01}`, `{"a":-}`, `{"a":1.}`, `{"a":.1}`, `{"a":1e}`, `{"a":+1}`, `{"a":nul}`, `{"a":tru}`, `{"a":nulll}`, `{"a":[1,]}`, `{"a":[1 2]}`, `{"a":[}`,
		`{"a":"\x"}`, `{"a":"\u12"}`, `{"a":"\u12g4"}`, `{"a":"\uP234"}`, `{"a":"\`, `{"a":"b`, "{\"a\":\"\n\"}", "{\"a\":\"\x00\"}", "{\"a\x01\":1}",
		`{"a":` + strings.Repeat("[", 9999) + strings.Repeat("]", 9999) + `}`, `{"a":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		back, err := rewrite(body)
		object := bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{"))
		if want := json.Valid(body) && object; (err == nil) != want {
			t.Fatalf("rewrite(%q) = %v, want taken: %v", body, err, want)
		}
		if err != nil {
			return
		}
		again, err := rewrite(back)
		var want bytes.Buffer
		if err := json.Compact(&want, body); err != nil {
			t.Fatal(err)
		}
		if err != nil || !bytes.Equal(again, want.Bytes()) {
			t.Errorf("written backward twice: %q, %v; want %q", again, err, &want)
		}
	})
}
