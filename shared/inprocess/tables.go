package inprocess

import (
	"context"
	"errors"
	"slices"
	"strings"

	"curfew/shared/fault"
	"curfew/shared/record"
)

// Limits of DynamoDB that the port shows.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const (
	maxChanges = 100
	maxKeys    = 100
	maxPage    = 200
)

// Read is [record.Store.Read]. More than 100 keys are Invalid.
func (s *Store) Read(ctx context.Context, keys ...record.Key) (record.Rows, error) {
	if err := alive(ctx); err != nil {
		return nil, err
	}
	if len(keys) > maxKeys {
		return nil, fault.Errorf(fault.Invalid, "%d keys, more than %d", len(keys), maxKeys)
	}
	for _, k := range keys {
		if err := k.Check(); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := record.Rows{}
	for _, k := range keys {
		if r, ok := s.rows[k]; ok {
			found[k] = *r
		}
	}
	return found, nil
}

// Partition is [record.Store.Partition].
func (s *Store) Partition(ctx context.Context, table record.Table, name, prefix string) ([]record.Row, error) {
	if err := alive(ctx); err != nil {
		return nil, err
	}
	if err := (record.Key{Table: table, Partition: name, Sort: "any"}).Check(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.partitions[partition{table, name}]
	if !ok {
		return nil, nil
	}
	found := make([]record.Row, 0, 4) // an elevation has seldom more
	for e := range p.rising(prefix) {
		if !strings.HasPrefix(e.sort, prefix) {
			break
		}
		found = append(found, *s.rows[e.key])
	}
	return found, nil
}

// List is [record.Store.List]. It sees the indexes as they stood [StoreSettings.IndexLag] ago.
func (s *Store) List(ctx context.Context, q record.Query) (record.Page, error) {
	if err := alive(ctx); err != nil {
		return record.Page{}, err
	}
	if !q.Index.Known() || q.Partition == "" {
		return record.Page{}, fault.Errorf(fault.Invalid, "there is no index %q with partition %q", q.Index, q.Partition)
	}
	if q.Limit < 1 || q.Limit > maxPage {
		return record.Page{}, fault.Errorf(fault.Invalid, "a page of %d, not between 1 and %d", q.Limit, maxPage)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.indexes.settle(s.settings.Now())
	o, ok := s.indexes.places[place{q.Index, q.Partition}]
	if !ok {
		return record.Page{}, nil
	}
	if q.Newest {
		return newest(o, q), nil
	}
	return oldest(o, q), nil
}

// Write is [record.Store.Write].
func (s *Store) Write(ctx context.Context, changes ...record.Change) error {
	if err := alive(ctx); err != nil {
		return err
	}
	items, err := prepare(changes)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fault.Errorf(fault.Transient, "the store is closed")
	}
	for _, c := range changes {
		if err := s.check(c); err != nil {
			return err
		}
	}
	now := s.settings.Now()
	for i, c := range changes {
		if c.Do != record.Check {
			s.replace(c.Row.Key, items[i], now, false)
		}
	}
	s.wake()
	return nil
}

// prepare checks what can be checked without the rows that are there, and makes the items to put; nil for what is not
// put.
func prepare(changes []record.Change) ([]*record.Row, error) {
	if len(changes) == 0 || len(changes) > maxChanges {
		return nil, fault.Errorf(fault.Invalid, "%d changes, not between 1 and %d", len(changes), maxChanges)
	}
	items := make([]*record.Row, len(changes))
	for i, c := range changes {
		if err := c.Row.Key.Check(); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(changes[:i], func(other record.Change) bool { return other.Row.Key == c.Row.Key }) {
			return nil, fault.Errorf(fault.Invalid, "two changes of %s", c.Row.Key)
		}
		if c.Do != record.Put {
			continue
		}
		var err error
		if items[i], err = item(c.Row); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// check holds one change against the row that is there.
func (s *Store) check(c record.Change) error {
	old, there := s.rows[c.Row.Key]
	switch {
	case c.If == record.Absent && there:
		return fault.Errorf(fault.Conflict, "%s is there already", c.Row.Key)
	case c.If == record.Unchanged && !there:
		return fault.Errorf(fault.Conflict, "%s is not there", c.Row.Key)
	case c.If == record.Unchanged && old.Version != c.Version:
		return fault.Errorf(fault.Conflict, "%s has version %d, not %d", c.Row.Key, old.Version, c.Version)
	case c.Row.Key.Table != record.AuditTable || c.Do == record.Check:
		return nil
	case c.Do == record.Delete:
		return fault.Errorf(fault.Invalid, "%s: evidence is not deleted", c.Row.Key)
	case there:
		return fault.Errorf(fault.Invalid, "%s: evidence is not changed", c.Row.Key)
	}
	return nil
}

// alive is an error if nobody waits for the answer any more.
func alive(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return fault.Errorf(fault.Transient, "not asked: %w", errors.Join(ctx.Err(), err))
	}
	return nil
}
