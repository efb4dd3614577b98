package duck

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"curfew/shared/audit"
	"curfew/shared/audit/queries"
)

// Scan is what a query reads.
type Scan struct{ Bytes, Rows int64 }

// plan is a node of EXPLAIN (FORMAT json).
type plan struct {
	Name     string `json:"name"`
	Children []plan `json:"children"`
	Extra    struct {
		Projections any // a name, or several
		Filters     any
	} `json:"extra_info"`
}

// Scanned is what Athena charges for, by DuckDB's plan: of each scan the Parquet columns, compressed, and the JSON files whole.
func (e *Engine) Scanned(ctx context.Context, q queries.Query, args []queries.Value) (all Scan, err error) {
	r, err := e.Do(ctx, "EXPLAIN (FORMAT json) "+q.Text, args)
	if err != nil {
		return all, err
	}
	said, _ := r.Rows[0][len(r.Rows[0])-1].(string)
	var plans []plan
	if err := json.Unmarshal([]byte(said), &plans); err != nil {
		return all, fmt.Errorf("the plan of DuckDB: %w", err)
	}
	for len(plans) > 0 {
		p := plans[0]
		plans = append(plans[1:], p.Children...)
		if p.Name != "READ_PARQUET" { // the JSON of the table is counted with it
			continue
		}
		some, err := e.scan(ctx, p.columns())
		if err != nil {
			return all, err
		}
		all.Bytes, all.Rows = all.Bytes+some.Bytes, all.Rows+some.Rows
	}
	return all, nil
}

var (
	literal = regexp.MustCompile(`'[^']*'`)
	name    = regexp.MustCompile(`\w+`)
)

// columns are those of the scan: DuckDB lists those of filters apart.
func (p plan) columns() (all []string) {
	known := map[string]bool{}
	for _, t := range audit.Tables() {
		for _, c := range t.Columns {
			known[c.Name] = true
		}
	}
	for _, word := range name.FindAllString(literal.ReplaceAllString(fmt.Sprint(p.Extra.Projections, " ", p.Extra.Filters), ""), -1) {
		if known[word] && !slices.Contains(all, word) {
			all = append(all, word)
		}
	}
	return all
}

// scan is of the first table that has the columns: those of usage and findings always have one that evidence lacks.
func (e *Engine) scan(ctx context.Context, columns []string) (s Scan, err error) {
	for _, t := range audit.Tables() {
		has := func(name string) bool {
			return slices.ContainsFunc(t.Columns, func(c audit.Column) bool { return c.Name == name })
		}
		if !slices.ContainsFunc(columns, func(name string) bool { return !has(name) }) {
			sizes, err := e.sizesOf(ctx, t.Name)
			s.Rows = sizes["rows"]
			for _, c := range append(columns, "json") {
				s.Bytes += sizes[c]
			}
			return s, err
		}
	}
	return s, fmt.Errorf("no table has the columns %v", columns)
}

// sizesOf has the bytes of each column of a table, its rows, and the bytes of its JSON.
func (e *Engine) sizesOf(ctx context.Context, table string) (map[string]int64, error) {
	if sizes := e.sizes[table]; sizes != nil {
		return sizes, nil
	}
	sizes := map[string]int64{}
	r, err := e.Do(ctx, `SELECT path_in_schema, SUM(total_compressed_size) FROM parquet_metadata(?) GROUP BY 1
		UNION ALL SELECT 'rows', SUM(num_rows) FROM parquet_file_metadata(?)`, slices.Repeat([]queries.Value{filepath.Join(e.folder, "parquet", table, "*", "*.parquet")}, 2))
	if err != nil {
		return nil, err
	}
	for _, row := range r.Rows {
		sizes[row[0].(string)], _ = row[1].(int64)
	}
	files, err := filepath.Glob(filepath.Join(e.folder, "json", table, "*", "*.json.gz"))
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			sizes["json"] += info.Size()
		}
	}
	e.sizes[table] = sizes
	return sizes, err
}
