package lake

import (
	"bytes"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"curfew/shared/fault"
)

// mostWords limits the dictionary of a column, in bytes: a column of unique texts is stored plainly.
const mostWords = 256 << 10

// mostBytes is what the readers of objects take.
const mostBytes = 48 << 20

// Encode makes a file that Athena and DuckDB read: one row group, pages of version 1. Rows are taken apart one by one: the
// GenericWriter of parquet-go v0.32.0 writes some absent values of a batch as zeros. Internal: the file would be too large.
func Encode[T any](rows []T) ([]byte, error) {
	var b bytes.Buffer
	schema := parquet.SchemaOf(new(T))
	w := parquet.NewWriter(&b, schema,
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault}), parquet.DataPageVersion(1), parquet.CreatedBy("curfew", "", ""),
		parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.RLEDictionary), parquet.DictionaryMaxBytes(mostWords))
	var err error
	one := make([]parquet.Row, 1)
	for i := 0; i < len(rows) && err == nil; i++ {
		one[0] = schema.Deconstruct(one[0][:0], &rows[i])
		_, err = w.WriteRows(one)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fault.Errorf(fault.Internal, "writing Parquet: %w", err)
	}
	if b.Len() > mostBytes {
		return nil, fault.Errorf(fault.Internal, "it would have %d bytes", b.Len())
	}
	return b.Bytes(), nil
}

// Decode reads a file of [Encode]. Internal: it is none.
func Decode[T any](data []byte) ([]T, error) {
	rows, err := parquet.Read[T](bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fault.Errorf(fault.Internal, "reading Parquet: %w", err)
	}
	return rows, nil
}
