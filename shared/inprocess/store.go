package inprocess

import (
	"sync"
	"time"

	"curfew/shared/record"
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

// Store is [record.Store] in memory, with the semantics of DynamoDB. Rows are copied in, and readers get the store's own.
//
// As in DynamoDB the tables protect nothing: conditions alone keep a row from being overwritten, and [Store.Overwrite] and
// [Store.Erase] are what somebody with write access to a table can do.
type Store struct {
	settings StoreSettings
	running  sync.WaitGroup // the goroutine that delivers, if there is one

	mu         sync.Mutex // guards what follows; never held while a subscriber runs
	rows       map[record.Key]*item
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
		settings: s, rows: map[record.Key]*item{}, partitions: map[partition]*ordered{}, indexes: newIndexes(s.IndexLag),
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
