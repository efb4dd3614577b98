package restore

import (
	"bytes"
	"context"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence/log"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// Lost says what the log cannot give back.
const Lost = "not in the log, so not restored: states of elevations, orders to end, reviews, findings' states, the heads of chains, suspensions, " +
	"the registry of accounts, the directory, baselines and usage; point-in-time recovery has those of the last 35 days"

// Tables are the tables to restore to. [record.Store] is some.
type Tables interface {
	Read(ctx context.Context, keys ...record.Key) (record.Rows, error)
	Write(ctx context.Context, changes ...record.Change) error
}

// Done counts what a log held.
type Done struct {
	Entries int64 `json:"entries"`
	Rows    int64 `json:"rows"`    // of both tables; each version of a row counts
	Written int64 `json:"written"` // the others were there
	// Refused are rows that were left as they are: the tables or the log have another one with the same key and version.
	Refused []string `json:"refused,omitempty"`
}

// Open returns the tree of the published checkpoint, if one of the keys signed it.
func Open(ctx context.Context, from log.Objects, by note.Verifiers) (tlog.Tree, error) {
	text, _, err := from.Read(ctx, log.CheckpointName)
	if err != nil {
		return tlog.Tree{}, fault.Wrap(err, "reading the checkpoint")
	}
	c, err := log.OpenCheckpoint(text, by)
	return c.Tree, err
}

// All writes all rows of a tree. It may be repeated: equal rows are left as they are. Conflict: see [Done.Refused]; all else is
// written. tell is called after each write; nil: it is not.
func All(ctx context.Context, from log.Objects, tree tlog.Tree, to Tables, tell func(Done)) (done Done, err error) {
	var some []record.Row
	flush := func() error {
		n, refused, err := write(ctx, to, some)
		done.Refused = append(done.Refused, refused...)
		done.Rows, done.Written, some = done.Rows+int64(len(some)), done.Written+n, some[:0]
		if tell != nil && err == nil {
			tell(done)
		}
		return err
	}
	err = log.Entries(ctx, from, tree, func(index int64, text []byte) error {
		done.Entries = index + 1
		row, ok, err := RowOf(text)
		if err != nil {
			return fault.Wrap(err, "entry %d", index)
		}
		if !ok {
			return nil
		}
		if some = append(some, row); len(some) == record.MaxChanges {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	if err == nil && len(done.Refused) > 0 {
		err = fault.Errorf(fault.Conflict, "%d rows were left as they are: %s", len(done.Refused), strings.Join(done.Refused, "; "))
	}
	return done, err
}

// RowOf returns the row that an entry of the log is. False: it is about the log itself. Invalid: a log has no such row, which
// could be state.
func RowOf(text []byte) (record.Row, bool, error) {
	e, err := log.EntryOf(text)
	switch {
	case err != nil:
		return record.Row{}, false, err
	case e.Record != nil:
		return record.EvidenceRow(*e.Record), true, nil
	case e.Row != nil && !log.HasRow(e.Row.Partition, e.Row.Sort):
		return record.Row{}, false, fault.Errorf(fault.Invalid, "it is the row %.80q %.80q, which no log has", e.Row.Partition, e.Row.Sort)
	case e.Row != nil:
		return record.Row{Key: record.AccessKey(e.Row.Partition, e.Row.Sort), Version: e.Row.Version, Body: []byte(e.Row.Body)}, true, nil
	}
	return record.Row{}, false, nil
}

// write stores rows and returns how many were not there. Another run may write the same at once.
func write(ctx context.Context, to Tables, rows []record.Row) (written int64, refused []string, err error) {
	if len(rows) == 0 {
		return 0, nil, nil
	}
	err = record.Retry(ctx, "restored rows", func() error {
		var changes []record.Change
		changes, refused, err = missing(ctx, to, rows)
		written = int64(len(changes))
		if err != nil || len(changes) == 0 {
			return err
		}
		return to.Write(ctx, changes...)
	})
	return written, refused, err
}

// missing returns the changes that make the tables have the newest version of each row.
func missing(ctx context.Context, to Tables, rows []record.Row) (changes []record.Change, refused []string, err error) {
	var keys []record.Key
	newest := record.Rows{}
	for _, r := range rows {
		was, twice := newest[r.Key]
		if twice && was.Version == r.Version && !bytes.Equal(was.Body, r.Body) {
			refused = append(refused, "the log has two of "+r.Key.String())
			continue
		}
		if !twice {
			keys = append(keys, r.Key)
		}
		if r.Version >= was.Version {
			newest[r.Key] = r
		}
	}
	there, err := to.Read(ctx, keys...)
	if err != nil {
		return nil, nil, fault.Wrap(err, "reading %d rows", len(keys))
	}
	for _, k := range keys {
		r := newest[k]
		is, exists := there[k]
		switch {
		case !exists:
			changes = append(changes, record.Change{If: record.Absent, Row: r})
		case is.Version < r.Version && k.Table == record.AccessTable:
			changes = append(changes, record.Change{If: record.Unchanged, Version: is.Version, Row: r})
		case is.Version == r.Version && !bytes.Equal(is.Body, r.Body):
			refused = append(refused, k.String()+" has other bytes than in the log")
		}
	}
	return changes, refused, nil
}
