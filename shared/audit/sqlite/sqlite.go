// Package sqlite answers the queries of package queries from the rows of a lake, in an SQLite database that lasts as long as
// its [Engine]. Only the command line and tests may use it: the library is large.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"modernc.org/sqlite"

	"curfew/shared/audit"
	"curfew/shared/audit/lake"
	"curfew/shared/audit/queries"
	"curfew/shared/fault"
)

// Engine is [queries.Engine] for the queries that it was opened for.
type Engine struct {
	db     *sql.DB
	conn   *sql.Conn // the database is that of one connection
	tables module
}

// open takes the tables and columns that the queries, or views that they use, name.
func open(ctx context.Context, need words, parts iter.Seq2[lake.Part, error]) (*Engine, error) {
	tables, err := load(parts, need)
	if err != nil {
		return nil, fault.Wrap(err, "loading rows into SQLite")
	}
	d := &sqlite.Driver{}
	if err := d.RegisterModule("lake", tables); err != nil {
		return nil, err
	}
	e := &Engine{db: sql.OpenDB(connect{d}), tables: tables}
	e.conn, err = e.db.Conn(ctx)
	if err == nil {
		err = e.make(ctx, need)
	}
	if err != nil {
		return nil, fault.Wrap(errors.Join(err, e.Close()), "loading rows into SQLite")
	}
	return e, nil
}

// Close removes the database.
func (e *Engine) Close() error {
	defer clear(e.tables) // SQLite keeps the module
	return e.db.Close()
}

func (e *Engine) make(ctx context.Context, need words) error {
	for _, text := range statements(need) {
		if _, err := e.conn.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%.60s: %w", text, err)
		}
	}
	return nil
}

// statements make the views, as tables: several queries read them, and some more than once.
func statements(need words) (all []string) {
	for _, set := range []string{"journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "cache_size = -262144", "temp_store = FILE"} {
		all = append(all, "PRAGMA "+set)
	}
	for _, t := range audit.Tables() {
		if need.named[t.Name] {
			all = append(all, "CREATE VIRTUAL TABLE "+t.Name+" USING lake")
		}
	}
	for _, v := range need.views {
		all = append(all, "CREATE TABLE "+v.Name+" AS\n"+v.Text)
		switch {
		case v.Name == "elevations":
			all = append(all, "CREATE INDEX elevation ON elevations (elevation)")
		case v.Name == "latest_usage" && need.named["item"] && need.named["elevation"]:
			all = append(all, "CREATE INDEX item ON latest_usage (item, elevation)")
		}
	}
	return append(all, "ANALYZE", "PRAGMA query_only = ON")
}

// Run answers one query.
func (e *Engine) Run(ctx context.Context, q queries.Query, args []queries.Value) (queries.Result, error) {
	var r queries.Result
	rows, err := e.conn.QueryContext(ctx, q.Text, args...)
	if err != nil {
		return r, fault.Wrap(err, "running %s", q.Name)
	}
	defer func() { _ = rows.Close() }() // Err says what failed
	if r.Columns, err = rows.Columns(); err != nil {
		return r, err
	}
	for rows.Next() {
		row := make([]queries.Value, len(r.Columns))
		into := make([]any, len(row))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return r, err
		}
		r.Rows = append(r.Rows, row)
	}
	return r, fault.Wrap(rows.Err(), "running %s", q.Name)
}
