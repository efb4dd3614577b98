package inprocess

import (
	"bytes"
	"maps"

	"curfew/shared/record"
)

// item is a row as the store keeps it: a copy that does not change any more, with the form that it was written in.
type item struct {
	record.Row
	form int64
}

func newItem(r record.Row, form int64) *item {
	r.Body, r.Index = bytes.Clone(r.Body), maps.Clone(r.Index)
	return &item{r, form}
}

// row is the row of an item; nil if there is none.
func (i *item) row() *record.Row {
	if i == nil {
		return nil
	}
	return &i.Row
}

// known reports whether this release can read the item, if there is one.
func (i *item) known() bool { return i == nil || record.CheckForm(i.Key, i.form) == nil }

// read is the row of an item, unless it is of a form that this release does not know.
func (i *item) read() (record.Row, error) { return i.Row, record.CheckForm(i.Key, i.form) }
