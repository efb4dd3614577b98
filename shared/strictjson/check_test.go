package strictjson_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"curfew/shared/strictjson"
)

func TestCheck(t *testing.T) {
	noX := func(s string) error {
		if strings.Contains(s, "x") {
			return errors.New("no x")
		}
		return nil
	}
	manyNames := func(last string) string {
		var all []string
		for i := range 100 {
			all = append(all, fmt.Sprintf(`"name%d":%d`, i, i))
		}
		return "{" + strings.Join(all, ",") + `,"` + last + `":0}`
	}
	fold := strictjson.Rules{Names: strictjson.UniqueFolded}
	for _, tt := range []struct {
		name, text string
		rules      strictjson.Rules
		want       string // "" is accepted
		reason     strictjson.Reason
	}{
		{"a value of each kind", ` {"a":[{},[],"b\u00e9\ud83d\ude00\/",-1.5e+3,0,true,false,null]} `, strictjson.Rules{}, "", 0},
		{"nothing", "", strictjson.Rules{}, "unexpected end, want a value, at byte 0", strictjson.Syntax},
		{"cut off", `{"a":[1,`, strictjson.Rules{}, "a[1]: unexpected end, want a value, at byte 8", strictjson.Syntax},
		{"cut off in a string", `{"a":"b`, strictjson.Rules{}, "a: unexpected end inside a string, at byte 7", strictjson.Syntax},
		{"cut off in an escape", `["\`, strictjson.Rules{}, "[0]: unexpected end inside a string, at byte 3", strictjson.Syntax},
		{"comma before the end", `{"a":1,}`, strictjson.Rules{}, `unexpected character '}', want the name of a member, at byte 7`, strictjson.Syntax},
		{"comma before the end of a list", `{"a":[1,]}`, strictjson.Rules{}, `a[1]: unexpected character ']', want a value, at byte 8`, strictjson.Syntax},
		{"no colon", `{"a" 1}`, strictjson.Rules{}, `a: unexpected character '1', want a colon, at byte 5`, strictjson.Syntax},
		{"no comma", `{"a":1 "b":2}`, strictjson.Rules{}, `a: unexpected character '"', want a comma or the end of the object, at byte 7`, strictjson.Syntax},
		{"wrong bracket", `{"a":[1}`, strictjson.Rules{}, `a[0]: unexpected character '}', want a comma or the end of the list, at byte 7`, strictjson.Syntax},
		{"leading zero", `[01]`, strictjson.Rules{}, `[0]: unexpected character '1', want a comma or the end of the list, at byte 2`, strictjson.Syntax},
		{"no digit", `[-]`, strictjson.Rules{}, `[0]: unexpected character ']', want a digit, at byte 2`, strictjson.Syntax},
		{"half a word", `[tru]`, strictjson.Rules{}, `[0]: unexpected character 't', want a value, at byte 1`, strictjson.Syntax},
		{"control character", "[\"a\n\"]", strictjson.Rules{}, `[0]: a control character in a string, at byte 3`, strictjson.Syntax},
		{"unknown escape", `["\x41"]`, strictjson.Rules{}, `[0]: an unknown escape in a string, at byte 2`, strictjson.Syntax},
		{"escape of three digits", `["\u004g"]`, strictjson.Rules{}, `[0]: want four hexadecimal digits after \u, at byte 2`, strictjson.Syntax},
		{"byte order mark", "\ufeff{}", strictjson.Rules{}, `unexpected character '\ufeff', want a value, at byte 0`, strictjson.Syntax},
		{"a second value", `{"a":1} {}`, strictjson.Rules{}, "something follows the value, at byte 8", strictjson.Trailing},
		{"too large", `{"a":1}`, strictjson.Rules{MaxBytes: 6}, "7 bytes, want at most 6", strictjson.TooLarge},
		{"large enough", `{"a":1}`, strictjson.Rules{MaxBytes: 7}, "", 0},
		{"too deep", `{"a":[[1]]}`, strictjson.Rules{MaxDepth: 2}, "a[0]: objects and lists nested deeper than 2, at byte 6", strictjson.TooDeep},
		{"deep enough", `{"a":[[1]]}`, strictjson.Rules{MaxDepth: 3}, "", 0},
		{"deeper than any text", strings.Repeat("[", 101), strictjson.Rules{MaxDepth: 20_000}, strings.Repeat("[0]", 86) + "…: objects and lists nested deeper than 100, at byte 100", strictjson.TooDeep},
		{"too many", `{"a":1,"b":{"c":1,"d":2,"e":3}}`, strictjson.Rules{MaxMembers: 2}, "b.e: more than 2 members, at byte 24", strictjson.TooMany},
		{"not UTF-8", "{\"a\":\"é\xff\"}", strictjson.Rules{}, "not valid UTF-8, at byte 8", strictjson.NotUTF8},
		{"high half", `{"a":"\ud83dx"}`, strictjson.Rules{}, "a: half of a surrogate pair is not text, at byte 6", strictjson.LoneSurrogate},
		{"low half", `{"a":"\ude00"}`, strictjson.Rules{}, "a: half of a surrogate pair is not text, at byte 6", strictjson.LoneSurrogate},
		{"half in a name", `{"a":{"\ud83d\ud83d":1}}`, strictjson.Rules{}, "a: half of a surrogate pair is not text, at byte 7", strictjson.LoneSurrogate},
		{"half that may be", `{"a":"\ud83dx"}`, strictjson.Rules{LoneSurrogates: true}, "", 0},
		{"twice", `{"a":[0,{"b":1,"b":2}]}`, strictjson.Rules{}, "a[1].b: the same name twice, at byte 15", strictjson.Duplicate},
		{"twice by an escape", `{"a":1,"\u0061":2}`, strictjson.Rules{}, "a: the same name twice, at byte 7", strictjson.Duplicate},
		{"twice without a name", `{"":1,"":2}`, strictjson.Rules{}, `"": the same name twice, at byte 6`, strictjson.Duplicate},
		{"twice among many", manyNames("name7"), strictjson.Rules{}, "name7: the same name twice, at byte 1181", strictjson.Duplicate},
		{"another case among many", manyNames("NAME7"), fold, "NAME7: the name differs from another in case only, at byte 1181", strictjson.DuplicateCase},
		{"another case", `{"a":1,"A":2}`, fold, "A: the name differs from another in case only, at byte 7", strictjson.DuplicateCase},
		{"another case by a folding letter", `{"reason":1,"rea` + "\u017f" + `on":2}`, fold, "rea\u017fon: the name differs from another in case only, at byte 12", strictjson.DuplicateCase},
		{"another case that may be", `{"a":1,"A":2}`, strictjson.Rules{}, "", 0},
		{"twice that may be", `{"a":1,"a":2}`, strictjson.Rules{Names: strictjson.Repeated}, "", 0},
		{"one name in two objects", `{"a":{"b":1},"b":{"a":1}}`, fold, "", 0},
		{"no object", ` [1]`, strictjson.Rules{Object: true}, "want an object, at byte 1", strictjson.NotObject},
		{"null", `{"a":[null]}`, strictjson.Rules{NoNull: true}, "a[0]: null: leave it out, at byte 6", strictjson.NullValue},
		{"refused name", `{"a":{"\u0078":1}}`, strictjson.Rules{Name: noX}, "a.x: no x, at byte 6", strictjson.Refused},
		{"refused without a word", `["x"]`, strictjson.Rules{Text: func(string) error { return errors.New("") }}, "[0]: , at byte 1", strictjson.Refused},
		{"refused text", `{"x":["x"]}`, strictjson.Rules{Text: noX}, "x[0]: no x, at byte 6", strictjson.Refused},
		{"a name that is no plain word", `{"a\n.b":{"c":1,"c":2}}`, strictjson.Rules{}, `"a\n.b".c: the same name twice, at byte 16`, strictjson.Duplicate},
		{"a long name", `{"` + strings.Repeat("é", 50) + `":nil}`, strictjson.Rules{}, strings.Repeat("é", 32) + `…: unexpected character 'n', want a value, at byte 104`, strictjson.Syntax},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := strictjson.Check(tt.text, tt.rules)
			if got := text(err); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if e, ok := errors.AsType[*strictjson.Error](err); ok != (tt.want != "") || ok && e.Reason != tt.reason {
				t.Errorf("got %#v, want reason %d", err, tt.reason)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// The checker's cost must not grow with the square of the members.
func BenchmarkCheck(b *testing.B) {
	for _, n := range []int{4, 20, 40, 10_000} {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(`"name%d": "some value"`, i))
		}
		text := "{" + strings.Join(all, ",\n") + "}"
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if err := strictjson.Check(text, strictjson.Rules{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
