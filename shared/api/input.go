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

// InputError is an input that was not understood: the domain was not asked, and nothing is stored.
type InputError struct{ err error }

// Error is every mistake in one line.
func (e *InputError) Error() string { return e.err.Error() }

// Unwrap gives the [fault.Error].
func (e *InputError) Unwrap() error { return e.err }

func notUnderstood(err error) error {
	if err == nil {
		return nil
	}
	return &InputError{err}
}

// rules are what an input may be as JSON. There is no null, and no name but those of lower-case letters: encoding/json also
// fills a member from a name that differs in case, or by a letter that folds to the same. Nothing that is described is deeper than 2.
var rules = strictjson.Rules{MaxDepth: 4, Object: true, NoNull: true, Names: strictjson.UniqueFolded, Name: checkName, Text: checkText}

// memberName is what members are called, ours and the parameters of an entitlement.
var memberName = fault.Pattern(`^[a-z][a-z0-9_-]{0,63}$`)

func checkName(name string) error {
	if !memberName().MatchString(name) {
		return errors.New("unknown field: names are of lower-case letters, digits, - and _")
	}
	return nil
}

// checkText refuses control characters, and U+FFFD, which is what other readers make of what is no text.
func checkText(s string) error {
	for _, r := range s {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return fmt.Errorf("character U+%04X is not allowed", r)
		}
	}
	return nil
}

// Members gives the members of an input, each as it is written. Two readers of one text must never see two inputs in it: whatever
// is unclear is an [*InputError], which has the place and no value.
func Members(text []byte) (map[string]json.RawMessage, error) {
	err := strictjson.Check(string(text), rules)
	if err == nil {
		var all map[string]json.RawMessage
		all, err = strictjson.Members(text, strictjson.Rules{})
		if err == nil {
			return all, nil
		}
	}
	return nil, unclear(err)
}

// unclear is the one mistake of a text that cannot be read as a whole.
func unclear(err error) error {
	var m fault.Mistakes
	if e, ok := errors.AsType[*strictjson.Error](err); ok {
		field := e.Path
		place := *e
		place.Path = ""
		m.Add(field, "%s", place.Error())
	} else {
		m.AddError("", err)
	}
	return notUnderstood(m.Err())
}

// mostMistakes bounds how many mistakes one answer has.
const mostMistakes = 50

// checker is an input that says what is wrong with its values.
type checker interface {
	check(now time.Time) fault.Mistakes
}

// read fills a value from an input. The error has every mistake: unknown and missing members, those of another type, and wrong values of
// the rest.
func read(text []byte, into any, now time.Time) error {
	tree, err := strictjson.Parse(string(text), rules)
	if err != nil {
		return unclear(err)
	}
	var m fault.Mistakes
	shape{&m}.value(*tree, reflect.TypeOf(into).Elem(), "")
	members, err := strictjson.Members(text, strictjson.Rules{})
	if err != nil {
		return unclear(err)
	}
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
	return notUnderstood(m[:min(len(m), mostMistakes)].Err())
}

// root is the member of the input that a field is in.
func root(field string) string {
	name, _, _ := strings.Cut(field, ".")
	return name
}

// shape holds JSON against a Go type.
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

// members holds an object against a struct. A member that may be left out is not empty: a program that left it empty by mistake would
// otherwise widen what it meant.
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

// isInstant takes the one form there is: two forms of one instant would be two requests under one idempotency key.
func isInstant(s string) bool {
	const form = "2006-01-02T15:04:05Z"
	t, err := time.Parse(form, s)
	return err == nil && t.Format(form) == s && !t.IsZero()
}

// Field is one member of a shape.
type Field struct {
	Type     reflect.Type
	Optional bool
	Const    string // the only value that it may have; empty: any
}

// Fields are the members of a struct by their names in JSON, with those of the structs that it embeds.
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
