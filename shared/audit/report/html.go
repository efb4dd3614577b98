package report

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"curfew/shared/audit/queries"
)

//go:embed report.html.tmpl report.css
var page embed.FS

// HTML writes one file that needs no other: no script, no font, no image.
func (r Report) HTML(w io.Writer) error {
	css, err := page.ReadFile("report.css")
	if err != nil {
		return err
	}
	t, err := template.New("report.html.tmpl").Funcs(template.FuncMap{
		"css":     func() template.CSS { return template.CSS(css) },
		"rfc":     rfc,
		"date":    func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") },
		"words":   words,
		"known":   func(v queries.Value) bool { return v != nil },
		"cell":    func(v queries.Value) string { return cellOf(v).Text },
		"grid":    r.grid,
		"answer":  r.answer,
		"figure":  r.figure,
		"groups":  func() []group { return groupsOf(r.Figures) },
		"queries": r.queries,
		"proof":   r.proof,
		"svg":     func(c Chart, n int) template.HTML { return c.svg(r.answer(c.Answer), fmt.Sprint("chart-", n)) },
		"code":    code,
		"grouped": func(n int) string { return grouped(int64(n)) },
	}).ParseFS(page, "report.html.tmpl")
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, r); err != nil {
		return err
	}
	_, err = b.WriteTo(w)
	return err
}

// group has the figures under one heading.
type group struct {
	Name    string
	Figures []Figure
}

func groupsOf(all []Figure) (groups []group) {
	for _, f := range all {
		if len(groups) == 0 || groups[len(groups)-1].Name != f.Group {
			groups = append(groups, group{Name: f.Group})
		}
		last := &groups[len(groups)-1]
		last.Figures = append(last.Figures, f)
	}
	return groups
}

// queryPart is a query with all answers to it.
type queryPart struct {
	Answer
	Answers []Answer
}

func (r Report) queries() (all []queryPart) {
	for _, a := range r.Answers {
		i := slices.IndexFunc(all, func(q queryPart) bool { return q.Query == a.Query })
		if i < 0 {
			all, i = append(all, queryPart{Answer: a}), len(all)
		}
		all[i].Answers = append(all[i].Answers, a)
	}
	return all
}

// proof is the command that proves the first shown elevation of an answer; empty: there is none.
func (r Report) proof(a Answer) string {
	i := slices.Index(a.Columns, "elevation")
	if i < 0 || len(a.Rows) == 0 || text(a.Rows[0][i]) == "" {
		return ""
	}
	return "curfew proof " + quoted(text(a.Rows[0][i])) + " --log LOG --key KEY"
}

// grid is an answer as a table.
type grid struct {
	ID, Title string
	Columns   []head
	Rows      [][]cell // with the log entries last
	Total     int
	More      bool
}

type head struct {
	Name   string
	Number bool
}

type cell struct {
	Text    string
	Instant string // as in the row
	Number  bool
	Whole   bool // not broken
}

func (r Report) grid(id, title string, columns []string, inFull bool) grid {
	a := r.answer(id)
	g := grid{ID: id, Title: title, Total: a.Total}
	if len(columns) == 0 { // the entries are a column of their own
		columns = slices.DeleteFunc(slices.Clone(a.Columns), func(name string) bool {
			return slices.Contains([]string{"first_entry", "last_entry", "log_index"}, name)
		})
	}
	for i, row := range a.Rows {
		if i == someRows && !inFull {
			break
		}
		var cells []cell
		for _, name := range columns {
			c := cellOf(row[slices.Index(a.Columns, name)])
			c.Whole = name == "elevation" || name == "finding" || len(c.Text) <= wholeWord
			cells = append(cells, c)
		}
		g.Rows = append(g.Rows, append(cells, cell{Text: a.Entries[i], Whole: true}))
	}
	for i, name := range append(slices.Clone(columns), "log entries") {
		isNumber := slices.ContainsFunc(g.Rows, func(row []cell) bool { return row[i].Number })
		g.Columns = append(g.Columns, head{words(name), isNumber})
	}
	g.More = len(g.Rows) < g.Total
	return g
}

// wholeWord is the length up to which a text is not broken.
const wholeWord = 14

func cellOf(v queries.Value) cell {
	switch v := v.(type) {
	case int64:
		return cell{Text: grouped(v), Number: true}
	case float64:
		return cell{Text: text(v), Number: true}
	}
	c := cell{Text: text(v)}
	if t, err := time.Parse(time.RFC3339, c.Text); err == nil {
		c.Instant, c.Text = c.Text, t.Format("2006-01-02 15:04:05")
	}
	return c
}

// code lets a browser break long names after the characters that divide them.
func code(name string) template.HTML {
	return template.HTML(breaks.Replace(template.HTMLEscapeString(name)))
}

var breaks = strings.NewReplacer("/", "/<wbr>", ":", ":<wbr>", "_", "_<wbr>", "#", "#<wbr>")
