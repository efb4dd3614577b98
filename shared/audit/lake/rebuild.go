package lake

import (
	"context"
	"runtime"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/audit"
	"curfew/shared/evidence/log"
)

// Rebuild writes the rows of all entries of a tree as Parquet, with the markers of their days. Each entry is checked against
// the tree. Over another lake, its rows of later entries stay. tell is called with the number of entries that are done.
func (l Lake) Rebuild(ctx context.Context, from log.Objects, tree tlog.Tree, tell func(done int64)) error {
	c := compaction{Lake: l, kept: -1, anew: true}
	rows := newRowMaker(runtime.GOMAXPROCS(0))
	defer rows.stop()
	flush := func(done int64) error {
		c.flush(ctx, done)
		tell(done)
		return c.err()
	}
	newest := ""
	take := func(of made) error {
		for i, day := range of.days {
			index := of.first + int64(i)
			if c.rows >= mostOfRebuild || c.rows >= rowsOfRebuild && day > newest { // a whole day is written once
				if err := flush(index); err != nil {
					return err
				}
			}
			newest = max(newest, day)
			c.add(day, index, of.rows[i])
		}
		if done := of.first + int64(len(of.rows)); done == tree.N {
			return flush(done)
		}
		return nil
	}
	var texts [][]byte
	return log.Entries(ctx, from, tree, func(index int64, text []byte) error {
		if texts = append(texts, text); (index+1)%Width != 0 && index+1 != tree.N {
			return nil
		}
		some := texts
		texts = nil
		return rows.put(index+1-int64(len(some)), some, index+1 == tree.N, take)
	})
}

// They limit the memory of a larger machine.
const rowsOfRebuild, mostOfRebuild = 60_000, 200_000

// made are the rows of consecutive entries.
type made struct {
	first int64
	days  []string
	rows  []audit.Rows
}

func rowsOf(first int64, texts [][]byte) made {
	of := made{first: first, days: make([]string, len(texts)), rows: make([]audit.Rows, len(texts))}
	for i, text := range texts {
		of.days[i], of.rows[i] = audit.RowsOf(first+int64(i), text)
	}
	return of
}

// rowMaker makes rows on all processors, and hands them out in order.
type rowMaker struct {
	turns chan chan made
	most  int
}

func newRowMaker(workers int) *rowMaker {
	return &rowMaker{make(chan chan made, 4*workers), 4 * workers}
}

// put begins to make rows, and takes the oldest if many are under way; all if they are the last.
func (m *rowMaker) put(first int64, texts [][]byte, last bool, take func(made) error) error {
	turn := make(chan made, 1)
	go func() { turn <- rowsOf(first, texts) }()
	m.turns <- turn
	for len(m.turns) == m.most || last && len(m.turns) > 0 {
		if err := take(<-<-m.turns); err != nil {
			return err
		}
	}
	return nil
}

func (m *rowMaker) stop() { close(m.turns) }
