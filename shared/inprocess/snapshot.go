package inprocess

import (
	"cmp"
	"maps"
	"slices"

	"curfew/shared/record"
)

// Snapshot is what a store held at one instant.
type Snapshot struct{ rows map[record.Key]*item }

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
		other := func(k record.Key, _ *item) bool { return !slices.Contains(tables, k.Table) }
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
		s.indexes.apply(moved{put: r.row()})
		s.schedule(r.row())
	}
}

// All gives every row of a table, in order of its key: the store's own, for a checker that only reads them.
func (s *Store) All(table record.Table) []record.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []record.Row
	for k, r := range s.rows {
		if k.Table == table {
			all = append(all, r.Row)
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
	return r.Row, true
}
