// Package queries has the named queries on the lake of package audit. Each is one SQL file, which runs as it is on Athena,
// DuckDB and SQLite.
//
// A file begins with comments: what it answers, its columns' meaning where a name does not say it, and one line for each ? of
// the text, in order:
//
//	-- Who held what in an account at an instant.
//	-- ? account text: the account
//	-- ? at time: the instant
package queries

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"curfew/shared/fault"
)

//go:embed *.sql
var files embed.FS

// Query is a named query.
type Query struct {
	Name  string `json:"name"`            // of its file
	About string `json:"about"`           // one sentence
	Notes string `json:"notes,omitempty"` // more, for people
	// Parameters are in the order of the ? of Text. A name may be repeated: it has one value.
	Parameters []Parameter `json:"parameters"`
	Text       string      `json:"text"`
}

// Parameter is a ? of a text.
type Parameter struct {
	Name  string `json:"name"`
	Type  Type   `json:"type"`
	About string `json:"about"`
}

// Type says which values a parameter takes.
type Type string

const (
	Text   Type = "text"
	Time   Type = "time"   // RFC 3339; a date means its first instant (UTC)
	Day    Type = "day"    // UTC, as 2026-11-30; an instant means its day
	Number Type = "number" // a whole number
)

// Result is what an engine answers.
type Result struct {
	Columns []string
	Rows    [][]Value
	// Bytes were read from the lake; 0: the engine does not say.
	Bytes int64
}

// Value is a string, an int64, a float64, or nil for NULL.
type Value = any

// Engine runs queries on one lake. Args are the values of the parameters, in order: see [Query.Args].
type Engine interface {
	Run(ctx context.Context, q Query, args []Value) (Result, error)
}

// All returns all queries by name. It panics if a file is wrong, which a test finds.
func All() (all []Query) {
	found, err := files.ReadDir(".")
	for _, f := range found {
		var q Query
		if q, err = read(f.Name()); err != nil {
			break
		}
		all = append(all, q)
	}
	if err != nil {
		panic(err)
	}
	return all
}

func read(file string) (Query, error) {
	text, err := files.ReadFile(file)
	if err != nil {
		return Query{}, err
	}
	q, err := parse(strings.TrimSuffix(file, ".sql"), string(text))
	if err != nil {
		return q, fmt.Errorf("%s: %w", file, err)
	}
	return q, nil
}

// Find returns a query. NotFound: no query has the name.
func Find(name string) (Query, error) {
	q, err := read(name + ".sql")
	if err != nil {
		return Query{}, fault.Errorf(fault.NotFound, "%q is not a query", name)
	}
	return q, nil
}

func parse(name, text string) (Query, error) {
	q := Query{Name: name, Text: text}
	var about []string
	for line := range strings.Lines(text) {
		said, is := strings.CutPrefix(strings.TrimSpace(line), "--")
		if !is {
			break
		}
		said = strings.TrimSpace(said)
		of, is := strings.CutPrefix(said, "? ")
		if !is {
			about = append(about, said)
			continue
		}
		what, why, _ := strings.Cut(of, ": ")
		name, kind, _ := strings.Cut(what, " ")
		p := Parameter{name, Type(kind), why}
		if why == "" || !slices.Contains([]Type{Text, Time, Day, Number}, p.Type) {
			return q, fmt.Errorf("parameter %q: want NAME text|time|day|number: about", of)
		}
		q.Parameters = append(q.Parameters, p)
	}
	if len(about) == 0 {
		return q, fmt.Errorf("no line says what it answers")
	}
	q.About, q.Notes = about[0], strings.Join(about[1:], " ")
	return q, nil
}

// Args returns the values of the parameters by name, checked. Invalid: one is missing, of another type, or not a parameter.
func (q Query) Args(by map[string]string) ([]Value, error) {
	var m fault.Mistakes
	for name := range by {
		if !slices.ContainsFunc(q.Parameters, func(p Parameter) bool { return p.Name == name }) {
			m.Add(name, "the query %s has no such parameter", q.Name)
		}
	}
	var args []Value
	for _, p := range q.Parameters {
		text, given := by[p.Name]
		v, err := p.value(text)
		if !given || err != nil {
			m.Add(p.Name, "want a %s: %s", p.Type, p.About)
		}
		args = append(args, v)
	}
	return args, m.Err()
}

func (p Parameter) value(text string) (Value, error) {
	switch p.Type {
	case Time:
		t, err := instant(text)
		return t.Format(time.RFC3339), err
	case Day:
		t, err := instant(text)
		return t.Format(time.DateOnly), err
	case Number:
		return strconv.ParseInt(text, 10, 64)
	}
	return text, nil
}

// instant reads RFC 3339, or a date, which means its first instant.
func instant(text string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t, err = time.Parse(time.RFC3339, text)
	}
	return t.UTC().Truncate(time.Second), err
}
