package inprocess

import (
	"context"
	"errors"
	"strings"

	"curfew/shared/fault"
	"curfew/shared/record"
)

// Limits of DynamoDB.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const (
	maxKeys = 100
	maxPage = 200
)

// Read is [record.Store.Read]. More than 100 keys are Invalid.
func (s *Store) Read(ctx context.Context, keys ...record.Key) (record.Rows, error) {
	if err := checkContext(ctx); err != nil {
		return nil, err
	}
	if len(keys) > maxKeys {
		return nil, fault.Errorf(fault.Invalid, "%d keys: at most %d are allowed", len(keys), maxKeys)
	}
	for _, k := range keys {
		if err := k.Check(); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := record.Rows{}
	var damaged error
	for _, k := range keys {
		if r, ok := s.rows[k]; ok {
			if row, err := r.read(); err != nil {
				damaged = err
			} else {
				found[k] = row
			}
		}
	}
	return found, damaged
}

// Partition is [record.Store.Partition].
func (s *Store) Partition(ctx context.Context, table record.Table, name, prefix string) ([]record.Row, error) {
	if err := checkContext(ctx); err != nil {
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
	found := make([]record.Row, 0, 4) // few elevations have more
	var damaged error
	for e := range p.ascending(prefix) {
		if !strings.HasPrefix(e.sort, prefix) {
			break
		}
		r, err := s.rows[e.key].read()
		if err != nil {
			damaged = err
			continue
		}
		found = append(found, r)
	}
	return found, damaged
}

// List is [record.Store.List]. It shows the indexes of [StoreSettings.IndexLag] ago.
func (s *Store) List(ctx context.Context, q record.Query) (record.Page, error) {
	if err := checkContext(ctx); err != nil {
		return record.Page{}, err
	}
	if !q.Index.Known() || q.Partition == "" {
		return record.Page{}, fault.Errorf(fault.Invalid, "there is no index %q with partition %q", q.Index, q.Partition)
	}
	if q.Limit < 1 || q.Limit > maxPage {
		return record.Page{}, fault.Errorf(fault.Invalid, "the page size %d is not between 1 and %d", q.Limit, maxPage)
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
	if err := checkContext(ctx); err != nil {
		return err
	}
	if err := record.CheckChanges(changes); err != nil {
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
	for _, c := range changes {
		switch c.Do {
		case record.Put:
			s.replace(c.Row.Key, newItem(c.Row, record.Form), now, false)
		case record.Delete:
			s.replace(c.Row.Key, nil, now, false)
		}
	}
	s.wake()
	return nil
}

func (s *Store) check(c record.Change) error {
	old, there := s.rows[c.Row.Key]
	switch {
	case c.If == record.Absent && there:
		return fault.Errorf(fault.Conflict, "%s exists already", c.Row.Key)
	case c.If == record.Unchanged && !there:
		return fault.Errorf(fault.Conflict, "%s does not exist", c.Row.Key)
	case c.If == record.Unchanged && old.Version != c.Version:
		return fault.Errorf(fault.Conflict, "%s has version %d, not %d", c.Row.Key, old.Version, c.Version)
	}
	return nil
}

func checkContext(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return fault.Errorf(fault.Transient, "not called: %w", errors.Join(ctx.Err(), err))
	}
	return nil
}

// Overwrite stores a row in this form, without a condition or check. It is the attack of somebody with write access to
// a table.
func (s *Store) Overwrite(r record.Row, form int64) { s.byHand(r.Key, newItem(r, form)) }

// Erase removes a row by the same attack: see [Store.Overwrite].
func (s *Store) Erase(k record.Key) { s.byHand(k, nil) }

func (s *Store) byHand(k record.Key, put *item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replace(k, put, s.settings.Now(), false)
	s.wake()
}
