package record

import (
	"context"
	"encoding/json"
	"time"
)

// Store keeps rows in two tables. It knows nothing of elevations: keys.go names the partitions, and the package that owns a row says what it means. Readers may share
// a row: do not write into its Body or its Index.
//
// A store keeps the bytes of a body: what is read, and what a change stream tells, has exactly the bytes that were written.
// Beside each row it writes [Form]. A row of another form is an error of kind Internal, from every method that gives rows.
type Store interface {
	// Read gives the rows of up to 100 keys as they stand now (strongly consistent). A key without a row is absent from
	// the result; that is not an error.
	Read(ctx context.Context, keys ...Key) (Rows, error)
	// Partition gives all rows of a partition whose sort key begins with prefix, in order of the sort key, as they stand
	// now (strongly consistent). None is not an error.
	Partition(ctx context.Context, table Table, partition, prefix string) ([]Row, error)
	// Write makes all of up to 100 changes, or none. Conflict: a condition did not hold (nothing was written, and the text
	// names the first such key). Transient: it may or may not have been written. Invalid: what [CheckChanges] refuses.
	//
	// A Write that is repeated because its answer was lost meets its own conditions: a caller that gets Conflict after
	// Transient reads again to see whether its own write was made.
	Write(ctx context.Context, changes ...Change) error
	// List gives keys by an index, which may lag behind (eventually consistent): it never decides anything, and each row
	// is read again by its key.
	List(ctx context.Context, q Query) (Page, error)
}

// Table is one of the two tables.
type Table string

// The tables.
const (
	AccessTable Table = "access"
	AuditTable  Table = "audit" // evidence: rows are added, never changed or removed
)

// Key is where a row lies.
type Key struct {
	Table           Table
	Partition, Sort string
}

// Row is one item of a table.
type Row struct {
	Key Key
	// Version is 1 or more in every row; Change compares it.
	Version int64
	// Body is the text of a JSON object. The store keeps its bytes.
	Body json.RawMessage
	// Index places the row in indexes; an index that is not named does not have it.
	Index map[Index]Place
	// Expires is when the row may be removed by TTL: not before it, and possibly days after it. Zero: never.
	Expires time.Time
}

// Rows are rows by key.
type Rows map[Key]Row

// Index names an index.
type Index string

// The indexes of the access table.
const (
	ByState     Index = "state"     // partition: the state; sort: the id
	ByPrincipal Index = "principal" // partition: the ARN; sort: the id
	ByRequester Index = "requester" // partition: the caller's id; sort: the id
	ByDue       Index = "due"       // partition: "due" or, for a request, "waiting"; sort: when the sweep looks at it, and the id
)

// Place is where a row lies in an index.
type Place struct{ Partition, Sort string }

// Condition is what must be so for a change to be made.
type Condition int

// The conditions. Two suffice: what was never there, and what is still as it was read.
const (
	Always    Condition = iota
	Absent              // there is no row of this key
	Unchanged           // there is one, and its version is Change.Version
)

// Change is one part of a transaction: the row is put or deleted, or only looked at, if the condition holds.
type Change struct {
	If      Condition
	Version int64 // for Unchanged: the version that was read
	Do      Action
	Row     Row // for Delete and Check only the key counts
}

// Action is what a change does.
type Action int

// The actions.
const (
	Put Action = iota
	Delete
	Check
)

// Query asks an index.
type Query struct {
	Index     Index
	Partition string
	UpTo      string // only sort keys that are not above it; empty: all
	Newest    bool   // in falling order of the sort key; else rising
	Limit     int    // at most so many; 1 to 200
	After     string // go on after this sort key; empty: from the start
}

// Page is one page of an answer.
type Page struct {
	Keys []Key
	Next string // pass as After to go on; empty: there is no more
}

// String is how errors name a key.
func (k Key) String() string { return string(k.Table) + "/" + k.Partition + "/" + k.Sort }
