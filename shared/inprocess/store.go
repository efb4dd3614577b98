package inprocess

import (
	"sync"
	"time"

	"curfew/shared/record"
)

// StoreSettings add delays to a [Store]. The zero value has none.
type StoreSettings struct {
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// IndexLag is the delay until List shows a write.
	IndexLag time.Duration
	// TTLDelay is the time from Row.Expires to removal.
	TTLDelay time.Duration
	// Manual stops background work: call Expire for removals and Drain for the change stream.
	Manual bool
}

// Store is [record.Store] in memory, with the semantics of DynamoDB. It copies written rows; readers get the store's
// own.
//
// As in DynamoDB only conditional writes protect a row. [Store.Overwrite] and [Store.Erase] are what an attacker with
// write access to a table can do.
type Store struct {
	settings StoreSettings
	running  sync.WaitGroup // the goroutine that delivers the stream

	mu         sync.Mutex // guards the fields below; not held while a subscriber runs
	rows       map[record.Key]*item
	sorted     map[record.Table][]record.Row // the answers of All since the last change of rows
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

// NewStore returns an empty store. Close it after use.
func NewStore(s StoreSettings) *Store {
	if s.Now == nil {
		s.Now = time.Now
	}
	st := &Store{
		settings: s, rows: map[record.Key]*item{}, partitions: map[partition]*ordered{}, indexes: newIndexes(s.IndexLag),
	}
	st.stream.delivered = sync.NewCond(&st.mu)
	return st
}

// Close stops TTL and the change stream, and waits for a running subscriber. Undelivered changes are dropped. Reads
// still work; Write fails.
func (s *Store) Close() {
	s.mu.Lock()
	s.closed = true
	s.stream.pending = nil
	s.expiry.stop()
	s.mu.Unlock()
	s.running.Wait()
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
