package asl

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// fields reads the members of one object of a definition, each once. Members that remain are unknown, and done reports
// them. Errors are collected, each with place and field.
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

func (f *fields) take(name string) (any, bool) {
	v, ok := f.left[name]
	delete(f.left, name)
	return v, ok
}

// done returns all errors, and one for each unread field.
func (f *fields) done() error {
	for _, name := range slices.Sorted(maps.Keys(f.left)) {
		f.errs = append(f.errs, fmt.Errorf("%s: the field %s is not known here", f.where, name))
	}
	return errors.Join(f.errs...)
}

func (f *fields) text(name string) string {
	v, ok := f.take(name)
	s, isText := v.(string)
	if ok && !isText {
		f.fault(name, "not a string")
	}
	return s
}

func (f *fields) needText(name string) string {
	s := f.text(name)
	if s == "" {
		f.fault(name, "missing or empty")
	}
	return s
}

func (f *fields) boolean(name string) bool {
	v, ok := f.take(name)
	b, isBool := v.(bool)
	if ok && !isBool {
		f.fault(name, "not true or false")
	}
	return b
}

// integer returns an integer from least to most, or absent.
func (f *fields) integer(name string, least, most, absent int64) int64 {
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

// rate returns a number of at least one, or absent.
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

// selector returns a path that may be null. Absent is $.
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

// resultPath reads ResultPath, which cannot point into the context object.
func (f *fields) resultPath() selector {
	s := f.selector("ResultPath")
	if s.path.context != "" {
		f.fault("ResultPath", "%s is in the context object, which is read-only", s.path.text)
	}
	return s
}

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

func (f *fields) items(name string) []any {
	v, ok := f.take(name)
	items, isArray := v.([]any)
	if ok && !isArray {
		f.fault(name, "not an array")
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
