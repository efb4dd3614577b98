package record

import (
	"context"
	"errors"
	"fmt"
	"time"

	"curfew/shared/backoff"
	"curfew/shared/fault"
)

// Stored is a row with its value. Version 0: no row; Row.Key is always set.
type Stored[T any] struct {
	Row   Row
	Value T
}

// Get is strongly consistent. Internal: not a T.
func Get[T any](ctx context.Context, s Store, k Key) (Stored[T], error) {
	rows, err := s.Read(ctx, k)
	if err != nil {
		return Stored[T]{}, fault.Wrap(err, "reading %s", k.Partition)
	}
	return FindRow[T](rows, k)
}

// FindRow finds a row of [Store.Read].
func FindRow[T any](rows Rows, k Key) (was Stored[T], err error) {
	was.Row.Key = k
	if row, there := rows[k]; there {
		was.Row = row
		was.Value, err = Decode[T](row)
	}
	return was, err
}

func (was Stored[T]) Exists() bool { return was.Row.Version > 0 }

// Put replaces the row if it is unchanged since the read. Zero expires: never.
func (was Stored[T]) Put(v T, expires time.Time) (Change, error) {
	put := Change{If: Absent}
	if was.Exists() {
		put = Change{If: Unchanged, Version: was.Row.Version}
	}
	var err error
	put.Row, err = Encode(was.Row.Key, was.Row.Version+1, v)
	put.Row.Expires = expires
	return put, err
}

// tries is generous: in each conflict another writer succeeded, and few share a row.
const tries = 8

// ErrRaced: every try had a conflict.
var ErrRaced = errors.New("other writers were first each time")

// Retry repeats do after [fault.Conflict], and waits at random in between: writers that failed together must not meet
// again.
func Retry(ctx context.Context, name string, do func() error) error {
	for try := range tries {
		if try > 0 {
			if _ = backoff.Wait(context.WithoutCancel(ctx), nil, try); ctx.Err() != nil { // 2 s at most
				return fault.Errorf(fault.Transient, "storing %s: %w", name, context.Cause(ctx))
			}
		}
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

// Update reads, decides and writes, and repeats all three after a conflict. decide returns changes with their evidence,
// or none for success. name is for errors. It returns their errors unchanged, or Transient with [ErrRaced].
func Update[T any](ctx context.Context, s Store, name string, read func(context.Context) (T, error), decide func(T) ([]Change, error)) error {
	return Retry(ctx, name, func() error {
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

// noConflict stops the retry for any kind.
type noConflict struct{ error }

func UpdateRow[T any](ctx context.Context, s Store, name string, k Key, decide func(Stored[T]) ([]Change, error)) error {
	return Update(ctx, s, name, func(ctx context.Context) (Stored[T], error) { return Get[T](ctx, s, k) }, decide)
}
