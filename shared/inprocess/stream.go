package inprocess

import (
	"slices"

	"curfew/shared/record"
)

// Subscribe adds a subscriber to the change stream of both tables. It gets every later change once and in order, and
// may use the store. One goroutine calls the subscribers in turn; Drain does so if the store is Manual.
func (s *Store) Subscribe(f func(StreamRecord)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stream.subscribers = append(s.stream.subscribers, f)
}

// Drain delivers all pending changes, those made by subscribers too. It returns at once if another goroutine is
// delivering.
func (s *Store) Drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stream.delivering {
		return
	}
	s.deliver()
}

// awaitDelivery returns when all changes are delivered, or dropped by Close.
func awaitDelivery(s *Store) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.stream.delivering {
		s.stream.delivered.Wait()
	}
	s.deliver()
}

// record adds a change to the stream. It skips a row of a form that this release does not know: on AWS the function
// fails on it, and the event source mapping sends it to the dead-letter queue.
func (s *Store) record(k record.Key, old, put *item, ttl bool) {
	if len(s.stream.subscribers) == 0 || !old.known() || !put.known() {
		return
	}
	kind := Modify
	switch {
	case old == nil:
		kind = Insert
	case put == nil:
		kind = Remove
	}
	s.stream.pending = append(s.stream.pending, StreamRecord{Kind: kind, Key: k, Old: old.row(), New: put.row(), TTL: ttl})
}

// wake starts the delivery, unless it runs or the store is Manual.
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

// deliver needs the lock, and releases it during a subscriber.
func (s *Store) deliver() {
	s.stream.delivering = true
	defer func() {
		s.stream.delivering = false
		s.stream.delivered.Broadcast()
	}()
	for len(s.stream.pending) > 0 {
		r := s.stream.pending[0]
		s.stream.pending = s.stream.pending[1:]
		for _, f := range slices.Clone(s.stream.subscribers) {
			s.unlocked(func() { f(r) })
		}
	}
}

func (s *Store) unlocked(f func()) {
	s.mu.Unlock()
	defer s.mu.Lock()
	f()
}
