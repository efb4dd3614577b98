package iampolicy

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// Fill replaces the marks of a compiled policy by two instants and returns canonical bytes. It refuses a statement
// without both marks, a mark in any other place, instants that are not whole seconds in UTC, and an empty window.
func Fill(compiled []byte, notBefore, notAfter time.Time) ([]byte, error) {
	for _, t := range []time.Time{notBefore, notAfter} {
		if t.Location() != time.UTC || t.Nanosecond() != 0 || t.Year() < 1 || t.Year() > 9999 {
			return nil, &FenceError{Statement: -1, Key: keyCurrentTime, Why: fmt.Sprintf("%s is not a whole second in UTC", t)}
		}
	}
	if !notBefore.Before(notAfter) {
		return nil, &FenceError{Statement: -1, Key: keyCurrentTime, Why: "the window ends before it begins"}
	}
	d, err := Parse(compiled)
	if err != nil {
		return nil, err
	}
	if marksIn(d.ID) > 0 {
		return nil, &FenceError{Statement: -1, Why: "a mark stands in the Id"}
	}
	for i := range d.Statements {
		w, err := readWindow(d, i)
		if err != nil {
			return nil, err
		}
		if w.notBefore != MarkNotBefore || w.notAfter != MarkNotAfter || countMarks(d.Statements[i]) != 2 {
			return nil, &FenceError{Statement: i, Key: keyCurrentTime, Why: "it does not have each mark once, in its place"}
		}
	}
	setWindow(d, notBefore.Format(time.RFC3339), notAfter.Format(time.RFC3339))
	return d.Bytes(), nil
}

// Fenced returns the window of a filled policy. It refuses a statement that lacks an instant or the principal, has
// another condition on time or aws:userid, or differs from the first statement in these. It accepts a window that Close
// has emptied.
func Fenced(filled []byte) (notBefore, notAfter time.Time, err error) {
	d, err := Parse(filled)
	if err != nil {
		return time.Time{}, time.Time{}, err
	}
	w, err := commonWindow(d)
	if err != nil {
		return time.Time{}, time.Time{}, err
	}
	notBefore, err1 := parseFenceInstant(w.notBefore)
	notAfter, err2 := parseFenceInstant(w.notAfter)
	if err1 != nil || err2 != nil {
		return time.Time{}, time.Time{}, &FenceError{Statement: 0, Key: keyCurrentTime, Why: "its instants are not filled or not whole seconds in UTC"}
	}
	return notBefore, notAfter, nil
}

// SameButInstants reports whether two policies with a complete fence are equal except for its instants, filled or not.
func SameButInstants(a, b []byte) bool {
	x, okX := withMarks(a)
	y, okY := withMarks(b)
	return okX && okY && bytes.Equal(x, y)
}

func withMarks(b []byte) ([]byte, bool) {
	d, err := Parse(b)
	if err != nil {
		return nil, false
	}
	if _, err := commonWindow(d); err != nil {
		return nil, false
	}
	setWindow(d, MarkNotBefore, MarkNotAfter)
	return d.Bytes(), true
}

// Close returns the policy with its fence ending at that instant, cut to whole seconds. It never moves the end to a
// later time: it is idempotent. It fails where Fenced does.
func Close(filled []byte, at time.Time) ([]byte, error) {
	notBefore, notAfter, err := Fenced(filled)
	if err != nil {
		return nil, err
	}
	if at = at.UTC().Truncate(time.Second); at.Before(notAfter) {
		notAfter = at
	}
	d, err := Parse(filled)
	if err != nil {
		return nil, err
	}
	setWindow(d, notBefore.Format(time.RFC3339), notAfter.Format(time.RFC3339))
	return d.Bytes(), nil
}

// window is the part of the fence that every statement must have.
type window struct {
	notBefore, notAfter string
	principal           string // operator and value of aws:userid
}

func commonWindow(d *Document) (window, error) {
	first, err := readWindow(d, 0)
	if err != nil {
		return window{}, err
	}
	for i := range d.Statements {
		w, err := readWindow(d, i)
		if err != nil {
			return window{}, err
		}
		if w != first {
			return window{}, &FenceError{Statement: i, Why: "its fence differs from the first statement's"}
		}
	}
	return first, nil
}

// readWindow accepts only what Compile writes, in its spelling.
func readWindow(d *Document, i int) (window, error) {
	var w window
	found := 0
	for _, c := range d.Statements[i].Conditions {
		isTime := strings.EqualFold(c.Key, keyCurrentTime) || strings.EqualFold(c.Key, keyEpochTime)
		if !isTime && !strings.EqualFold(c.Key, keyUserID) {
			continue
		}
		if len(c.Values) != 1 {
			return w, &FenceError{Statement: i, Key: c.Key, Why: "a key of the fence without exactly one value"}
		}
		switch {
		case c.Key == keyCurrentTime && c.Operator == "DateGreaterThanEquals":
			w.notBefore = c.Values[0]
		case c.Key == keyCurrentTime && c.Operator == "DateLessThan":
			w.notAfter = c.Values[0]
		case c.Key == keyUserID && isPrincipal(c.Operator, c.Values[0]):
			w.principal = c.Operator + " " + c.Values[0]
		default:
			return w, &FenceError{Statement: i, Key: c.Key, Why: fmt.Sprintf("%s %s is not part of a fence", c.Operator, c.Key)}
		}
		found++
	}
	if found != 3 || w.notBefore == "" || w.notAfter == "" || w.principal == "" {
		return w, &FenceError{Statement: i, Why: "its fence is incomplete"}
	}
	return w, nil
}

func isPrincipal(operator, value string) bool {
	id, name, hasName := strings.Cut(value, ":")
	role := strings.HasPrefix(id, "AROA") && isMadeOf(id, letters+digits, 5, 128)
	user := strings.HasPrefix(id, "AIDA") && isMadeOf(id, letters+digits, 5, 128)
	switch operator {
	case "StringEquals":
		return user && !hasName || role && isSessionName(name)
	case "StringLike":
		return role && name == "*"
	}
	return false
}

func setWindow(d *Document, notBefore, notAfter string) {
	for i := range d.Statements {
		conditions := d.Statements[i].Conditions
		for k, c := range conditions {
			if c.Key != keyCurrentTime {
				continue
			}
			if c.Operator == "DateLessThan" {
				conditions[k].Values = []string{notAfter}
			} else {
				conditions[k].Values = []string{notBefore}
			}
		}
	}
}
