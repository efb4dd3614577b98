package finding

import (
	"context"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Closing is what people did about a finding.
type Closing struct {
	Finding string `json:"finding"`
	Version int64  `json:"version"`
	// Count is [Finding.Count] when it was closed. A later occurrence opens the finding again.
	Count        int64         `json:"count,omitempty"`
	Acknowledged *Act          `json:"acknowledged,omitempty"`
	Closed       *Act          `json:"closed,omitempty"`
	Evidence     evidence.Head `json:"evidence"`
}

// Act is what one person did.
type Act struct {
	By   string    `json:"by"` // id
	Name string    `json:"name"`
	At   time.Time `json:"at"`
	Why  string    `json:"why,omitempty"`
}

// Stored is a finding with its closing.
type Stored struct {
	record.Stored[Finding]
	Closing record.Stored[Closing]
}

func closingKey(id string) record.Key { return record.AccessKey("closing#"+id, "closing") }

// ReadAtOnce is the most findings of one [Read].
const ReadAtOnce = record.ReadAtOnce / 2

// Read is strongly consistent. A missing finding does not exist in the result.
func Read(ctx context.Context, s record.Store, ids ...string) ([]Stored, error) {
	var keys []record.Key
	for _, id := range ids {
		keys = append(keys, KeyOf(id), closingKey(id))
	}
	rows, err := s.Read(ctx, keys...)
	if err != nil {
		return nil, fault.Wrap(err, "reading %d findings", len(ids))
	}
	all := make([]Stored, len(ids))
	for i, id := range ids {
		if all[i], err = find(rows, id); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func find(rows record.Rows, id string) (was Stored, err error) {
	if was.Stored, err = record.FindRow[Finding](rows, KeyOf(id)); err == nil {
		was.Closing, err = record.FindRow[Closing](rows, closingKey(id))
	}
	return was, err
}

// ReadOne is [Read] of one finding, by queries, which every function may make.
func ReadOne(ctx context.Context, s record.Store, id string) (was Stored, err error) {
	rows := record.Rows{}
	// The finding first: a closing changes both rows, so a later write of an older finding has a conflict.
	for _, k := range []record.Key{KeyOf(id), closingKey(id)} {
		all, err := s.Partition(ctx, k.Table, k.Partition, k.Sort)
		if err != nil {
			return was, fault.Wrap(err, "reading finding %s", id)
		}
		for _, row := range all {
			rows[row.Key] = row
		}
	}
	return find(rows, id)
}

// UpdateRow is [record.UpdateRow] of a finding with its closing.
func UpdateRow(ctx context.Context, s record.Store, id string, decide func(Stored) ([]record.Change, error)) error {
	return record.Update(ctx, s, "finding "+id, func(ctx context.Context) (Stored, error) { return ReadOne(ctx, s, id) }, decide)
}

// State returns Open again when a closed finding has occurred since.
func (was Stored) State() State {
	c := was.Closing.Value
	switch {
	case was.Value.Settled, c.Closed != nil && c.Count >= was.Value.Count:
		return Closed
	case c.Closed == nil && c.Acknowledged != nil:
		return Acknowledged
	}
	return Open
}

// Acknowledge returns changes that make c the person who has taken the finding on, or none if one has. Conflict: closed.
func (was Stored) Acknowledge(c identity.Caller, why string, now time.Time) ([]record.Change, error) {
	switch was.State() {
	case Acknowledged:
		return nil, nil
	case Closed:
		return nil, was.closedError()
	}
	act := actOf(c, why, now)
	return was.act(Closing{Acknowledged: &act}, Acknowledged, act)
}

// Close returns changes that close the finding, or none if c closed it. Conflict: another person did.
func (was Stored) Close(c identity.Caller, why string, now time.Time) ([]record.Change, error) {
	next := Closing{Count: was.Value.Count}
	switch was.State() {
	case Acknowledged:
		next.Acknowledged = was.Closing.Value.Acknowledged
	case Closed:
		if by := was.Closing.Value.Closed; by != nil && by.By == c.ID {
			return nil, nil
		}
		return nil, was.closedError()
	}
	act := actOf(c, why, now)
	next.Closed = &act
	return was.act(next, Closed, act)
}

func actOf(c identity.Caller, why string, now time.Time) Act {
	return Act{c.ID, c.Name, record.Instant(now), why}
}

func (was Stored) closedError() error {
	if was.Value.Settled {
		return fault.Errorf(fault.Conflict, "finding %s asks for nothing: it is closed from the beginning", was.Value.ID)
	}
	return fault.Errorf(fault.Conflict, "finding %s was closed by %s", was.Value.ID, was.Closing.Value.Closed.Name)
}

// act also writes the finding's row: its place in the index moves, its content stays. So a Raise meanwhile has a conflict,
// reads the closing and pages, and the table's stream shows the change to function notify.
func (was Stored) act(next Closing, state State, act Act) ([]record.Change, error) {
	next.Finding, next.Version, next.Evidence = was.Value.ID, was.Closing.Row.Version+1, was.Closing.Value.Evidence
	proof, err := record.Append(was.Closing.Row.Key.Partition, &next.Evidence, evidence.Entry{
		At: act.At, Kind: "finding." + string(state), Actor: act.By, Detail: map[string]any{"why": act.Why, "count": was.Value.Count},
	})
	if err != nil {
		return nil, err
	}
	put, err := was.Closing.Put(next, time.Time{})
	if err != nil {
		return nil, err
	}
	f := was.Value
	f.Version = was.Row.Version + 1
	moved, err := was.put(f, state)
	return []record.Change{put, proof, moved}, err
}

func (was Stored) put(f Finding, state State) (record.Change, error) {
	put, err := was.Put(f, time.Time{})
	put.Row.Index = f.place(state)
	return put, err
}

// ChangedAt is the time of the last occurrence, acknowledgement or closing.
func (was Stored) ChangedAt() time.Time {
	at := was.Value.LastAt
	for _, act := range []*Act{was.Closing.Value.Acknowledged, was.Closing.Value.Closed} {
		if act != nil && act.At.After(at) {
			at = act.At
		}
	}
	return at
}
