package correlate

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"sync"
	"time"

	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/trail"
)

// atOnce bounds the rows of one write: ten of the largest fit in a transaction of 4 MB.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const atOnce = 10

// judged is a record with its verdict.
type judged struct {
	*trail.Record
	verdict trail.Verdict
	subject string   // empty: it counts for nothing
	perhaps []string // subjects that it may have counted for before
	index   int      // of its message
}

// counter is safe for concurrent use.
type counter struct {
	record.Base

	marker marker

	mu     sync.Mutex // guards the field below
	secret trail.Key
}

type counting struct {
	judged
	elsewhere bool // its call counts for another subject
}

// count stores the counts of records. Order and repetition do not matter. It calls fails for each record whose count
// may not be stored.
func (s *counter) count(ctx context.Context, route Route, all []judged, fails func(judged, error)) {
	at := map[place][]counting{}
	for _, j := range all {
		if j.subject != "" {
			p := placeOf(j.subject, route, j.Record)
			at[p] = append(at[p], counting{judged: j})
		}
	}
	if route == ByFiles {
		if err := s.addElsewhere(ctx, all, at); err != nil {
			for _, j := range all {
				fails(j, err)
			}
			return
		}
	}
	for some := range slices.Chunk(slices.Collect(maps.Keys(at)), atOnce) {
		s.countSome(ctx, some, at, fails)
	}
}

// countSome counts at some places. If one fails, the others are stored.
func (s *counter) countSome(ctx context.Context, some []place, at map[place][]counting, fails func(judged, error)) {
	err := s.countAt(ctx, some, at)
	if fault.KindOf(err) == fault.Invalid && len(some) > 1 {
		for i := range some {
			s.countSome(ctx, some[i:i+1], at, fails)
		}
		return
	}
	if err == nil {
		return
	}
	for _, p := range some {
		for _, j := range at[p] {
			fails(j.judged, err)
		}
	}
}

// addElsewhere adds the records that the bus counted for another subject, when less was known of the elevation's end or
// the principal's own policies.
func (s *counter) addElsewhere(ctx context.Context, all []judged, at map[place][]counting) error {
	perhaps := map[place][]judged{}
	for _, j := range all {
		for _, subject := range j.perhaps {
			if subject != j.subject {
				p := placeOf(subject, ByBus, j.Record)
				perhaps[p] = append(perhaps[p], j)
			}
		}
	}
	for some := range slices.Chunk(slices.Collect(maps.Keys(perhaps)), record.ReadAtOnce) {
		var keys []record.Key
		for _, p := range some {
			keys = append(keys, p.key())
		}
		rows, err := s.Store.Read(ctx, keys...)
		if err != nil {
			return err
		}
		for i, p := range some {
			was, err := record.FindRow[tally](rows, keys[i])
			if err != nil {
				return err
			}
			for _, j := range perhaps[p] {
				if was.Value.IDs.has(j.Key()) {
					in := place{p.subject, p.hour, p.shard, ByFiles}
					at[in] = append(at[in], counting{j, true})
				}
			}
		}
	}
	return nil
}

func (s *counter) countAt(ctx context.Context, places []place, at map[place][]counting) error {
	var keys []record.Key
	var marks map[record.Key]marked
	for _, p := range places {
		keys = append(keys, p.key())
	}
	secret, err := s.key(ctx)
	if err != nil {
		return err
	}
	read := func(ctx context.Context) (record.Rows, error) { return s.Store.Read(ctx, keys...) }
	err = record.Update(ctx, s.Store, "usage", read, func(rows record.Rows) (changes []record.Change, err error) {
		marks = map[record.Key]marked{}
		for i, p := range places {
			was, err := record.FindRow[tally](rows, keys[i])
			if err != nil {
				return nil, err
			}
			t, changed := was.Value.with(secret), false
			for _, j := range at[p] {
				if j.elsewhere {
					changed = t.addElsewhere(j.Record) || changed
				} else {
					changed = t.add(p.route, j.Record, &j.verdict) || changed
				}
			}
			if !changed {
				continue
			}
			put, err := was.Put(t, time.Unix(p.hour*3600, 0).Add(keptFor))
			if err != nil {
				return nil, err
			}
			changes = append(changes, put)
			s.marker.mark(marks, p, at[p][0].Record, s.Now())
		}
		return putMarks(changes, marks)
	})
	if err == nil {
		s.marker.remember(marks)
	}
	return err
}

func keyRow() record.Key { return record.AccessKey("usage#key", "key") }

type secret struct {
	Key trail.Key `json:"key"`
}

// key returns the secret that chooses the names that full tables keep. It is made at first use.
func (s *counter) key(ctx context.Context) (trail.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.secret != (trail.Key{}) {
		return s.secret, nil
	}
	err := record.UpdateRow(ctx, s.Store, "usage key", keyRow(), func(was record.Stored[secret]) ([]record.Change, error) {
		if s.secret = was.Value.Key; was.Exists() {
			return nil, nil
		}
		if _, err := rand.Read(s.secret[:]); err != nil {
			return nil, err
		}
		put, err := was.Put(secret{s.secret}, time.Time{})
		return []record.Change{put}, err
	})
	if err != nil {
		s.secret = trail.Key{}
	}
	return s.secret, err
}
