package evidence_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/gowebpki/jcs"
	"pgregory.net/rapid"

	"curfew/shared/evidence"
)

// FuzzCanonical compares Canonical with another implementation of RFC 8785.
func FuzzCanonical(f *testing.F) {
	for _, s := range []string{
		`{"b":[1,{"z":"\u003c","a":null}],"a":-1.5e+3}`, ` "\ud800" `, `"\ud83d\ude00"`, "\"\u2028\"", `"\u2028\u2029\u007f\/\u00e9"`, "\"\xff\"",
		`{"\ue000":1,"😀":2,"\ud83d\ude01":3,"\uffff":4}`, `{"a":1,"\u0061":2}`, `[0,-0,1e-7,1e21,1e20,9007199254740991,9007199254740992,0.1e1,5e-324]`,
		`{"\n":1,"\"":2,"\\":3,"":4}`, `"<&>"`, ` [ true , false , null , { } , [ ] ] `, `{"a":{"b":{"c":{}}}}`, `{"a`, `1 2`, ``,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := evidence.Canonical(json.RawMessage(in))
		want, refused := jcs.Transform(in)
		if err != nil {
			if refused == nil && !greatNumber(decoded(t, in)) {
				t.Fatalf("Canonical(%q) = %v, and its form is %s", in, err, want)
			}
			return
		}
		if refused != nil || !bytes.Equal(got, want) {
			t.Fatalf("Canonical(%q) = %s, want %s, %v", in, got, want, refused)
		}
		if again, err := evidence.Canonical(got); err != nil || !bytes.Equal(again, got) {
			t.Errorf("Canonical(%q) = %q, and again %q, %v", in, got, again, err)
		}
		value := decoded(t, in)
		if back, err := evidence.Canonical([]any{value}); err != nil || string(back) != "["+string(got)+"]" {
			t.Errorf("Canonical(%q) = %q, and when it was decoded %q, %v", in, got, back, err)
		}
		if meant := decoded(t, got); !reflect.DeepEqual(meant, value) {
			t.Errorf("Canonical(%q) means %v, was %v", in, meant, value)
		}
	})
}

// decoded is JSON as encoding/json reads it; a number beyond a double becomes an infinity.
func decoded(t *testing.T, in []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(in))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return floats(v)
}

func floats(v any) any {
	switch v := v.(type) {
	case json.Number:
		f, _ := v.Float64() // infinite, if it is out of range
		return f + 0        // no negative zero
	case []any:
		for i := range v {
			v[i] = floats(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = floats(v[name])
		}
	}
	return v
}

func greatNumber(v any) bool {
	switch v := v.(type) {
	case float64:
		return math.Abs(v) > 1<<53-1
	case []any:
		for _, each := range v {
			if greatNumber(each) {
				return true
			}
		}
	case map[string]any:
		for _, each := range v {
			if greatNumber(each) {
				return true
			}
		}
	}
	return false
}

// One value has one form, however its JSON was written, and that form is JCS.
func TestHoweverAValueIsWrittenItHasOneForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := values(3).Draw(t, "value")
		var one, other bytes.Buffer
		spell(t, &one, v)
		spell(t, &other, v)
		got, err := evidence.Canonical(json.RawMessage(one.Bytes()))
		if err != nil {
			t.Fatalf("Canonical(%s) = %v", &one, err)
		}
		if want, err := jcs.Transform(one.Bytes()); err != nil || !bytes.Equal(got, want) {
			t.Errorf("Canonical(%s) = %s, want %s, %v", &one, got, want, err)
		}
		if b, err := evidence.Canonical(json.RawMessage(other.Bytes())); err != nil || !bytes.Equal(b, got) {
			t.Errorf("%s has another form than %s: %s, %v", &other, &one, b, err)
		}
		if b, err := evidence.Canonical([]any{v}); err != nil || string(b) != "["+string(got)+"]" {
			t.Errorf("the Go value of %s has another form: %s, %v", &one, b, err)
		}
	})
}

// Values have this depth. A list of pairs is an object, so that its members have an order.
func values(deep int) *rapid.Generator[any] {
	all := []*rapid.Generator[any]{
		rapid.SampledFrom([]any{nil, true, false}),
		rapid.Custom(func(t *rapid.T) any { return texts().Draw(t, "text") }),
		rapid.Custom(func(t *rapid.T) any { return float64(rapid.Int64Range(-(1<<53-1), 1<<53-1).Draw(t, "integer")) }),
		rapid.Custom(func(t *rapid.T) any { return rapid.Float64Range(-(1<<53-1), 1<<53-1).Draw(t, "number") }),
	}
	if deep > 0 {
		all = append(all,
			rapid.Custom(func(t *rapid.T) any { return rapid.SliceOfN(values(deep-1), 0, 5).Draw(t, "list") }),
			rapid.Custom(func(t *rapid.T) any { return rapid.MapOfN(texts(), values(deep-1), 0, 8).Draw(t, "object") }))
	}
	return rapid.OneOf(all...)
}

// texts are short, of runes that JSON, HTML, JavaScript and the two encodings treat specially.
func texts() *rapid.Generator[string] {
	odd := rapid.SampledFrom([]rune("\x00\b\t\n\v\f\r\x1f \"\\/<>&aAz\x7fé\u2028\u2029\ud7ff\ue000\ufb33\ufffd\uffff\U00010000😀\U0010ffff"))
	return rapid.StringOfN(rapid.OneOf(odd, odd, rapid.Rune()), 0, 4, -1)
}

// spell writes a value in one of the many ways that JSON has.
func spell(t *rapid.T, out *bytes.Buffer, v any) {
	space := func() { out.WriteString(rapid.SampledFrom([]string{"", "", " ", "\n\t"}).Draw(t, "space")) }
	space()
	switch v := v.(type) {
	case string:
		spellText(t, out, v)
	case float64:
		fmt.Fprintf(out, rapid.SampledFrom([]string{"%.17g", "%.17e", "%.1100f"}).Draw(t, "number"), v)
	case []any:
		out.WriteByte('[')
		for i, each := range v {
			if i > 0 {
				out.WriteByte(',')
			}
			spell(t, out, each)
		}
		out.WriteByte(']')
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		out.WriteByte('{')
		for i, name := range names { // in random order
			if i > 0 {
				out.WriteByte(',')
			}
			space()
			spellText(t, out, name)
			space()
			out.WriteByte(':')
			spell(t, out, v[name])
		}
		out.WriteByte('}')
	default:
		fmt.Fprint(out, strings.ReplaceAll(fmt.Sprint(v), "<nil>", "null"))
	}
	space()
}

func spellText(t *rapid.T, out *bytes.Buffer, text string) {
	out.WriteByte('"')
	for _, r := range text {
		needed := r < ' ' || r == '"' || r == '\\'
		switch letter := strings.IndexRune("\"\\/\b\f\n\r\t", r); {
		case letter >= 0 && rapid.Bool().Draw(t, "short"):
			out.WriteString(`\` + `"\/bfnrt`[letter:letter+1])
		case needed || rapid.Bool().Draw(t, "escaped"):
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(out, rapid.SampledFrom([]string{`\u%04x`, `\u%04X`}).Draw(t, "digits"), unit)
			}
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
}
