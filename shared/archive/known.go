package archive

import (
	"context"
	"encoding/json"
	"errors"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// read reads rows without those that are damaged, and raises a finding about one of these.
func (s *Service) read(ctx context.Context, keys ...record.Key) (rows record.Rows, damaged bool, err error) {
	rows, err = s.Store.Read(ctx, keys...)
	d, damaged := errors.AsType[*record.DamagedError](err)
	if !damaged {
		return rows, false, fault.Wrap(err, "reading rows for the log")
	}
	return rows, true, reporter{s}.report(ctx, alarm{Altered, Change{Key: d.Key}, "cannot be read: " + d.Error()})
}

// newOnes returns the entries that the tree of the head does not have, once each, and those that it has. The others are
// records for whose place the log has another one: they are a finding. Conflict: the head moved.
func (s *Service) newOnes(ctx context.Context, head record.Stored[Head], batch []entry, rows record.Rows) (fresh, known []entry, err error) {
	seen := map[record.Key]tlog.Hash{}
	var alarms []alarm
	for _, e := range batch {
		first, again := seen[e.key]
		row, there := rows[e.key]
		is := absent
		switch {
		case again && first == e.hash:
			continue
		case again:
			is = rival
		case there:
			if is, err = s.find(ctx, s.edge.Tree, row, e); err != nil {
				return nil, nil, err
			}
			if is == absent {
				e.replace = true
				alarms = append(alarms, alarm{Altered, Change{Key: e.key, After: &Image{Row: row}}, "says that the log has an entry at an index where it is not"})
			}
		}
		switch is {
		case same:
			known = append(known, e)
		case rival:
			alarms = append(alarms, e.alarm("is not the record that the log has for this place"))
			continue
		default:
			fresh = append(fresh, e)
		}
		seen[e.key] = e.hash
	}
	if len(alarms) == 0 {
		return fresh, known, nil
	}
	// The rows may be newer than the head: one read is not of one instant.
	if err := s.unmoved(ctx, head); err != nil {
		return nil, nil, err
	}
	return fresh, known, reporter{s}.report(ctx, alarms...)
}

func (e entry) alarm(what string) alarm {
	row := record.EvidenceRow(*e.record)
	return alarm{Altered, Change{Key: row.Key, After: &Image{Row: row}}, what}
}

func (s *Service) unmoved(ctx context.Context, head record.Stored[Head]) error {
	now, err := record.Get[Head](ctx, s.Store, HeadKey())
	if err == nil && now.Row.Version != head.Row.Version {
		err = fault.Errorf(fault.Conflict, "the head of the log moved")
	}
	return err
}

// presence says what a tree has at the index in an entry's row.
type presence int

const (
	absent presence = iota
	same
	rival // another record of the same place
)

func (s *Service) find(ctx context.Context, tree tlog.Tree, row record.Row, e entry) (presence, error) {
	var p position
	if err := json.Unmarshal(row.Body, &p); err != nil || p.Index < 0 || p.Index >= tree.N {
		return absent, nil
	}
	leaf, err := s.leaf(ctx, tree, p.Index)
	if err != nil || leaf == e.hash {
		return same, err
	}
	if e.record == nil {
		return absent, nil
	}
	if r, err := s.recordAt(ctx, tree, p.Index); err != nil || r == nil || r.Chain != e.record.Chain || r.Seq != e.record.Seq {
		return absent, err
	}
	return rival, nil
}

// recordAt returns nil for another entry.
func (s *Service) recordAt(ctx context.Context, tree tlog.Tree, index int64) (*evidence.Record, error) {
	texts, err := s.Evidence.Entries(ctx, tree, index, index+1)
	if err != nil {
		return nil, reporter{s}.blocked(ctx, err)
	}
	e, _ := log.EntryOf(texts[0])
	return e.Record, nil
}

// logged returns the record that the log has for a place, or nil.
func (s *Service) logged(ctx context.Context, chain string, seq int64) (r *evidence.Record, err error) {
	key := placeKey(chain, seq)
	err = record.Retry(ctx, "the log", func() error {
		head, rows, _, err := s.readHead(ctx, key)
		if err != nil {
			return err
		}
		var p position
		row, there := rows[key]
		if r = nil; !there || json.Unmarshal(row.Body, &p) != nil || p.Index < 0 {
			return nil
		}
		if p.Index >= head.Value.Size {
			return s.unmoved(ctx, head)
		}
		if r, err = s.recordAt(ctx, s.edge.Tree, p.Index); r != nil && (r.Chain != chain || r.Seq != seq) {
			r = nil
		}
		return err
	})
	return r, err
}

// readHead reads the head with other rows, and makes edge that of the head.
func (s *Service) readHead(ctx context.Context, keys ...record.Key) (head record.Stored[Head], rows record.Rows, damaged bool, err error) {
	if rows, damaged, err = s.read(ctx, append(keys, HeadKey())...); err != nil {
		return head, nil, damaged, err
	}
	if head, err = record.FindRow[Head](rows, HeadKey()); err != nil {
		return head, nil, damaged, reporter{s}.blocked(ctx, err)
	}
	if damaged && !head.Exists() {
		if _, err := s.Store.Read(ctx, HeadKey()); err != nil {
			return head, nil, damaged, reporter{s}.blocked(ctx, err)
		}
	}
	return head, rows, damaged, s.settle(ctx, head)
}

func (s *Service) leaf(ctx context.Context, tree tlog.Tree, index int64) (tlog.Hash, error) {
	hashes, err := s.Evidence.CachedHashes(ctx, tree, &s.tiles).ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil {
		return tlog.Hash{}, reporter{s}.blocked(ctx, err)
	}
	return hashes[0], nil
}
