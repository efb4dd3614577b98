package record

import (
	"context"
	"encoding/json"
	"time"
)

// Store keeps the bytes of bodies, also in the change stream, and writes [Form] with each row. It returns Internal for
// another form: Read and Partition then have a [DamagedError], and the other rows. Callers share rows: do not write into Body or Index.
type Store interface {
	// Read is strongly consistent. Missing rows are absent from the result. At most 100 keys.
	Read(ctx context.Context, keys ...Key) (Rows, error)
	// Partition is strongly consistent, in order of the sort key.
	Partition(ctx context.Context, table Table, partition, prefix string) ([]Row, error)
	// Write makes all changes (at most 100), or none. Conflict: a condition failed; the text names the key. Transient:
	// they may have been made. Invalid: see [CheckChanges].
	//
	// A retry of a write that succeeded fails on its own conditions: after Transient and Conflict, read again.
	Write(ctx context.Context, changes ...Change) error
	// List is eventually consistent: read each row before you decide.
	List(ctx context.Context, q Query) (Page, error)
}

type Table string

const (
	AccessTable Table = "access"
	AuditTable  Table = "audit" // evidence: append-only
)

type Key struct {
	Table           Table
	Partition, Sort string
}

type Row struct {
	Key Key
	// Version is at least 1.
	Version int64
	// Body is a JSON object.
	Body  json.RawMessage
	Index map[Index]Place
	// Expires allows removal by TTL, days late. Zero: never.
	Expires time.Time
}

type Rows map[Key]Row

type Index string

// The indexes, with their partition and sort keys.
const (
	ByState     Index = "state"     // state; id
	ByPrincipal Index = "principal" // ARN; id
	ByRequester Index = "requester" // caller's id; id
	ByDue       Index = "due"       // "due", "waiting" of a request, or "ended#" and the account; instant and id
)

type Place struct{ Partition, Sort string }

// Condition must hold for the transaction.
type Condition int

const (
	Always    Condition = iota
	Absent              // no such row
	Unchanged           // version is Change.Version
)

type Change struct {
	If      Condition
	Version int64 // for Unchanged
	Do      Action
	Row     Row // Delete and Check use only its key
}

type Action int

const (
	Put Action = iota
	Delete
	Check
)

type Query struct {
	Index     Index
	Partition string
	UpTo      string // last sort key; empty: all
	Newest    bool   // descending
	Limit     int    // 1 to 200
	After     string // exclusive
}

type Page struct {
	Keys []Key
	Next string // for After; empty: the last page
}

func (k Key) String() string { return string(k.Table) + "/" + k.Partition + "/" + k.Sort }
