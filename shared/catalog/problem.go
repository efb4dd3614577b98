package catalog

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a catalog. The error of [Load] is all of them, joined; take them apart with
// [Problems].
type Problem struct {
	File   string // path inside the catalog
	Line   int    // from 1; 0: the file as a whole
	Column int    // from 1; 0: the line as a whole
	Field  string // path inside the file, like policy.Statement[0].Action; empty: the file as a whole
	Why    string
}

// Error is one line: file:line: field: why.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	if p.Field != "" {
		b.WriteString(": " + p.Field)
	}
	b.WriteString(": " + p.Why)
	return b.String()
}

// Problems are the problems inside an error of [Load], in order of their places; none if it has another cause.
func Problems(err error) []*Problem {
	if joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err); ok {
		var found []*Problem
		for _, e := range joined.Unwrap() {
			found = append(found, Problems(e)...)
		}
		return found
	}
	if p, ok := errors.AsType[*Problem](err); ok {
		return []*Problem{p}
	}
	return nil
}

// maxProblems is how many problems are reported at once. Who has more has given the wrong file.
const maxProblems = 100

// report gathers problems while a catalog is read.
type report struct {
	problems []*Problem
}

// add reports a problem, once: a value may be read again by a later check.
func (r *report) add(p Problem) {
	p.Why = oneLine(p.Why)
	if len(r.problems) < maxProblems && !slices.ContainsFunc(r.problems, func(q *Problem) bool { return *q == p }) {
		r.problems = append(r.problems, &p)
	}
}

// err is all the problems, in order of their places; nil if there are none.
func (r *report) err() error {
	slices.SortStableFunc(r.problems, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Why, b.Why))
	})
	errs := make([]error, len(r.problems))
	for i, p := range r.problems {
		errs[i] = p
	}
	return errors.Join(errs...)
}

// oneLine makes what another parser said fit on a line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
