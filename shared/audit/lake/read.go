package lake

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"curfew/shared/audit"
	"curfew/shared/fault"
)

// Day has the rows of a day, each once, in the order of the log.
type Day struct {
	Day  string
	Rows audit.Rows
}

// Read reads a lake in a folder, some days at once, in the order of days. It ends after an error.
func Read(ctx context.Context, folder string) iter.Seq2[Day, error] {
	return func(yield func(Day, error) bool) {
		days, err := Days(folder)
		if err != nil {
			yield(Day{}, err)
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		for r := range inTurn(ctx, days, func(day string) (Day, error) { return ReadDay(folder, day) }) {
			if !yield(r.read, r.err) || r.err != nil {
				return
			}
		}
	}
}

type turn[T any] struct {
	read T
	err  error
}

// inTurn reads some days ahead.
func inTurn[T any](ctx context.Context, days []string, read func(string) (T, error)) <-chan turn[T] {
	turns, out := make(chan chan turn[T], runtime.GOMAXPROCS(0)), make(chan turn[T])
	go func() {
		defer close(turns)
		for _, day := range days {
			one := make(chan turn[T], 1)
			select {
			case <-ctx.Done():
				return
			case turns <- one:
			}
			go func() {
				d, err := read(day)
				one <- turn[T]{d, err}
			}()
		}
	}()
	go func() {
		defer close(out)
		for one := range turns {
			select {
			case <-ctx.Done():
			case out <- <-one:
			}
		}
	}()
	return out
}

// Days returns the days of a lake in a folder, in order. NotFound: it is none.
func Days(folder string) (days []string, err error) {
	found := false
	for _, of := range []string{"json", "parquet"} {
		for _, table := range audit.Tables() {
			all, err := os.ReadDir(filepath.Join(folder, of, table.Name))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			found = found || err == nil
			for _, d := range all {
				if day, ok := strings.CutPrefix(d.Name(), "day="); ok {
					days = append(days, day)
				}
			}
		}
	}
	if !found {
		return nil, fault.Errorf(fault.NotFound, "%s has no rows: it is no lake", folder)
	}
	slices.Sort(days)
	return slices.Compact(days), nil
}

// ReadDay reads one day.
func ReadDay(folder, day string) (d Day, err error) {
	d.Day = day
	of, err := openDay(folder, day)
	if err != nil {
		return d, err
	}
	if d.Rows.Evidence, err = table(of, "evidence", func(r *audit.Evidence) int64 { return r.LogIndex }); err == nil {
		d.Rows.Usage, err = table(of, "usage", func(r *audit.Use) int64 { return r.LogIndex })
	}
	if err == nil {
		d.Rows.Findings, err = table(of, "findings", func(r *audit.Found) int64 { return r.LogIndex })
	}
	return d, err
}

type readTable struct {
	folder, day string
	through     int64
}

func openDay(folder, day string) (readTable, error) {
	of := readTable{folder, day, 0}
	text, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(markerName(day))))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return of, nil
	case err != nil:
		return of, err
	}
	m, err := markerOf(text)
	if err != nil {
		return of, fault.Errorf(fault.Invalid, "%s: %w", markerName(day), err)
	}
	of.through = m.Through
	return of, nil
}

// table reads the rows of Parquet before through, and those of JSON from it on.
func table[T any](of readTable, name string, index func(*T) int64) (rows []T, err error) {
	if of.through > 0 {
		file := parquetName(name, of.day)
		data, err := os.ReadFile(filepath.Join(of.folder, filepath.FromSlash(file)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err == nil {
			if rows, err = Decode[T](data); err != nil {
				return nil, fault.Wrap(err, "%s", file)
			}
		}
		rows = slices.DeleteFunc(rows, func(r T) bool { return index(&r) >= of.through })
	}
	more, err := jsonRows(of, name, index)
	if err != nil {
		return nil, err
	}
	rows = append(rows, more...)
	slices.SortStableFunc(rows, func(a, b T) int { return cmp.Compare(index(&a), index(&b)) })
	return rows, nil
}

// covers reports whether Parquet has all rows of a window's file.
func (of readTable) covers(file string) bool {
	window, err := strconv.ParseInt(strings.TrimSuffix(filepath.Base(file), ".json.gz"), 10, 64)
	return err == nil && (window+1)*Width <= of.through
}

// jsonRows reads the rows of JSON from through on.
func jsonRows[T any](of readTable, name string, index func(*T) int64) (rows []T, err error) {
	windows, err := filepath.Glob(filepath.Join(of.folder, "json", name, "day="+of.day, "*.json.gz"))
	if err != nil {
		return nil, err
	}
	for _, file := range windows {
		if of.covers(file) {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		more, err := linesOf[T](data)
		if err != nil {
			return nil, fault.Errorf(fault.Invalid, "%s: %w", file, err)
		}
		rows = append(rows, slices.DeleteFunc(more, func(r T) bool { return index(&r) < of.through })...)
	}
	return rows, nil
}
