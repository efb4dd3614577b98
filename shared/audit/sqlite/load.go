package sqlite

import (
	"context"
	"iter"

	"curfew/shared/audit/lake"
	"curfew/shared/audit/queries"
)

// Open is of rows in memory. Its queries are those that the engine will be asked.
func Open(ctx context.Context, days iter.Seq2[lake.Day, error], all ...queries.Query) (*Engine, error) {
	need := needed(all)
	return open(ctx, need, func(yield func(lake.Part, error) bool) {
		for d, err := range days {
			if err != nil {
				yield(lake.Part{}, err)
				return
			}
			for _, p := range []lake.Part{
				lake.ColumnsOf("evidence", d.Day, d.Rows.Evidence, need.columns("evidence")),
				lake.ColumnsOf("usage", d.Day, d.Rows.Usage, need.columns("usage")),
				lake.ColumnsOf("findings", d.Day, d.Rows.Findings, need.columns("findings")),
			} {
				if !yield(p, nil) {
					return
				}
			}
		}
	})
}

// OpenFolder is of a lake in a folder: only what the queries need is read.
func OpenFolder(ctx context.Context, folder string, all ...queries.Query) (*Engine, error) {
	need := needed(all)
	return open(ctx, need, lake.ReadColumns(ctx, folder, func(table, column string) bool { return need.named[table] && need.named[column] }))
}
