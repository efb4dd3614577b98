package lake

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"sync"

	"curfew/shared/audit"
)

// mostRows and mostSize limit the memory of a pass.
const (
	mostRows = 20_000
	mostSize = 32 << 20 // bytes of details
)

// Events stores the rows that a day has of the entries from (inclusive) to (exclusive), once if it is repeated. It writes
// objects of the lake by replace. Calls may overlap.
type Events interface {
	Write(ctx context.Context, replace func(context.Context, string, func([]byte) ([]byte, error)) error, day string, from, to int64, rows audit.Rows) error
}

// compaction collects the rows of consecutive entries, and writes them by day.
type compaction struct {
	Lake
	events Events
	today  string // is not compacted; empty: all days are
	anew   bool   // old files that cannot be read are replaced
	from   int64  // the first entry whose rows are here
	kept   int64  // the first entry of today, or of what failed; -1: none
	days   map[string]*audit.Rows
	rows   int
	size   int
	failed []error
}

func (c *compaction) add(day string, index int64, rows audit.Rows) {
	if day == c.today {
		c.keep(index)
		return
	}
	of := c.days[day]
	if of == nil {
		if c.days == nil {
			c.days = map[string]*audit.Rows{}
		}
		of = &audit.Rows{}
		c.days[day] = of
	}
	of.Evidence, of.Usage, of.Findings = append(of.Evidence, rows.Evidence...), append(of.Usage, rows.Usage...), append(of.Findings, rows.Findings...)
	c.rows += len(rows.Evidence) + len(rows.Usage) + len(rows.Findings)
	for _, r := range rows.Evidence {
		c.size += len(r.Detail)
	}
}

func (c *compaction) full() bool { return c.rows >= mostRows || c.size >= mostSize }

func (c *compaction) keep(index int64) {
	if c.kept < 0 || index < c.kept {
		c.kept = index
	}
}

// flush writes the rows of entries before to. A day that fails stops no other: the next compaction begins before it.
func (c *compaction) flush(ctx context.Context, to int64) {
	var mu sync.Mutex
	var running sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, day := range slices.Sorted(maps.Keys(c.days)) {
		rows := c.days[day]
		free <- struct{}{}
		running.Go(func() {
			defer func() { <-free }()
			err := c.compact(ctx, day, *rows, span{c.from, to}, c.anew)
			if err == nil && c.events != nil {
				err = c.events.Write(ctx, c.replace, day, c.from, to, *rows)
			}
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				c.failed = append(c.failed, err)
				c.keep(c.from)
			}
		})
	}
	running.Wait()
	c.from, c.days, c.rows, c.size = to, nil, 0, 0
}

func (c *compaction) err() error { return errors.Join(c.failed...) }

// reached is up to where all rows are compacted: the next compaction begins there.
func (c *compaction) reached() int64 {
	if c.kept >= 0 {
		return c.kept
	}
	return c.from
}
