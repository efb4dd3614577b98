package strictjson_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"curfew/shared/strictjson"
)

func TestATreeKeepsOrderPlacesAndNumbers(t *testing.T) {
	v, err := strictjson.Parse(`{ "b" : 1.50e2, "\u0061": ["x\n", true, null, {}] }`, strictjson.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	printTree(&out, *v)
	const want = `an object@0{b@2: a number@8 "1.50e2", a@16: a list@26[a string@27 "x\n", a boolean@34 "true", null@40 "null", an object@46{}]}`
	if got := out.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func printTree(out *strings.Builder, v strictjson.Value) {
	fmt.Fprintf(out, "%s@%d", v.Kind, v.Offset)
	between := func(i int) {
		if i > 0 {
			out.WriteString(", ")
		}
	}
	switch v.Kind {
	case strictjson.Object:
		out.WriteString("{")
		for i, m := range v.Members {
			between(i)
			fmt.Fprintf(out, "%s@%d: ", m.Name, m.Offset)
			printTree(out, m.Value)
		}
		out.WriteString("}")
	case strictjson.List:
		out.WriteString("[")
		for i, item := range v.Items {
			between(i)
			printTree(out, item)
		}
		out.WriteString("]")
	default:
		fmt.Fprintf(out, " %q", v.Text)
	}
}

func TestMembersOfOneObject(t *testing.T) {
	got, err := strictjson.Members([]byte(` {"a": {"x":1,"x":2}, "A":"b" }`), strictjson.Rules{})
	if err != nil || len(got) != 2 || string(got["a"]) != `{"x":1,"x":2}` || string(got["A"]) != `"b"` {
		t.Errorf("%s, %v", got, err)
	}
	for text, reason := range map[string]strictjson.Reason{
		`{"a":1,"b":2,"\u0061":3}`: strictjson.Duplicate,
		`[]`:                       strictjson.NotObject,
		`{"a":1}{}`:                strictjson.Trailing,
		`{"a":`:                    strictjson.Syntax,
	} {
		_, err := strictjson.Members([]byte(text), strictjson.Rules{})
		if e, ok := errors.AsType[*strictjson.Error](err); !ok || e.Reason != reason {
			t.Errorf("%s: %v, want reason %d", text, err, reason)
		}
	}
}

func TestDecode(t *testing.T) {
	type inner struct {
		Count int `json:"count"`
	}
	type outer struct {
		Reason string            `json:"reason"`
		Inner  inner             `json:"inner"`
		Free   map[string]string `json:"free"`
	}
	for _, tt := range []struct {
		name, text, want string
		rules            strictjson.Rules
	}{
		{"all", `{"reason":"r","inner":{"count":1},"free":{"a":"b"}}`, "", strictjson.Rules{}},
		{"unknown", `{"reason":"r","more":1}`, `unknown field "more"`, strictjson.Rules{}},
		{"unknown that may be", `{"reason":"r","more":1}`, "", strictjson.Rules{KeepUnknown: true}},
		{"wrong kind", `{"inner":{"count":"1"}}`, "inner.count: a string does not belong there, at byte 21", strictjson.Rules{}},
		{"fraction", `{"inner":{"count":1.5}}`, "inner.count: a number does not belong there, at byte 21", strictjson.Rules{}},
		{"two names for one field", `{"reason":"r","REASON":"s"}`, "REASON: the name differs from another in case only, at byte 14", strictjson.Rules{}},
		{"trailing", `{} {}`, "something follows the value, at byte 3", strictjson.Rules{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var v outer
			if got := text(strictjson.Decode([]byte(tt.text), tt.rules, &v)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if tt.want == "" && v.Reason != "r" {
				t.Errorf("got %+v", v)
			}
		})
	}
}

func TestAScannerReadsWhatItDoesNotSkip(t *testing.T) {
	s, err := strictjson.Scan(`{"a":{"b":["]",1]},"c":"x\ty","d":[ 1 , {"e":2} ]}`, strictjson.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	s.Next()
	for s.Enter(); !s.Closed(); {
		switch name := s.Scalar(); name {
		case "a":
			s.Skip()
		case "c":
			got[name] = s.Scalar()
		default:
			got[name] = s.Raw()
		}
	}
	if want := map[string]string{"c": "x\ty", "d": `[ 1 , {"e":2} ]`}; !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", slices.Collect(maps.Values(got)), want)
	}
	if got := strictjson.Unquote(`"a\u00e9"`); got != "aé" {
		t.Errorf("Unquote = %q", got)
	}
}

func TestUnescapeKeepsEscapesThatJSONDoesNotHave(t *testing.T) {
	for text, want := range map[string]string{
		`a\"b`: `a"b`, `\u0041\ud83d\ude00`: "A\U0001F600", `\ud83d`: "\ufffd", `\ud83dA`: "\ufffdA", `\q\u12`: `\q\u12`, `\\`: `\`, `a\`: `a\`, `\/\b\n`: "/\b\n",
	} {
		if got := strictjson.Unescape(text); got != want {
			t.Errorf("%s is %q, want %q", text, got, want)
		}
	}
}
