package asl

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// fields reads the members of one object of a definition, each at most once. What was not read when all that is known was
// read is not known: done says so. Faults are gathered, each with the place and the name of the field.
type fields struct {
	where string
	left  map[string]any
	errs  []error
}

func readFields(where string, v any) *fields {
	f := &fields{where: where}
	object, ok := v.(map[string]any)
	if !ok {
		f.errs = []error{fmt.Errorf("%s: not an object", where)}
	}
	f.left = maps.Clone(object)
	return f
}

func (f *fields) fault(name, format string, args ...any) {
	f.errs = append(f.errs, fmt.Errorf("%s: %s: %w", f.where, name, fmt.Errorf(format, args...)))
}

// take gives the field and whether it is there.
func (f *fields) take(name string) (any, bool) {
	v, ok := f.left[name]
	delete(f.left, name)
	return v, ok
}

// done gives all faults, the fields that nobody read among them.
func (f *fields) done() error {
	for _, name := range slices.Sorted(maps.Keys(f.left)) {
		f.errs = append(f.errs, fmt.Errorf("%s: the field %s is not known here", f.where, name))
	}
	return errors.Join(f.errs...)
}

// text gives a string; absent is "".
func (f *fields) text(name string) string {
	v, ok := f.take(name)
	s, isText := v.(string)
	if ok && !isText {
		f.fault(name, "not a string")
	}
	return s
}

// needText gives a string that must be there.
func (f *fields) needText(name string) string {
	s := f.text(name)
	if s == "" {
		f.fault(name, "missing or empty")
	}
	return s
}

// yes gives a boolean; absent is false.
func (f *fields) yes(name string) bool {
	v, ok := f.take(name)
	b, isBool := v.(bool)
	if ok && !isBool {
		f.fault(name, "not true or false")
	}
	return b
}

// whole gives an integer from least to most, or absent.
func (f *fields) whole(name string, least, most, absent int64) int64 {
	v, ok := f.take(name)
	if !ok {
		return absent
	}
	n, isWhole := wholeNumber(v)
	if !isWhole || n < least || n > most {
		f.fault(name, "not a whole number from %d to %d", least, most)
	}
	return n
}

// rate gives a number of at least one, or absent.
func (f *fields) rate(name string, absent float64) float64 {
	v, ok := f.take(name)
	if !ok {
		return absent
	}
	n, isNumber := number(v)
	if !isNumber || n < 1 {
		f.fault(name, "not a number of 1 or more")
	}
	return n
}

// path gives a reference path, and nil if there is none.
func (f *fields) path(name string) *path {
	v, ok := f.take(name)
	if !ok {
		return nil
	}
	text, _ := v.(string)
	p, err := parsePath(text)
	if err != nil {
		f.fault(name, "%w", err)
	}
	return &p
}

// selector gives a path that may be null: absent is $, null is nothing.
func (f *fields) selector(name string) selector {
	v, ok := f.left[name]
	if ok && v == nil {
		delete(f.left, name)
		return selector{drop: true}
	}
	p := f.path(name)
	if p == nil {
		return selector{}
	}
	return selector{path: *p}
}

// resultPath reads ResultPath, which cannot lead into the context object.
func (f *fields) resultPath() selector {
	s := f.selector("ResultPath")
	if s.path.context != "" {
		f.fault("ResultPath", "%s is the context object, which nobody changes", s.path.text)
	}
	return s
}

// template gives a payload template, and nil if there is none.
func (f *fields) template(name string) template {
	v, ok := f.take(name)
	if !ok {
		return nil
	}
	t, err := compileTemplate(v)
	if err != nil {
		f.fault(name, "%w", err)
	}
	return t
}

// items gives the elements of an array that is there and not empty.
func (f *fields) items(name string) []any {
	v, ok := f.take(name)
	items, isArray := v.([]any)
	if ok && (!isArray || len(items) == 0) {
		f.fault(name, "not an array with something in it")
	}
	return items
}

func wholeNumber(v any) (int64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := strconv.ParseInt(n.String(), 10, 64)
	return i, err == nil
}

func number(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil
}
