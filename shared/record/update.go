package record

import (
	"context"
	"errors"
	"fmt"
	"time"

	"curfew/shared/fault"
)

// Stored is a row and the value that it was made of. Row.Version is 0 if there is no row; Row.Key is set in any case.
type Stored[T any] struct {
	Row   Row
	Value T
}

// Get reads one row as it stands now. Internal: it cannot be read as a T.
func Get[T any](ctx context.Context, s Store, k Key) (Stored[T], error) {
	rows, err := s.Read(ctx, k)
	if err != nil {
		return Stored[T]{}, fault.Wrap(err, "reading %s", k.Partition)
	}
	return Among[T](rows, k)
}

// Among gives the row of a key that was read among others.
func Among[T any](rows Rows, k Key) (was Stored[T], err error) {
	was.Row.Key = k
	if row, there := rows[k]; there {
		was.Row = row
		was.Value, err = Decode[T](row)
	}
	return was, err
}

// There reports whether there is a row.
func (was Stored[T]) There() bool { return was.Row.Version > 0 }

// Put is the change that writes v in the place of what was read, if it is still so. A zero expires means that the row stays.
func (was Stored[T]) Put(v T, expires time.Time) (Change, error) {
	put := Change{If: Absent}
	if was.There() {
		put = Change{If: Unchanged, Version: was.Row.Version}
	}
	var err error
	put.Row, err = Encode(was.Row.Key, was.Row.Version+1, v)
	put.Row.Expires = expires
	return put, err
}

// tries bounds how often an update begins anew because another was faster. Few write the same rows at a time, and each of them made
// progress: more than this many is a fault.
const tries = 8

// ErrRaced is the cause of an update that lost to others each time.
var ErrRaced = errors.New("others were faster each time")

// Retry does something that is written under conditions, until it is no [fault.Conflict].
func Retry(name string, do func() error) error {
	for range tries {
		err := do()
		if rule, ok := err.(noConflict); ok {
			return rule.error
		}
		if fault.KindOf(err) != fault.Conflict {
			return err
		}
	}
	return &fault.Error{Kind: fault.Transient, Text: fmt.Sprintf("%s: others wrote it first, %d times: try again", name, tries), Err: ErrRaced}
}

// Update changes what is stored: it reads, decides and writes in one transaction, and begins anew if another was faster. decide
// makes the changes, evidence among them; none means that nothing is to be written, which is success. It is asked again with
// what was read anew, so that every rule holds for what is written. name says what changes, for errors.
//
// An error of read or decide is returned as it is. Transient with [ErrRaced]: others were faster each time.
func Update[T any](ctx context.Context, s Store, name string, read func(context.Context) (T, error), decide func(T) ([]Change, error)) error {
	return Retry(name, func() error {
		was, err := read(ctx)
		if err != nil {
			return noConflict{err}
		}
		changes, err := decide(was)
		if err != nil || len(changes) == 0 {
			return noConflict{err}
		}
		return fault.Wrap(s.Write(ctx, changes...), "storing %s", name)
	})
}

// noConflict is an error of an update's own rules, which are not asked again.
type noConflict struct{ error }

// UpdateRow is [Update] of one row.
func UpdateRow[T any](ctx context.Context, s Store, name string, k Key, decide func(Stored[T]) ([]Change, error)) error {
	return Update(ctx, s, name, func(ctx context.Context) (Stored[T], error) { return Get[T](ctx, s, k) }, decide)
}
