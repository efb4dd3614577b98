package inprocess

import (
	"cmp"
	"maps"
	"slices"

	"curfew/shared/record"
)

// Snapshot is the content of a store at one instant.
type Snapshot struct{ rows map[record.Key]*item }

// Snapshot returns the current content.
func (s *Store) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Snapshot{maps.Clone(s.rows)}
}

// Restore puts these tables (default: both) back to a snapshot, as a restore of a backup does. The change stream does
// not show it, and the indexes do not lag.
func (s *Store) Restore(was Snapshot, tables ...record.Table) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expiry.stop()
	s.expiry.due = nil
	now := s.rows
	s.rows, s.sorted = maps.Clone(was.rows), nil
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
		s.indexes.apply(rowChange{put: r.row()})
		s.schedule(r.row())
	}
}

// All returns every row of a table, sorted by key. The rows are the store's own: read only.
func (s *Store) All(table record.Table) []record.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	if all, ok := s.sorted[table]; ok {
		return slices.Clone(all)
	}
	var all []record.Row
	for k, r := range s.rows {
		if k.Table == table {
			all = append(all, r.Row)
		}
	}
	slices.SortFunc(all, func(a, b record.Row) int {
		return cmp.Or(cmp.Compare(a.Key.Partition, b.Key.Partition), cmp.Compare(a.Key.Sort, b.Key.Sort))
	})
	if s.sorted == nil {
		s.sorted = map[record.Table][]record.Row{}
	}
	s.sorted[table] = all
	return slices.Clone(all)
}

// StoredRow returns the store's own row: read only.
func (s *Store) StoredRow(k record.Key) (record.Row, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.rows[k]
	if !ok {
		return record.Row{}, false
	}
	return r.Row, true
}
