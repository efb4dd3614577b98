package inprocess

import "curfew/shared/record"

// StreamKind is what happened to a row, in DynamoDB's words.
type StreamKind string

// The kinds of stream record.
const (
	Insert StreamKind = "INSERT"
	Modify StreamKind = "MODIFY"
	Remove StreamKind = "REMOVE"
)

// StreamRecord is one change of one row. The rows are the store's own: to be read, and not to be changed.
type StreamRecord struct {
	Kind StreamKind
	Key  record.Key
	Old  *record.Row // nil for Insert
	New  *record.Row // nil for Remove
	TTL  bool        // it was removed because it had expired, by nobody's call
}

// stream is the change streams of both tables in one order.
type stream struct {
	subscribers []func(StreamRecord)
	pending     []StreamRecord
	delivering  bool
}
