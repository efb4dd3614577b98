package baseline

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"time"

	"curfew/shared/fault"
	"curfew/shared/record"
)

// Page is one page of a survey.
type Page struct {
	BeganAt time.Time // the survey, in all its pages
	ReadAt  time.Time // this page
	Account string
	Entries []*Entry
	Last    bool // the survey has read the account: principals that it did not see are gone
}

// kept is how long a replaced value is kept: a year of log files, and time to read them.
const kept = 400 * 24 * time.Hour

// Keep is [KeepPage], and [Confirm] of a last page.
func Keep(ctx context.Context, s record.Store, p Page) error {
	if err := KeepPage(ctx, s, p); err != nil || !p.Last {
		return err
	}
	return Confirm(ctx, s, map[string]time.Time{p.Account: p.BeganAt})
}

// Confirm stores when complete surveys of accounts began. One row has all accounts: call it once for many.
func Confirm(ctx context.Context, s record.Store, began map[string]time.Time) error {
	if len(began) == 0 {
		return nil
	}
	return record.UpdateRow(ctx, s, "complete surveys", confirmedKey(), func(was record.Stored[confirmed]) ([]record.Change, error) {
		all := confirmed{}
		maps.Copy(all, was.Value)
		maps.Copy(all, began)
		put, err := was.Put(all, time.Time{})
		return []record.Change{put}, err
	})
}

// KeepPage stores what differs from the stored values. It is idempotent. After an error no other page of the survey may
// be Last: it is incomplete. After a last page call [Confirm].
func KeepPage(ctx context.Context, s record.Store, p Page) error {
	rows, err := readAll(ctx, s, keysOf(p.Entries, surveyKey(p.Account), confirmedKey()))
	if err != nil {
		return err
	}
	saw, err := record.FindRow[surveyed](rows, surveyKey(p.Account))
	if err != nil {
		return err
	}
	whole, err := record.FindRow[confirmed](rows, confirmedKey())
	if err != nil {
		return err
	}
	now, gone := saw.Value.after(p)
	if len(gone) > 0 {
		more, err := readAll(ctx, s, keysOf(gone))
		if err != nil {
			return err
		}
		maps.Copy(rows, more)
		p.Entries = slices.Concat(p.Entries, gone)
	}
	changes, moved, err := p.changes(rows, whole.Value[p.Account])
	if err != nil {
		return err
	}
	now.Moved = maps.Clone(now.Moved)
	for _, id := range moved {
		if now.Moved == nil {
			now.Moved = map[string]time.Time{}
		}
		now.Moved[id] = record.Instant(p.ReadAt)
	}
	// Last: it says that the other rows are stored.
	put, err := saw.Put(now, time.Time{})
	if err != nil {
		return err
	}
	return writeAll(ctx, s, append(changes, put))
}

// after adds a page. gone are the values of principals that a complete survey did not see.
func (w surveyed) after(p Page) (_ surveyed, gone []*Entry) {
	if !w.Survey.Equal(p.BeganAt) {
		w.Unseen, w.Seen = slices.Concat(w.Seen, w.Unseen), nil
		w.Survey = p.BeganAt
	}
	seen := slices.Clone(w.Seen)
	for _, e := range p.Entries {
		if e.Value.Account != "" {
			seen = append(seen, e.Value.ID)
		}
	}
	slices.Sort(seen)
	w.Seen = slices.Compact(seen)
	w.Unseen = slices.DeleteFunc(slices.Clone(w.Unseen), func(id string) bool { _, there := slices.BinarySearch(w.Seen, id); return there })
	if p.Last {
		for _, id := range w.Unseen {
			gone = append(gone, Encode(Value{ID: id, Account: p.Account, Gone: true}))
		}
		w.Unseen = nil
	}
	return w, gone
}

// changes returns moved too: the principals that have another value than before.
func (p Page) changes(rows record.Rows, confirmed time.Time) (changes []record.Change, moved []string, err error) {
	since := record.Instant(p.ReadAt)
	for _, e := range p.Entries {
		if bytes.HasPrefix(rows[e.key].Body, e.begins) {
			continue
		}
		was, err := record.FindRow[stored](rows, e.key)
		if err != nil {
			return nil, nil, err
		}
		put, err := was.Put(stored{Hash: e.hash, Since: since, Value: e.text}, time.Time{})
		if err != nil {
			return nil, nil, err
		}
		if e.Value.ARN != "" {
			row, err := record.Encode(namedKey(e.Value.ARN), 1, named{e.Value.ID})
			if err != nil {
				return nil, nil, err
			}
			changes = append(changes, record.Change{If: record.Always, Row: row})
		}
		changes = append(changes, put)
		if old := was.Value; was.Exists() && old.Since.Before(since) {
			if e.Value.Account != "" && !e.Value.Gone {
				moved = append(moved, e.Value.ID)
			}
			if old.Until = confirmed; old.Until.Before(old.Since) {
				old.Until = old.Since
			}
			row, err := record.Encode(record.AccessKey(e.key.Partition, old.Since.Format(time.RFC3339)), 1, old)
			if err != nil {
				return nil, nil, err
			}
			row.Expires = since.Add(kept)
			changes = append(changes, record.Change{If: record.Always, Row: row})
		}
	}
	return changes, moved, nil
}

func keysOf(entries []*Entry, more ...record.Key) []record.Key {
	keys := make([]record.Key, 0, len(entries)+len(more))
	for _, e := range entries {
		keys = append(keys, e.key)
	}
	return append(keys, more...)
}

func readAll(ctx context.Context, s record.Store, keys []record.Key) (all record.Rows, err error) {
	for some := range slices.Chunk(keys, record.ReadAtOnce) {
		rows, err := s.Read(ctx, some...)
		if err != nil {
			return nil, fault.Wrap(err, "reading baselines")
		}
		if all == nil {
			all = rows
			continue
		}
		maps.Copy(all, rows)
	}
	return all, nil
}

// maxWrite is below what DynamoDB writes at once, 4 MB.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const maxWrite = 3 << 20

// writeAll writes in order. A value and the one that it replaces are one transaction.
func writeAll(ctx context.Context, s record.Store, changes []record.Change) error {
	for len(changes) > 0 {
		n, size := 0, 0
		for n < len(changes) && n < record.MaxChanges && size < maxWrite {
			size += changes[n].Row.Size()
			n++
		}
		if n < len(changes) && changes[n].Row.Key.Partition == changes[n-1].Row.Key.Partition {
			n--
		}
		if err := s.Write(ctx, changes[:n]...); err != nil {
			return fault.Wrap(err, "storing baselines")
		}
		changes = changes[n:]
	}
	return nil
}
