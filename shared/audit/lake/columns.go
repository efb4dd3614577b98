package lake

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"curfew/shared/audit"
	"curfew/shared/fault"
)

// Part has columns of some rows of a table, all of one day.
type Part struct {
	Table, Day string
	Rows       int
	Columns    map[string]*Column
}

// Column has one value for each row. One of its kinds of values is set.
type Column struct {
	Words   []string // different ones
	Codes   []uint32 // of each row: 0 is NULL, n is Words[n-1]
	Numbers []int64  // Null is NULL
}

// Null is no number of a row.
const Null = math.MinInt64

// ReadColumns reads the wanted columns of a lake in a folder, some days at once. It ends after an error.
func ReadColumns(ctx context.Context, folder string, want func(table, column string) bool) iter.Seq2[Part, error] {
	return func(yield func(Part, error) bool) {
		days, err := Days(folder)
		if err != nil {
			yield(Part{}, err)
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		for of := range inTurn(ctx, days, func(day string) ([]Part, error) { return columnsOfDay(folder, day, want) }) {
			if of.err != nil {
				yield(Part{}, of.err)
				return
			}
			for _, p := range of.read {
				if !yield(p, nil) {
					return
				}
			}
		}
	}
}

func columnsOfDay(folder, day string, want func(table, column string) bool) (all []Part, err error) {
	of, err := openDay(folder, day)
	if err != nil {
		return nil, err
	}
	all = make([]Part, 0, 6)
	for _, t := range audit.Tables() {
		var names []string
		for _, c := range t.Columns {
			if want(t.Name, c.Name) {
				names = append(names, c.Name)
			}
		}
		if len(names) == 0 {
			continue
		}
		p, err := of.parquet(t.Name, names)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
		var some Part
		switch t.Name {
		case "evidence":
			some, err = jsonColumns[audit.Evidence](of, t.Name, names)
		case "usage":
			some, err = jsonColumns[audit.Use](of, t.Name, names)
		case "findings":
			some, err = jsonColumns[audit.Found](of, t.Name, names)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, some)
	}
	return slices.DeleteFunc(all, func(p Part) bool { return p.Rows == 0 }), nil
}

// parquet reads columns of the rows before through.
func (of readTable) parquet(table string, names []string) (p Part, err error) {
	p = Part{Table: table, Day: of.day}
	if of.through == 0 {
		return p, nil
	}
	name := parquetName(table, of.day)
	file, err := os.Open(filepath.Join(of.folder, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	defer func() { _ = file.Close() }() // it was read
	info, err := file.Stat()
	if err != nil {
		return p, err
	}
	f, err := parquet.OpenFile(file, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return p, fault.Errorf(fault.Invalid, "%s: %w", name, err)
	}
	p.Rows, p.Columns = int(f.NumRows()), map[string]*Column{}
	for _, column := range append([]string{"log_index"}, names...) {
		if p.Columns[column] != nil {
			continue
		}
		if p.Columns[column], err = columnOf(f, column); err != nil {
			return p, fault.Errorf(fault.Invalid, "%s of %s: %w", column, name, err)
		}
	}
	indexes := p.Columns["log_index"].Numbers
	if slices.ContainsFunc(indexes, func(i int64) bool { return i >= of.through }) {
		p.Rows = 0
		for _, i := range indexes {
			if i < of.through {
				p.Rows++
			}
		}
		for _, c := range p.Columns {
			if c.Numbers != nil {
				c.Numbers = kept(c.Numbers, indexes, of.through)
			} else {
				c.Codes = kept(c.Codes, indexes, of.through)
			}
		}
	}
	return p, nil
}

// kept are the values of the rows before through.
func kept[V any](values []V, indexes []int64, through int64) (some []V) {
	for i, v := range values {
		if indexes[i] < through {
			some = append(some, v)
		}
	}
	return some
}

func columnOf(f *parquet.File, name string) (*Column, error) {
	leaf, is := f.Schema().Lookup(name)
	if !is {
		return nil, errors.New("it is not there")
	}
	var b builder
	texts := leaf.Node.Type().Kind() == parquet.ByteArray
	values := make([]parquet.Value, 1024)
	for _, g := range f.RowGroups() {
		pages := g.ColumnChunks()[leaf.ColumnIndex].Pages()
		for {
			p, err := pages.ReadPage()
			if err == io.EOF {
				break
			}
			if err != nil {
				return nil, errors.Join(err, pages.Close())
			}
			for read, n, err := p.Values(), 0, error(nil); err == nil; {
				n, err = read.ReadValues(values)
				for _, v := range values[:n] {
					switch {
					case texts && v.IsNull():
						b.Codes = append(b.Codes, 0)
					case texts:
						b.text(v.ByteArray())
					case v.IsNull():
						b.Numbers = append(b.Numbers, Null)
					default:
						b.Numbers = append(b.Numbers, v.Int64())
					}
				}
				if err != nil && err != io.EOF {
					return nil, errors.Join(err, pages.Close())
				}
			}
			parquet.Release(p)
		}
		if err := pages.Close(); err != nil {
			return nil, err
		}
	}
	return &b.Column, nil
}

// builder makes a column.
type builder struct {
	Column
	code map[string]uint32
}

func (b *builder) text(v []byte) {
	if n := len(b.Codes); n > 0 && b.Codes[n-1] > 0 && string(v) == b.Words[b.Codes[n-1]-1] {
		b.Codes = append(b.Codes, b.Codes[n-1])
		return
	}
	c, known := b.code[string(v)]
	if !known {
		if b.code == nil {
			b.code = map[string]uint32{}
		}
		word := string(bytes.Clone(v))
		b.Words = append(b.Words, word)
		c = uint32(len(b.Words))
		b.code[word] = c
	}
	b.Codes = append(b.Codes, c)
}

// jsonColumns reads columns of the JSON rows.
func jsonColumns[T any](of readTable, table string, names []string) (Part, error) {
	rows, err := jsonRows(of, table, func(r *T) int64 { return reflect.ValueOf(r).Elem().Field(0).Int() })
	return ColumnsOf(table, of.day, rows, names), err
}

// ColumnsOf makes columns of rows.
func ColumnsOf[T any](table, day string, rows []T, names []string) Part {
	p := Part{Table: table, Day: day, Rows: len(rows), Columns: map[string]*Column{}}
	for f := range reflect.TypeFor[T]().Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !slices.Contains(names, name) {
			continue
		}
		var b builder
		for i := range rows {
			v := reflect.ValueOf(&rows[i]).Elem().FieldByIndex(f.Index)
			null := options == "omitempty" && v.IsZero()
			switch {
			case v.Kind() == reflect.String && null:
				b.Codes = append(b.Codes, 0)
			case v.Kind() == reflect.String:
				b.text([]byte(v.String()))
			case null:
				b.Numbers = append(b.Numbers, Null)
			default:
				b.Numbers = append(b.Numbers, reflect.Indirect(v).Int())
			}
		}
		p.Columns[name] = &b.Column
	}
	return p
}
