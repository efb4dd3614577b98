package evidence_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"curfew/shared/evidence"
)

func TestCanonical(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"order of members", `{"b":1,"a":{"d":2,"c":3}}`, `{"a":{"c":3,"d":2},"b":1}`},
		{"white space", " { \"a\" : [ 1 , true , null ] } \n", `{"a":[1,true,null]}`},
		{"numbers as they were written", `[1.0,1e3,12345678901234567890]`, `[1.0,1e3,12345678901234567890]`},
		{"escapes that are none", `"\u003ca\u0026\u0041\/"`, `"<a&A/"`},
		{"escapes that are needed", `"\u0009\"\\"`, `"\t\"\\"`},
		{"names that differ in their escapes only", `{"\u0061":1,"b":2}`, `{"a":1,"b":2}`},
		{"a name given twice", `{"a":1,"b":0,"a":2}`, `{"a":2,"b":0}`},
		{"a name given twice, in order", `{"a":1,"a":2}`, `{"a":2}`},
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
	for _, in := range []string{"{", `{"a"}`, "[1,]", "", "nul", `"\x"`} {
		if got, err := evidence.Canonical(json.RawMessage(in)); err == nil {
			t.Errorf("Canonical(%q) = %s, want an error", in, got)
		}
	}
}

// Whatever is valid JSON keeps its meaning, and what is canonical stays as it is.
func FuzzCanonical(f *testing.F) {
	f.Add([]byte(`{"b":[1,{"z":"\u003c","a":null}],"a":-1.5e+3}`))
	f.Add([]byte(` "\ud800" `))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := evidence.Canonical(json.RawMessage(in))
		if (err == nil) != json.Valid(in) {
			t.Fatalf("Canonical(%q) = %v, valid %v", in, err, json.Valid(in))
		}
		if err != nil {
			return
		}
		again, err := evidence.Canonical(got)
		if err != nil || !bytes.Equal(again, got) {
			t.Errorf("Canonical(%q) = %q, and again %q, %v", in, got, again, err)
		}
		if a, b := meaning(t, in), meaning(t, got); !bytes.Equal(a, b) {
			t.Errorf("Canonical(%q) means %s, was %s", in, b, a)
		}
	})
}

func meaning(t *testing.T, in []byte) []byte {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(in))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
