package inprocess

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

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

// StoreSettings say how unpleasant a [Store] is. The zero value is the most pleasant one.
type StoreSettings struct {
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// IndexLag is how far List lags behind what was written.
	IndexLag time.Duration
	// TTLDelay is how long after Row.Expires a row is removed.
	TTLDelay time.Duration
	// Manual: nothing happens by itself. Expire removes what has expired, Drain delivers the change stream.
	Manual bool
}

// Store is [record.Store] in memory, with the semantics of DynamoDB. Rows are copied in,
// and whoever reads one gets the store's own.
//
// The audit table only takes new rows: to change or delete one is Invalid, as the policy of the real table has it.
type Store struct {
	settings StoreSettings
	running  sync.WaitGroup // the goroutine that delivers, if there is one

	mu         sync.Mutex // guards what follows; never held while a subscriber runs
	rows       map[record.Key]*record.Row
	partitions map[partition]*ordered
	indexes    indexes
	expiry     expiry
	stream     stream
	closed     bool
}

type partition struct {
	table record.Table
	name  string
}

var _ record.Store = (*Store)(nil)

// NewStore makes an empty store. Close it.
func NewStore(s StoreSettings) *Store {
	if s.Now == nil {
		s.Now = time.Now
	}
	return &Store{
		settings: s, rows: map[record.Key]*record.Row{}, partitions: map[partition]*ordered{}, indexes: newIndexes(s.IndexLag),
	}
}

// Close stops the removal by TTL and the change stream, and waits for the subscriber that is running. What was not
// delivered is dropped. Rows can still be read; a Write fails.
func (s *Store) Close() {
	s.mu.Lock()
	s.closed = true
	s.stream.pending = nil
	s.expiry.stop()
	s.mu.Unlock()
	s.running.Wait()
}

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

// replace puts an item in the place of what is there, or only removes that if the item is nil.
func (s *Store) replace(k record.Key, put *record.Row, now time.Time, ttl bool) {
	old := s.rows[k]
	if old == nil && put == nil {
		return
	}
	if put == nil {
		delete(s.rows, k)
		s.unlist(k)
	} else {
		s.rows[k] = put
		if old == nil {
			s.enlist(k)
		}
		s.schedule(put)
	}
	if k.Table == record.AccessTable {
		s.indexes.move(old, put, now)
	}
	s.record(k, old, put, ttl)
}

func (s *Store) enlist(k record.Key) {
	p := partition{k.Table, k.Partition}
	o := s.partitions[p]
	if o == nil {
		o = &ordered{}
		s.partitions[p] = o
	}
	o.insert(entry{k.Sort, k})
}

func (s *Store) unlist(k record.Key) {
	p := partition{k.Table, k.Partition}
	s.partitions[p].remove(entry{k.Sort, k})
	if len(s.partitions[p].blocks) == 0 {
		delete(s.partitions, p)
	}
}

// All gives every row of a table, in order of its key: the store's own, for a checker that only reads them.
func (s *Store) All(table record.Table) []record.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []record.Row
	for k, r := range s.rows {
		if k.Table == table {
			all = append(all, *r)
		}
	}
	slices.SortFunc(all, func(a, b record.Row) int {
		return cmp.Or(cmp.Compare(a.Key.Partition, b.Key.Partition), cmp.Compare(a.Key.Sort, b.Key.Sort))
	})
	return all
}

// Own gives the store's own row, for a checker that only reads it.
func (s *Store) Own(k record.Key) (record.Row, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.rows[k]
	if !ok {
		return record.Row{}, false
	}
	return *r, true
}

// alive is an error if nobody waits for the answer any more.
func alive(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return fault.Errorf(fault.Transient, "not asked: %w", errors.Join(ctx.Err(), err))
	}
	return nil
}
