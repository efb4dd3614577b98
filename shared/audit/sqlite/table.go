package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"

	"modernc.org/sqlite"
	"modernc.org/sqlite/vtab"

	"curfew/shared/audit"
	"curfew/shared/audit/lake"
)

// module is the virtual table "lake": the rows stay where they are, in columns.
type module map[string]*table

func load(parts iter.Seq2[lake.Part, error], need words) (module, error) {
	m := module{}
	for _, t := range audit.Tables() {
		if need.named[t.Name] {
			m[t.Name] = &table{columns: append(need.columns(t.Name), "day"), sorted: map[int][]place{}}
		}
	}
	for p, err := range parts {
		if err != nil {
			return nil, err
		}
		m[p.Table].add(p)
	}
	return m, nil
}

// connect opens connections that have the module.
type connect struct{ to *sqlite.Driver }

func (c connect) Connect(context.Context) (driver.Conn, error) { return c.to.Open("") } // a temporary file, which SQLite removes

func (c connect) Driver() driver.Driver { return c.to }

// Create has the name of the table as its third argument.
func (m module) Create(of vtab.Context, args []string) (vtab.Table, error) {
	t := m[args[2]]
	if t == nil {
		return nil, errors.New("no table of the lake")
	}
	return t, of.Declare("CREATE TABLE t (" + strings.Join(t.columns, ", ") + ")")
}

func (m module) Connect(of vtab.Context, args []string) (vtab.Table, error) {
	return m.Create(of, args)
}

// table has the columns that are needed, and the partition column as the last.
type table struct {
	columns []string
	parts   []part
	rows    int
	sorted  map[int][]place // by a column
}

// place is a row of a part.
type place struct{ part, row int32 }

// part has columns as SQLite takes them.
type part struct {
	rows    int
	columns []values
}

// values are numbers, or a word for each code.
type values struct {
	words   []any // NULL first
	codes   []uint32
	numbers []int64
}

func (t *table) add(p lake.Part) {
	if t == nil || p.Rows == 0 {
		return
	}
	some := part{rows: p.Rows, columns: make([]values, len(t.columns))}
	for i, name := range t.columns[:len(t.columns)-1] {
		c := p.Columns[name]
		v := values{codes: c.Codes, numbers: c.Numbers, words: make([]any, 1, 1+len(c.Words))}
		for _, w := range c.Words {
			v.words = append(v.words, w)
		}
		some.columns[i] = v
	}
	some.columns[len(t.columns)-1] = values{words: []any{nil, p.Day}, codes: slices.Repeat([]uint32{1}, p.Rows)}
	t.parts, t.rows = append(t.parts, some), t.rows+p.Rows
}

// BestIndex takes an equation of a column that names few sorts of rows: others cost little then. Joins are not made by it: each
// lookup reads all parts. GROUP BY of one column of texts needs no sorting by SQLite.
func (t *table) BestIndex(info *vtab.IndexInfo) error {
	info.EstimatedRows, info.EstimatedCost = int64(t.rows), float64(t.rows)
	for i, c := range info.Constraints {
		if c.Op == vtab.OpEQ && c.Usable && c.Column >= 0 && slices.Contains([]string{"kind", "item"}, t.columns[c.Column]) {
			info.Constraints[i].ArgIndex = 0
			info.IdxNum = int64(c.Column) + 1
			info.EstimatedRows, info.EstimatedCost = int64(t.rows)/8+1, float64(t.rows)/4+1
			return nil
		}
	}
	if len(info.OrderBy) == 1 && !info.OrderBy[0].Desc && info.OrderBy[0].Column >= 0 && t.columns[info.OrderBy[0].Column] == "elevation" {
		info.OrderByConsumed = true
		info.IdxNum = -int64(info.OrderBy[0].Column) - 1
	}
	return nil
}

func (t *table) Open() (vtab.Cursor, error) { return &cursor{of: t}, nil }
func (t *table) Disconnect() error          { return nil }
func (t *table) Destroy() error             { return nil }

// by sorts the rows by a column of texts, once.
func (t *table) by(column int) []place {
	if t.sorted[column] != nil {
		return t.sorted[column]
	}
	rows := map[string][]place{}
	var without []place // NULL is first
	for i := range t.parts {
		v := &t.parts[i].columns[column]
		for row, code := range v.codes {
			at := place{int32(i), int32(row)}
			if code == 0 {
				without = append(without, at)
				continue
			}
			word := v.words[code].(string)
			rows[word] = append(rows[word], at)
		}
	}
	all := append(make([]place, 0, t.rows), without...)
	for _, word := range slices.Sorted(maps.Keys(rows)) {
		all = append(all, rows[word]...)
	}
	t.sorted[column] = all
	return all
}

// cursor is at a row.
type cursor struct {
	of     *table
	at     place
	only   int // the column that has word; -1: all rows
	word   any
	code   uint32  // of word in the part
	sorted []place // these are still to come
	end    bool
}

func (c *cursor) Filter(plan int, _ string, args []vtab.Value) error {
	*c = cursor{of: c.of, at: place{-1, 0}, only: -1}
	switch {
	case plan < 0:
		c.sorted = c.of.by(-plan - 1)
		return c.Next()
	case plan > 0:
		c.only, c.word = plan-1, args[0]
	}
	c.nextPart()
	return nil
}

// nextPart goes to the first row of a part that has the word.
func (c *cursor) nextPart() {
	for c.at.part++; int(c.at.part) < len(c.of.parts); c.at.part++ {
		if c.only >= 0 {
			words := c.of.parts[c.at.part].columns[c.only].words
			if c.code = uint32(slices.Index(words[1:], c.word) + 1); c.code == 0 {
				continue
			}
		}
		c.at.row = -1
		if c.nextRow() {
			return
		}
	}
	c.end = true
}

func (c *cursor) nextRow() bool {
	p := &c.of.parts[c.at.part]
	c.at.row++
	if c.only >= 0 {
		for codes := p.columns[c.only].codes; int(c.at.row) < p.rows && codes[c.at.row] != c.code; {
			c.at.row++
		}
	}
	return int(c.at.row) < p.rows
}

func (c *cursor) Next() error {
	switch {
	case c.sorted == nil:
		if !c.nextRow() {
			c.nextPart()
		}
	case len(c.sorted) == 0:
		c.end = true
	default:
		c.at, c.sorted = c.sorted[0], c.sorted[1:]
	}
	return nil
}

func (c *cursor) Eof() bool { return c.end }

func (c *cursor) Column(i int) (vtab.Value, error) {
	v := &c.of.parts[c.at.part].columns[i]
	if v.numbers == nil {
		return v.words[v.codes[c.at.row]], nil
	}
	if n := v.numbers[c.at.row]; n != lake.Null {
		return n, nil
	}
	return nil, nil
}

func (c *cursor) Rowid() (int64, error) { return int64(c.at.part)<<32 | int64(c.at.row), nil }
func (c *cursor) Close() error          { return nil }
