package inprocess

import (
	"container/heap"
	"time"

	"curfew/shared/record"
)

// replace puts an item in place of the stored one; nil removes it.
func (s *Store) replace(k record.Key, put *item, now time.Time, ttl bool) {
	old := s.rows[k]
	if old == nil && put == nil {
		return
	}
	s.sorted = nil
	if put == nil {
		delete(s.rows, k)
		s.unlist(k)
	} else {
		s.rows[k] = put
		if old == nil {
			s.enlist(k)
		}
		s.schedule(put.row())
	}
	if k.Table == record.AccessTable {
		s.indexes.move(old.row(), put.row(), now)
	}
	s.record(k, old, put, ttl)
}

func (s *Store) schedule(r *record.Row) {
	if r.Expires.IsZero() {
		return
	}
	heap.Push(&s.expiry.due, due{r.Expires, r.Key})
	s.arm()
}

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

// Expire removes the rows that expired at least [StoreSettings.TTLDelay] before now, and returns their number. Only a
// Manual store needs this call.
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
