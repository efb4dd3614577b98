package catalog

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Problem is one error in a catalog. [Load] returns all of them joined; [Problems] separates them.
type Problem struct {
	File   string // path inside the catalog
	Line   int    // from 1; 0: the whole file
	Column int    // from 1; 0: the whole line
	Field  string // path inside the file, like policy.Statement[0].Action; empty: the whole file
	Why    string
}

// Error returns one line: file:line: field: why.
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

// Problems returns the problems in an error of [Load], sorted by place. Other errors have no problems.
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

// maxProblems is how many problems are reported at once. More mean that it is the wrong file.
const maxProblems = 100

// report collects problems.
type report struct {
	problems []*Problem
}

// add drops duplicates, because a later check may read a value again.
func (r *report) add(p Problem) {
	p.Why = oneLine(p.Why)
	if len(r.problems) < maxProblems && !slices.ContainsFunc(r.problems, func(q *Problem) bool { return *q == p }) {
		r.problems = append(r.problems, &p)
	}
}

// err joins the problems, sorted by place; nil without problems.
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

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
