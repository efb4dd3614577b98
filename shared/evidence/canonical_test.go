package evidence_test

import (
	"encoding/json"
	"testing"

	"curfew/shared/evidence"
)

func TestCanonical(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"order of members", `{"b":1,"a":{"d":2,"c":3}}`, `{"a":{"c":3,"d":2},"b":1}`},
		{"white space", " { \"a\" : [ 1 , true , null ] } \n", `{"a":[1,true,null]}`},
		{"numbers", `[1.0,1e3,-0,-0.0,0.10,1e-6,1.5e-7,123456e-12,1e-400,1e-10,2.5e-100,1e-300]`, `[1,1000,0,0,0.1,0.000001,1.5e-7,1.23456e-7,0,1e-10,2.5e-100,1e-300]`},
		{"the greatest integers", `[9007199254740991,-9007199254740991,9007199254740991.0]`, `[9007199254740991,-9007199254740991,9007199254740991]`},
		{"escapes that are none", `"\u003ca\u0026\u0041\/"`, `"<a&A/"`},
		{"escapes that are needed", `"\u0009\"\\"`, `"\t\"\\"`},
		{"names that differ in their escapes only", `{"\u0061":1,"b":2}`, `{"a":1,"b":2}`},
		{"line separators", `["\u2028\u2029"]`, "[\"\u2028\u2029\"]"},
		{"line separators, raw", "[\"\u2028\u2029\"]", "[\"\u2028\u2029\"]"},
		{"controls", `"\u0000\b\u000b\f\u001F\u007f"`, "\"\\u0000\\b\\u000b\\f\\u001f\x7f\""},
		{"a surrogate pair", `"\ud83D\uDE00"`, `"😀"`},
		{"an escape of an escape", `"\\u0041\\/"`, `"\\u0041\\/"`},
		{"names in UTF-16, not in UTF-8", `{"\ue000":1,"😀":2,"\ufb33":3,"é":4}`, "{\"é\":4,\"😀\":2,\"\ue000\":1,\"\ufb33\":3}"},
		{"names with escapes", `{"a":1,"\n":2,"\"":3,"\\":4,"Z":5}`, `{"\n":2,"\"":3,"Z":5,"\\":4,"a":1}`},
		{"a name that begins another", `{"é😀":1,"é":2,"":3}`, `{"":3,"é":2,"é😀":1}`},
		{"empty", `{"a":{},"b":[],"c":""}`, `{"a":{},"b":[],"c":""}`},
		{"a quote in a list's string", `["a\"]",1]`, `["a\"]",1]`},
		{"other scripts", `"жœ"`, `"жœ"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := evidence.Canonical(json.RawMessage(c.in))
			if err != nil || string(got) != c.want {
				t.Errorf("Canonical(%s) = %s, %v; want %s", c.in, got, err, c.want)
			}
		})
	}
	for _, in := range []string{
		"{", `{"a"}`, "[1,]", "", "nul", `"\x"`,
		"\"\xff\"", "{\"\xc3\":1}", `"\ud800"`, `"\udc00\ud800"`, `"\ud800x"`, `"\ud800\n"`, `"\ud800\u0041"`, `{"\udfff":1}`,
		`{"a":1,"b":0,"a":2}`, `{"a":1,"a":1}`, `[{"a":1,"\u0061":2}]`, `{"\n":1,"\u000a":2}`,
		"9007199254740992", "-9007199254740992", "12345678901234567890", "1e300", "-1e999",
	} {
		if got, err := evidence.Canonical(json.RawMessage(in)); err == nil {
			t.Errorf("Canonical(%q) = %s, want an error", in, got)
		}
	}
}

func TestGoValuesHaveTheFormOfTheirJSON(t *testing.T) {
	for _, c := range []struct {
		name string
		in   any
		want string
	}{
		{"line separator", "a\u2028b", "\"a\u2028b\""},
		{"markup", "<a&b>", `"<a&b>"`},
		{"text that is not UTF-8", "a\xff\xfe", "\"a\ufffd\ufffd\""},
		{"a small fraction", 1e-7, "1e-7"},
		{"names", map[string]int{"\ue000": 1, "😀": 2}, `{"😀":2,"` + "\ue000" + `":1}`},
	} {
		if got, err := evidence.Canonical(c.in); err != nil || string(got) != c.want {
			t.Errorf("%s: Canonical = %s, %v; want %s", c.name, got, err, c.want)
		}
	}
	for name, in := range map[string]any{
		"a great integer":         int64(1 << 53),
		"a great fraction":        1e300,
		"JSON inside, not UTF-8":  []json.RawMessage{json.RawMessage("\"\xff\"")},
		"JSON inside, name twice": []json.RawMessage{json.RawMessage(`{"a":1,"a":2}`)},
	} {
		if got, err := evidence.Canonical(in); err == nil {
			t.Errorf("%s: Canonical = %s, want an error", name, got)
		}
	}
}
