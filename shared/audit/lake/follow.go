package lake

import (
	"context"
	"errors"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/audit"
	"curfew/shared/evidence/log"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// Follower writes the rows of a log's new entries. Calls must not overlap; several Followers may.
type Follower struct {
	Lake  Lake
	Log   log.Objects
	Store record.Store
	Now   func() time.Time
	// Events keeps compacted rows in another form too; nil: no.
	Events Events

	known *int64 // rows of all entries before it are written; nil: read the row
}

// reached is a row. It may be behind: rows are then written again.
type reached struct {
	Size int64 `json:"size"`
}

// RowsKey is of the size of the log up to which all rows are JSON.
func RowsKey() record.Key { return record.AccessKey("log#rows", "log") }

// CompactedKey is of the size of the log up to which all rows are Parquet.
func CompactedKey() record.Key { return record.AccessKey("log#compacted", "log") }

// atOnce is how many windows are read again between two batches: a pass reads more.
const atOnce = 4

// Add writes the rows of a published growth, and of the few entries before it whose rows are not known to be written.
func (f *Follower) Add(ctx context.Context, g log.Growth) error {
	since, err := f.since(ctx)
	if err != nil {
		return err
	}
	since = min(since, g.From.N)
	first := g.From.N / Width
	behind := since/Width < first-atOnce
	if since/Width < first && !behind {
		err = f.follow(ctx, g.To, since, first*Width)
	}
	if behind {
		since = g.From.N
	}
	for _, o := range g.Objects {
		if t, ok := log.ParseTile(o.Name); err == nil && ok && t.L == -1 {
			var texts [][]byte
			if texts, err = log.SplitBundle(o.Data, t.W); err == nil {
				err = f.Lake.window(ctx, t.N, texts, since)
			}
		}
	}
	switch {
	case err != nil:
		return err
	case behind:
		return fault.Errorf(fault.NotYet, "the rows of the log are more than %d entries behind: the daily pass writes them", atOnce*Width)
	}
	return f.reach(ctx, g.To.N)
}

// since returns how far the rows are written.
func (f *Follower) since(ctx context.Context) (int64, error) {
	if f.known == nil {
		was, err := record.Get[reached](ctx, f.Store, RowsKey())
		if err != nil {
			return 0, err
		}
		f.known = &was.Value.Size
	}
	return *f.known, nil
}

// reach keeps how far the rows are written, and stores it once a window.
func (f *Follower) reach(ctx context.Context, size int64) error {
	stored := *f.known/Width == size/Width
	f.known = &size
	if stored {
		return nil
	}
	return f.store(ctx, RowsKey(), size/Width*Width)
}

func (f *Follower) store(ctx context.Context, key record.Key, size int64) error {
	row, err := record.Encode(key, 1, reached{size})
	if err != nil {
		return err
	}
	return fault.Wrap(f.Store.Write(ctx, record.Change{Row: row}), "storing how far the rows are written")
}

func (f *Follower) follow(ctx context.Context, tree tlog.Tree, since, to int64) error {
	return f.Lake.json(ctx, f.Log, tree, span{since, to}, func(done int64) error { return f.reach(ctx, max(*f.known, done)) })
}

// CatchUp writes the rows of a published tree that are missing.
func (f *Follower) CatchUp(ctx context.Context, tree tlog.Tree) error {
	since, err := f.since(ctx)
	if err != nil {
		return err
	}
	if since > tree.N { // a restored head
		since = 0
	}
	return f.follow(ctx, tree, since, tree.N)
}

// Pass catches up, and compacts all days but today.
func (f *Follower) Pass(ctx context.Context, tree tlog.Tree) error {
	if err := f.CatchUp(ctx, tree); err != nil {
		return err
	}
	was, err := record.Get[reached](ctx, f.Store, CompactedKey())
	if err != nil {
		return err
	}
	from := was.Value.Size
	if from > tree.N {
		from = 0
	}
	c := compaction{Lake: f.Lake, events: f.Events, today: f.Now().UTC().Format(time.DateOnly), from: from, kept: -1}
	err = log.EntriesFrom(ctx, f.Log, tree, from, tree.N, func(index int64, text []byte) error {
		day, rows := audit.RowsOf(index, text)
		c.add(day, index, rows)
		if !c.full() {
			return nil
		}
		c.flush(ctx, index+1)
		return f.store(ctx, CompactedKey(), c.reached())
	})
	if err != nil {
		return errors.Join(c.err(), err)
	}
	c.flush(ctx, tree.N)
	return errors.Join(c.err(), f.store(ctx, CompactedKey(), c.reached()))
}
