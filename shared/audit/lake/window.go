package lake

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/audit"
	"curfew/shared/evidence/log"
	"curfew/shared/fault"
)

// Lake is written by any number of processes: an object is never replaced by one that knows less of the log.
type Lake struct{ Objects log.Objects }

// Width is how many entries a window has: those of one bundle of the log.
const Width = 256

func jsonName(table, day string, window int64) string {
	return fmt.Sprintf("json/%s/day=%s/%09d.json.gz", table, day, window)
}

// window writes the rows of a window of which texts are the first entries. An object whose rows are all of entries before since
// is already written.
func (l Lake) window(ctx context.Context, n int64, texts [][]byte, since int64) error {
	all := map[string]*lines{}
	for i, text := range texts {
		index := n*Width + int64(i)
		day, rows := audit.RowsOf(index, text)
		err := add(all, jsonName("evidence", day, n), index, rows.Evidence)
		if err == nil {
			err = add(all, jsonName("usage", day, n), index, rows.Usage)
		}
		if err == nil {
			err = add(all, jsonName("findings", day, n), index, rows.Findings)
		}
		if err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if of := all[name]; of.last >= since {
			if err := l.putLines(ctx, name, of); err != nil {
				return err
			}
		}
	}
	return nil
}

// JSON writes the rows of entries of a tree from (inclusive) to (exclusive).
func (l Lake) JSON(ctx context.Context, of log.Objects, tree tlog.Tree, from, to int64) error {
	return l.json(ctx, of, tree, span{from, to}, func(int64) error { return nil })
}

// json calls tell after each window.
func (l Lake) json(ctx context.Context, of log.Objects, tree tlog.Tree, in span, tell func(done int64) error) error {
	var texts [][]byte
	return log.EntriesFrom(ctx, of, tree, in.from/Width*Width, in.to, func(index int64, text []byte) error {
		texts = append(texts, text)
		if index+1 != in.to && (index+1)%Width != 0 {
			return nil
		}
		some := texts
		texts = nil
		if err := l.window(ctx, index/Width, some, in.from); err != nil {
			return err
		}
		return tell(index + 1)
	})
}

// span is of entries: from (inclusive) to (exclusive).
type span struct{ from, to int64 }

// lines are rows as JSON, one a line.
type lines struct {
	text bytes.Buffer
	last int64 // log_index of the last
}

func add[T any](all map[string]*lines, name string, index int64, rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	of := all[name]
	if of == nil {
		of = &lines{}
		all[name] = of
	}
	of.last = index
	w := json.NewEncoder(&of.text)
	w.SetEscapeHTML(false)
	for i := range rows {
		if err := w.Encode(&rows[i]); err != nil {
			return fault.Errorf(fault.Internal, "a row of entry %d: %w", index, err)
		}
	}
	return nil
}

// putLines writes the lines unless the object has later ones.
func (l Lake) putLines(ctx context.Context, name string, of *lines) error {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(of.text.Bytes()); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return l.replace(ctx, name, func(was []byte) ([]byte, error) {
		if last, err := lastIn(was); err == nil && last > of.last {
			return was, nil
		}
		return packed.Bytes(), nil
	})
}

// tries: each conflict means that another writer was first.
const tries = 8

// replace writes what change makes of an object, or of nil, until no other writer came between. Equal bytes are not written.
func (l Lake) replace(ctx context.Context, name string, change func(was []byte) ([]byte, error)) error {
	for range tries {
		was, tag, err := l.Objects.Read(ctx, name)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return fault.Wrap(err, "reading %s", name)
		}
		now, err := change(was)
		if err != nil {
			return fault.Wrap(err, "%s", name)
		}
		if tag != "" && bytes.Equal(was, now) {
			return nil
		}
		if err = l.Objects.Replace(ctx, name, now, tag); fault.KindOf(err) != fault.Conflict {
			return fault.Wrap(err, "writing %s", name)
		}
	}
	return fault.Errorf(fault.Transient, "%s was in conflict with %d other writers", name, tries)
}

func lastIn(packed []byte) (int64, error) {
	text, err := unpack(packed)
	if err != nil {
		return 0, err
	}
	text = bytes.TrimRight(text, "\n")
	var row struct {
		LogIndex int64 `json:"log_index"`
	}
	return row.LogIndex, json.Unmarshal(text[bytes.LastIndexByte(text, '\n')+1:], &row)
}

func unpack(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func linesOf[T any](packed []byte) (rows []T, err error) {
	text, err := unpack(packed)
	if err != nil {
		return nil, err
	}
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var row T
		switch err := d.Decode(&row); err {
		case nil:
			rows = append(rows, row)
		case io.EOF:
			return rows, nil
		default:
			return nil, err
		}
	}
}
