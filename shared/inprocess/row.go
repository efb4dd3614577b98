package inprocess

import (
	"bytes"
	"maps"

	"curfew/shared/record"
)

// item is a stored row: an immutable copy, with the form in which it was written.
type item struct {
	record.Row
	form int64
}

func newItem(r record.Row, form int64) *item {
	r.Body, r.Index = bytes.Clone(r.Body), maps.Clone(r.Index)
	return &item{r, form}
}

func (i *item) row() *record.Row {
	if i == nil {
		return nil
	}
	return &i.Row
}

func (i *item) known() bool { return i == nil || record.CheckForm(i.Key, i.form) == nil }

func (i *item) read() (record.Row, error) { return i.Row, record.CheckForm(i.Key, i.form) }
