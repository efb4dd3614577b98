package record

import (
	"bytes"
	"encoding/json"
	"sync/atomic"
)

// reading remembers what the body of a row was read as. A store in memory gives the same row to many readers, and to find
// out each time what it says is most of what reading costs there. A row that came over the wire has one reader and no
// reading.
type reading struct {
	body json.RawMessage
	as   atomic.Pointer[any]
}

// Kept is the row as a store in memory keeps it: what its body says is found out once for all its readers. The body must not
// be changed any more; whoever puts another into his copy of the row reads that.
func (r Row) Kept() Row {
	r.reading = &reading{body: r.Body}
	return r
}

// Read is [Decode] of what no reader changes: slices and maps in the value may be those of other readers. A simulated world
// reads all of them anew when it is over.
func Read[T any](r Row) (T, error) {
	if r.reading == nil || !bytes.Equal(r.Body, r.reading.body) {
		return Decode[T](r)
	}
	if as := r.reading.as.Load(); as != nil {
		if v, ok := (*as).(T); ok {
			return v, nil
		}
	}
	v, err := Decode[T](r)
	if err == nil {
		as := any(v)
		r.reading.as.Store(&as)
	}
	return v, err
}
