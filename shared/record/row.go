package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
)

// ReadAtOnce limits the keys of a [Store.Read].
const ReadAtOnce = 100

func AccessKey(partition, sort string) Key {
	return Key{Table: AccessTable, Partition: partition, Sort: sort}
}

func Encode(k Key, version int64, v any) (Row, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return Row{}, fault.Errorf(fault.Internal, "writing %s: %w", k.Partition, err)
	}
	return Row{Key: k, Version: version, Body: body}, nil
}

// Decode returns Internal if the body is not a T.
func Decode[T any](r Row) (T, error) {
	var v T
	if err := json.Unmarshal(r.Body, &v); err != nil {
		return v, fault.Errorf(fault.Internal, "reading %s %s: %w", r.Key.Partition, r.Key.Sort, err)
	}
	return v, nil
}

// Unreadable reports whether an error is about the bytes of a row, not about the store.
func Unreadable(err error) bool {
	_, damaged := errors.AsType[*DamagedError](err)
	_, syntax := errors.AsType[*json.SyntaxError](err)
	_, kind := errors.AsType[*json.UnmarshalTypeError](err)
	_, instant := errors.AsType[*time.ParseError](err)
	return damaged || syntax || kind || instant
}

func EvidenceRow(r evidence.Record) Row {
	return Row{Key: Key{AuditTable, r.Chain, fmt.Sprintf("%012d", r.Seq)}, Version: 1, Body: r.Text()}
}

// DecodeRecord returns Internal if the row is not a record.
func DecodeRecord(row Row) (evidence.Record, error) {
	r, err := evidence.Decode(row.Body)
	if err != nil {
		return r, fault.Errorf(fault.Internal, "reading %s %s: %w", row.Key.Partition, row.Key.Sort, err)
	}
	return r, nil
}

// Ahead asks for rows that are needed soon: the next read brings them along. A nil Ahead asks for none.
type Ahead struct {
	Keys []Key
	Rows Rows // nil: not read yet
}

// AddRow appends a change that stores row() if its key is absent. It does nothing after an error.
func AddRow(changes []Change, err error, row func() (Row, error)) ([]Change, error) {
	if err != nil {
		return changes, err
	}
	r, err := row()
	return append(changes, Change{If: Absent, Row: r}), err
}

// Instant returns UTC in whole seconds, as stored.
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
