package strictjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"curfew/shared/strictjson"
)

// FuzzAgainstEncodingJSON: encoding/json accepts every text that the strictest rules accept, with the same value. If
// only the rules refuse a text, a second method finds the fault too. With everything permitted, both accept the same
// texts.
func FuzzAgainstEncodingJSON(f *testing.F) {
	for _, seed := range []string{
		"", "null", ` {"a":[1,-0.5e+3,"\ud83d\ude00\"\\\/\b\f\n\r\t",true,false,null,{}],"b":{"c":[]}} `, `{"a":1,"\u0061":2}`,
		`{"a":1,"A":2}`, `"\ud800"`, `"\ud800\ud800"`, `"\udc00\ud800"`, "\"\xff\"", `01`, `-`, `1.`, `1e`, `[1,]`, `{"a":1,}`, `{} {}`, `nul`,
		`{"k":1,"` + "\u212a" + `":2}`, strings.Repeat("[", 50) + strings.Repeat("]", 50), "\"\x7f\u2028\"", `{"":{"":0}}`, `["a` + "\x1f" + `"]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		valid := json.Valid(text)
		lax := strictjson.Check(string(text), strictjson.Rules{Names: strictjson.Repeated, LoneSurrogates: true})
		if (lax == nil) != (valid && utf8.Valid(text)) {
			t.Errorf("with everything permitted %v, but encoding/json says %t", lax, valid)
		}
		v, err := strictjson.Parse(string(text), strictjson.Rules{})
		if err != nil {
			wantReason(t, text, err, valid)
		} else if want, fault := decoded(text); fault != nil || !reflect.DeepEqual(unquoted(*v), want) {
			t.Errorf("%#v, but encoding/json reads %#v, %v", unquoted(*v), want, fault)
		}
		folds := strictjson.Check(string(text), strictjson.Rules{Names: strictjson.UniqueFolded})
		if e, ok := errors.AsType[*strictjson.Error](folds); ok && valid && e.Reason == strictjson.DuplicateCase && !hasTwice(text, true) {
			t.Errorf("%v, but there are no such names", folds)
		} else if folds == nil && hasTwice(text, true) {
			t.Error("names that differ in case only were accepted")
		}
	})
}

// wantReason finds the fault by another method.
func wantReason(t *testing.T, text []byte, err error, valid bool) {
	t.Helper()
	e, ok := errors.AsType[*strictjson.Error](err)
	if !ok || e.Offset < 0 || e.Offset > len(text) || strings.ContainsAny(err.Error(), "\r\n") {
		t.Fatalf("%#v, want an Error with a place, on one line", err)
	}
	if !valid {
		return
	}
	var right bool
	switch e.Reason {
	case strictjson.NotUTF8:
		right = !utf8.Valid(text)
	case strictjson.Duplicate:
		right = hasTwice(text, false)
	case strictjson.LoneSurrogate:
		var half string // the escape alone
		_ = json.Unmarshal([]byte(`"`+string(text[e.Offset:e.Offset+6])+`"`), &half)
		right = half == "\ufffd"
	}
	if !right {
		t.Errorf("%v (reason %d), but encoding/json accepts the text, and the fault is not there", err, e.Reason)
	}
}

// hasTwice finds duplicate names in one object of valid text with encoding/json.
func hasTwice(text []byte, folds bool) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	found := false
	var value func()
	value = func() {
		token, err := d.Token()
		if err != nil {
			return
		}
		var names []string
		for token == json.Delim('{') && d.More() {
			name, err := d.Token()
			if err != nil {
				return
			}
			for _, was := range names {
				found = found || was == name || folds && strings.EqualFold(was, name.(string))
			}
			names = append(names, name.(string))
			value()
		}
		for token == json.Delim('[') && d.More() {
			value()
		}
		if token == json.Delim('{') || token == json.Delim('[') {
			_, _ = d.Token()
		}
	}
	value()
	return found
}

// decoded is the text as encoding/json reads it, with numbers as written.
func decoded(text []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows")
	}
	return v, nil
}

// unquoted is the tree as encoding/json would decode it.
func unquoted(v strictjson.Value) any {
	switch v.Kind {
	case strictjson.Object:
		members := map[string]any{}
		for _, m := range v.Members {
			members[m.Name] = unquoted(m.Value)
		}
		return members
	case strictjson.List:
		items := []any{}
		for _, item := range v.Items {
			items = append(items, unquoted(item))
		}
		return items
	case strictjson.String:
		return v.Text
	case strictjson.Number:
		return json.Number(v.Text)
	case strictjson.Bool:
		return v.Text == "true"
	}
	return nil
}
