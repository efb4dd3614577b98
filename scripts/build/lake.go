package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"curfew/shared/audit"
	"curfew/shared/audit/queries"
)

// lake is what infra needs of package audit: dist/lake.json.
type lake struct {
	FirstDay string   `json:"first_day"`
	Tables   []table  `json:"tables"`
	Views    []table  `json:"views"`
	Queries  []asking `json:"queries"`
}

type table struct {
	Name    string   `json:"name"`
	Text    string   `json:"text,omitempty"`
	Columns []column `json:"columns"`
}

type column struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	About string `json:"about,omitempty"`
}

type asking struct {
	Name  string `json:"name"`
	About string `json:"about"`
	Text  string `json:"text"`
}

func writeLake(dir string) error {
	l, err := readLake()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(l); err != nil {
		return err
	}
	path := filepath.Join(dir, "lake.json")
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, b.Bytes()) {
		return nil
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

func readLake() (lake, error) {
	l := lake{FirstDay: audit.FirstDay}
	known := scope{"compacted": {{Name: "through", Type: "bigint"}, {Name: "day", Type: "string"}}}
	for _, t := range audit.Tables() {
		made := table{Name: t.Name}
		for _, c := range t.Columns {
			made.Columns = append(made.Columns, column(c))
		}
		l.Tables = append(l.Tables, made)
		stored := append(made.Columns[:len(made.Columns):len(made.Columns)], column{Name: "day", Type: "string"})
		known[t.Name+"_json"], known[t.Name+"_parquet"] = stored, stored
	}
	for _, v := range audit.Views() {
		columns, err := known.columnsOf(v.Text)
		if err != nil {
			return l, fmt.Errorf("view %s: %w", v.Name, err)
		}
		known[v.Name] = columns
		l.Views = append(l.Views, table{v.Name, v.Text, columns})
	}
	for _, q := range queries.All() {
		text := strings.ReplaceAll(q.Text, "\n-- ? ", "\n-- ") // a console may count the marks
		l.Queries = append(l.Queries, asking{q.Name, q.About, text})
	}
	return l, nil
}

// scope has the columns of tables and views by name.
type scope map[string][]column

var (
	comment   = regexp.MustCompile(`--[^\n]*`)
	space     = regexp.MustCompile(`\s+`)
	source    = regexp.MustCompile(`(?:FROM|JOIN) ([a-z_]+)(?: AS ([a-z_]+))?`)
	subselect = regexp.MustCompile(`\(SELECT `)
	after     = regexp.MustCompile(`^\) AS ([a-z_]+)`)
	named     = regexp.MustCompile(`^(?s)(.*) AS ([a-z_]+)$`)
	plain     = regexp.MustCompile(`^(?:([a-z_]+)\.)?([a-z_]+|\*)(?:$|[^a-z_(])`)
	wrapped   = regexp.MustCompile(`^(?:MAX|MIN|COALESCE)\((?:DISTINCT )?`)
	counted   = regexp.MustCompile(`^(?:COUNT|SUM|ROW_NUMBER)\(|^[0-9]`)
)

// columnsOf derives the columns of a SELECT in the form that package audit writes: the type of an expression is that of its
// first result. A view stored with other columns fails on Athena.
func (s scope) columnsOf(text string) ([]column, error) {
	text = strings.ReplaceAll(space.ReplaceAllString(comment.ReplaceAllString(text, ""), " "), "( ", "(")
	text = strings.TrimSpace(strings.ReplaceAll(text, " )", ")"))
	from := scope{}
	for _, at := range subselect.FindAllStringIndex(text, -1) {
		end := at[0] + closing(text[at[0]:])
		if as := after.FindStringSubmatch(text[end:]); as != nil {
			columns, err := s.columnsOf(text[at[0]+1 : end])
			if err != nil {
				return nil, err
			}
			from[as[1]] = columns
		}
	}
	list, rest, is := cutTop(strings.TrimPrefix(text, "SELECT "), " FROM ")
	if !is {
		return nil, fmt.Errorf("%q is no SELECT", text)
	}
	for _, f := range source.FindAllStringSubmatch("FROM "+rest, -1) {
		if s[f[1]] != nil {
			from[f[1]] = s[f[1]]
			if f[2] != "" && f[2] != "WHERE" {
				from[f[2]] = s[f[1]]
			}
		}
	}
	var all []column
	for list != "" {
		var item string
		item, list, _ = cutTop(list, ", ")
		columns, err := from.item(item)
		if err != nil {
			return nil, err
		}
		all = append(all, columns...)
	}
	return all, nil
}

func (s scope) item(text string) ([]column, error) {
	name := ""
	if m := named.FindStringSubmatch(text); m != nil {
		text, name = m[1], m[2]
	}
	for {
		if m := wrapped.FindString(text); m != "" {
			text = text[len(m):]
		} else if _, then, is := cutTop(text, " THEN "); is && strings.HasPrefix(text, "CASE ") {
			text = then
		} else {
			break
		}
	}
	switch m := plain.FindStringSubmatch(text); {
	case counted.MatchString(text):
		return []column{{Name: name, Type: "bigint"}}, nil
	case strings.HasPrefix(text, "'"):
		return []column{{Name: name, Type: "string"}}, nil
	case m != nil && m[2] == "*" && s[m[1]] != nil:
		return s[m[1]], nil
	case m != nil:
		types := map[string]bool{}
		for of, columns := range s {
			for _, c := range columns {
				if c.Name == m[2] && (m[1] == "" || m[1] == of) {
					types[c.Type] = true
				}
			}
		}
		if len(types) == 1 {
			return []column{{Name: cmp.Or(name, m[2]), Type: slices.Collect(maps.Keys(types))[0]}}, nil
		}
	}
	return nil, fmt.Errorf("the type of %q is not known", text)
}

// cutTop cuts at the first sep outside of parentheses and quotes.
func cutTop(text, sep string) (before, after string, found bool) {
	depth, quoted := 0, false
	for i, r := range text {
		switch {
		case r == '\'':
			quoted = !quoted
		case quoted:
		case r == '(':
			depth++
		case r == ')':
			depth--
		case depth == 0 && strings.HasPrefix(text[i:], sep):
			return text[:i], text[i+len(sep):], true
		}
	}
	return text, "", false
}

// closing is the index of the parenthesis that closes the first.
func closing(text string) int {
	depth := 0
	for i, r := range text {
		if r == '(' {
			depth++
		} else if r == ')' {
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(text)
}
