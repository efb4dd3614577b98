package inprocess

import (
	"container/heap"
	"maps"
	"slices"
	"time"

	"curfew/shared/record"
)

// StreamKind is what happened to a row, in DynamoDB's words.
type StreamKind string

// The kinds of stream record.
const (
	Insert StreamKind = "INSERT"
	Modify StreamKind = "MODIFY"
	Remove StreamKind = "REMOVE"
)

// StreamRecord is one change of one row. The rows are the store's own: to be read, and not to be changed.
type StreamRecord struct {
	Kind StreamKind
	Key  record.Key
	Old  *record.Row // nil for Insert
	New  *record.Row // nil for Remove
	TTL  bool        // it was removed because it had expired, by nobody's call
}

// stream is the change streams of both tables in one order.
type stream struct {
	subscribers []func(StreamRecord)
	pending     []StreamRecord
	delivering  bool
}

// Subscribe adds a subscriber to the change stream of both tables. He gets every later change once, in the order in which
// they were made; he may use the store. Subscribers are called one after the other, by one goroutine that lives only
// while there is something to deliver, or by Drain if the store is Manual.
func (s *Store) Subscribe(f func(StreamRecord)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stream.subscribers = append(s.stream.subscribers, f)
}

// Drain delivers all that is pending, also what subscribers cause, and returns. It returns at once if another goroutine
// is delivering.
func (s *Store) Drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stream.delivering {
		return
	}
	s.deliver()
}

// record adds a change to the stream.
func (s *Store) record(k record.Key, old, put *record.Row, ttl bool) {
	if len(s.stream.subscribers) == 0 {
		return
	}
	kind := Modify
	switch {
	case old == nil:
		kind = Insert
	case put == nil:
		kind = Remove
	}
	s.stream.pending = append(s.stream.pending, StreamRecord{Kind: kind, Key: k, Old: old, New: put, TTL: ttl})
}

// wake starts the delivery unless it runs, or nobody wants it to run by itself.
func (s *Store) wake() {
	if s.settings.Manual || s.closed || s.stream.delivering || len(s.stream.pending) == 0 {
		return
	}
	s.stream.delivering = true
	s.running.Go(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.deliver()
	})
}

// deliver is called with the lock held, and gives it up while a subscriber runs.
func (s *Store) deliver() {
	s.stream.delivering = true
	defer func() { s.stream.delivering = false }()
	for len(s.stream.pending) > 0 {
		r := s.stream.pending[0]
		s.stream.pending = s.stream.pending[1:]
		for _, f := range slices.Clone(s.stream.subscribers) {
			s.unlocked(func() { f(r) })
		}
	}
}

// unlocked calls f without the lock, and has it again afterwards even if f panics.
func (s *Store) unlocked(f func()) {
	s.mu.Unlock()
	defer s.mu.Lock()
	f()
}

// expiry knows which rows are to be removed when.
type expiry struct {
	due   dues
	timer *time.Timer
	next  time.Time // when the timer fires; zero: it does not
}

// due is a row that expires. It counts only while the row that is there expires then.
type due struct {
	at  time.Time
	key record.Key
}

// dues is a heap, the earliest first.
type dues []due

func (d dues) Len() int           { return len(d) }
func (d dues) Less(i, j int) bool { return d[i].at.Before(d[j].at) }
func (d dues) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }
func (d *dues) Push(x any)        { *d = append(*d, x.(due)) }
func (d *dues) Pop() any {
	last := len(*d) - 1
	x := (*d)[last]
	*d = (*d)[:last]
	return x
}

func (e *expiry) stop() {
	if e.timer != nil {
		e.timer.Stop()
	}
	e.timer, e.next = nil, time.Time{}
}

// schedule sees to it that a row is removed when it has expired.
func (s *Store) schedule(r *record.Row) {
	if r.Expires.IsZero() {
		return
	}
	heap.Push(&s.expiry.due, due{r.Expires, r.Key})
	s.arm()
}

// arm sets the timer to the earliest removal.
func (s *Store) arm() {
	if s.settings.Manual || s.closed || len(s.expiry.due) == 0 {
		return
	}
	at := s.expiry.due[0].at.Add(s.settings.TTLDelay)
	if !s.expiry.next.IsZero() && !at.Before(s.expiry.next) {
		return
	}
	s.expiry.stop()
	s.expiry.next = at
	s.expiry.timer = time.AfterFunc(at.Sub(s.settings.Now()), func() { s.Expire(s.settings.Now()) })
}

// Expire removes the rows that expired [StoreSettings.TTLDelay] before this instant, or earlier, and says how many. Only
// a Manual store needs it to be called.
func (s *Store) Expire(now time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0
	}
	n := 0
	for len(s.expiry.due) > 0 && !s.expiry.due[0].at.Add(s.settings.TTLDelay).After(now) {
		d := heap.Pop(&s.expiry.due).(due)
		if r, ok := s.rows[d.key]; ok && r.Expires.Equal(d.at) {
			s.replace(d.key, nil, now, true)
			n++
		}
	}
	s.expiry.stop()
	s.arm()
	s.wake()
	return n
}

// Snapshot is what a store held at one instant.
type Snapshot struct{ rows map[record.Key]*record.Row }

// Snapshot keeps what the store holds now.
func (s *Store) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Snapshot{maps.Clone(s.rows)}
}

// Restore puts the store back to what it held: these tables, or both if none is named, as after a restore of their backups.
// The change stream tells nothing of it, and the indexes are complete at once.
func (s *Store) Restore(was Snapshot, tables ...record.Table) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expiry.stop()
	s.expiry.due = nil
	now := s.rows
	s.rows = maps.Clone(was.rows)
	if len(tables) > 0 {
		other := func(k record.Key, _ *record.Row) bool { return !slices.Contains(tables, k.Table) }
		maps.DeleteFunc(s.rows, other)
		for k, r := range now {
			if other(k, r) {
				s.rows[k] = r
			}
		}
	}
	s.partitions = map[partition]*ordered{}
	s.indexes = newIndexes(s.settings.IndexLag)
	for k, r := range s.rows {
		s.enlist(k)
		s.indexes.apply(moved{put: r})
		s.schedule(r)
	}
}
