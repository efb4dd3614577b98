package record

import (
	"encoding/json"
	"fmt"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
)

// ReadAtOnce is the most keys that one [Store.Read] takes.
const ReadAtOnce = 100

// AccessKey is a key of the access table.
func AccessKey(partition, sort string) Key {
	return Key{Table: AccessTable, Partition: partition, Sort: sort}
}

// Encode makes a row of a value.
func Encode(k Key, version int64, v any) (Row, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return Row{}, fault.Errorf(fault.Internal, "writing %s: %w", k.Partition, err)
	}
	return Row{Key: k, Version: version, Body: body}, nil
}

// Decode reads the value that a row was made of. Internal: it cannot be read.
func Decode[T any](r Row) (T, error) {
	var v T
	if err := json.Unmarshal(r.Body, &v); err != nil {
		return v, fault.Errorf(fault.Internal, "reading %s %s: %w", r.Key.Partition, r.Key.Sort, err)
	}
	return v, nil
}

// EvidenceRow is the row of a record of evidence: its body is the record's text.
func EvidenceRow(r evidence.Record) Row {
	return Row{Key: Key{AuditTable, r.Chain, fmt.Sprintf("%012d", r.Seq)}, Version: 1, Body: r.Text()}
}

// DecodeRecord reads a row of the audit table. Internal: it cannot be read.
func DecodeRecord(row Row) (evidence.Record, error) {
	r, err := evidence.Decode(row.Body)
	if err != nil {
		return r, fault.Errorf(fault.Internal, "reading %s %s: %w", row.Key.Partition, row.Key.Sort, err)
	}
	return r, nil
}

// AddRow appends a change that stores row() if its key has no row. If err is not nil it returns changes and err, and does not call
// row.
func AddRow(changes []Change, err error, row func() (Row, error)) ([]Change, error) {
	if err != nil {
		return changes, err
	}
	r, err := row()
	return append(changes, Change{If: Absent, Row: r}), err
}

// Instant brings a time to the form in which every instant is stored: UTC, whole seconds.
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
