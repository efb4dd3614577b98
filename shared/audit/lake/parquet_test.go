package lake

import (
	"bytes"
	"testing"

	"github.com/parquet-go/parquet-go"

	"curfew/shared/audit"
)

// TestAbsentIsNullInParquet: a reader other than this one must not see an empty text.
func TestAbsentIsNullInParquet(t *testing.T) {
	rows := make([]audit.Evidence, 500)
	for i := range rows {
		if i%100 == 7 {
			rows[i].Fault = "Denied"
		}
	}
	data, err := Encode(rows)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	column, _ := f.Schema().Lookup("fault")
	nulls := int64(0)
	for pages := f.RowGroups()[0].ColumnChunks()[column.ColumnIndex].Pages(); ; {
		p, err := pages.ReadPage()
		if err != nil {
			break
		}
		nulls += p.NumNulls()
	}
	if nulls != 495 {
		t.Errorf("%d of 500 values are NULL, want 495", nulls)
	}
}
