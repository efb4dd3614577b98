package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"curfew/shared/fault"
	"curfew/shared/strictjson"
)

// InputError is an input that was not understood. The domain was not asked, and nothing is stored.
type InputError struct{ err error }

func (e *InputError) Error() string { return e.err.Error() }

// Unwrap returns the [fault.Error].
func (e *InputError) Unwrap() error { return e.err }

// NotUnderstood returns an [*InputError] with the first 50 mistakes, or nil if there are none.
func NotUnderstood(m fault.Mistakes) error {
	if len(m) == 0 {
		return nil
	}
	return &InputError{m[:min(len(m), mostMistakes)].Err()}
}

const mostMistakes = 50

// rules allow only lower-case names: encoding/json also fills members from names in another case. Inputs have a depth of 2.
var rules = strictjson.Rules{MaxDepth: 4, Object: true, NoNull: true, Names: strictjson.UniqueFolded, Name: checkName, Text: checkText}

// memberName matches our members and entitlement parameters.
var memberName = fault.Pattern(`^[a-z][a-z0-9_-]{0,63}$`)

func checkName(name string) error {
	if !memberName().MatchString(name) {
		return errors.New("unknown field: names are of lower-case letters, digits, - and _")
	}
	return nil
}

// checkText also refuses U+FFFD: other readers put it for invalid UTF-8.
func checkText(s string) error {
	for _, r := range s {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return fmt.Errorf("character U+%04X is not allowed", r)
		}
	}
	return nil
}

// Members returns the members of an input, each as written. If two JSON readers could read the text in two ways, it is an
// [*InputError] with the place and no value.
func Members(text []byte) (map[string]json.RawMessage, error) {
	if err := strictjson.Check(string(text), rules); err != nil {
		return nil, unclear(err)
	}
	all, err := strictjson.Members(text, strictjson.Rules{})
	return all, unclear(err)
}

// unclear returns the one mistake of a text that cannot be read as a whole.
func unclear(err error) error {
	var m fault.Mistakes
	if e, ok := errors.AsType[*strictjson.Error](err); ok {
		place := *e
		place.Path = ""
		m.Add(e.Path, "%s", place.Error())
	} else {
		m.AddError("", err)
	}
	return NotUnderstood(m)
}

type checker interface {
	check(now time.Time) fault.Mistakes
}

// read fills a value. Its error has all mistakes: unknown, missing and mistyped members, and wrong values of the others.
func read(text []byte, into any, now time.Time) error {
	members, err := Members(text)
	if err != nil {
		return err
	}
	tree, err := strictjson.Parse(string(text), rules)
	if err != nil {
		return unclear(err)
	}
	var m fault.Mistakes
	shape{&m}.value(*tree, reflect.TypeOf(into).Elem(), "")
	misshapen := map[string]bool{}
	for _, one := range m {
		misshapen[root(one.Field)] = true
		delete(members, root(one.Field))
	}
	rest, err := json.Marshal(members)
	if err == nil {
		err = json.Unmarshal(rest, into)
	}
	if err != nil {
		return unclear(err)
	}
	if c, ok := into.(checker); ok {
		for _, one := range c.check(now) {
			if !misshapen[root(one.Field)] && (one.Field != "" || len(misshapen) == 0) {
				m = append(m, one)
			}
		}
	}
	return NotUnderstood(m)
}

func root(field string) string {
	name, _, _ := strings.Cut(field, ".")
	return name
}

// shape compares JSON with a Go type.
type shape struct{ *fault.Mistakes }

var instant = reflect.TypeFor[time.Time]()

func (s shape) value(v strictjson.Value, t reflect.Type, path string) {
	want, ok := "", false
	switch {
	case t == instant:
		want, ok = "an instant as 2026-10-05T09:00:00Z, in UTC and whole seconds", v.Kind == strictjson.String && isInstant(v.Text)
	case t.Kind() == reflect.Struct:
		if want, ok = "an object", v.Kind == strictjson.Object; ok {
			s.members(v, t, path)
		}
	case t.Kind() == reflect.Map:
		if want, ok = "an object", v.Kind == strictjson.Object; ok {
			for _, m := range v.Members {
				s.value(m.Value, t.Elem(), join(path, m.Name))
			}
		}
	case t.Kind() == reflect.Slice:
		if want, ok = "a list", v.Kind == strictjson.List; ok {
			for i, item := range v.Items {
				s.value(item, t.Elem(), join(path, strconv.Itoa(i)))
			}
		}
	case t.Kind() == reflect.String:
		want, ok = "a text", v.Kind == strictjson.String
	case t.Kind() == reflect.Bool:
		want, ok = "true or false", v.Kind == strictjson.Bool
	default:
		_, err := strconv.ParseInt(v.Text, 10, 64)
		want, ok = "a whole number", v.Kind == strictjson.Number && err == nil
	}
	if !ok {
		s.Add(path, "want %s", want)
	}
}

// members refuses empty optional members: an empty filter by mistake would widen what a program meant.
func (s shape) members(v strictjson.Value, t reflect.Type, path string) {
	fields, given := Fields(t), map[string]bool{}
	for _, m := range v.Members {
		at := join(path, m.Name)
		f, known := fields[m.Name]
		given[m.Name] = true
		switch {
		case !known:
			s.Add(at, "unknown field")
		case f.Optional && (m.Value.Kind == strictjson.String && m.Value.Text == "" || m.Value.Kind == strictjson.Number && m.Value.Text == "0"):
			s.Add(at, "empty: leave it out")
		case f.Const != "" && m.Value.Text != f.Const:
			s.Add(at, "want %s, or leave it out", f.Const)
		default:
			s.value(m.Value, f.Type, at)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !fields[name].Optional && !given[name] {
			s.Add(join(path, name), "required")
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// isInstant accepts one form only: two forms would be two requests under one idempotency key.
func isInstant(s string) bool {
	const form = "2006-01-02T15:04:05Z"
	t, err := time.Parse(form, s)
	return err == nil && t.Format(form) == s && !t.IsZero()
}

// Field is a member of a type.
type Field struct {
	Type     reflect.Type
	Optional bool
	Const    string // only value; empty: any
}

// Fields returns a struct's members by JSON name, with those of embedded structs.
func Fields(t reflect.Type) map[string]Field {
	all := map[string]Field{}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "" || name == "-" {
			continue
		}
		all[name] = Field{f.Type, strings.Contains(options, "omit"), f.Tag.Get("const")}
	}
	return all
}
