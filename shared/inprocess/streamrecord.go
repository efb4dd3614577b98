package inprocess

import (
	"sync"

	"curfew/shared/record"
)

// StreamKind is the eventName of a DynamoDB stream record.
type StreamKind string

// The kinds of stream record.
const (
	Insert StreamKind = "INSERT"
	Modify StreamKind = "MODIFY"
	Remove StreamKind = "REMOVE"
)

// StreamRecord is one change of one row. The rows are the store's own: read only.
type StreamRecord struct {
	Kind StreamKind
	Key  record.Key
	Old  *record.Row // nil for Insert
	New  *record.Row // nil for Remove
	TTL  bool        // removed by TTL
}

// stream is the change streams of both tables, in one order.
type stream struct {
	subscribers []func(StreamRecord)
	pending     []StreamRecord
	delivering  bool
	delivered   *sync.Cond
}
