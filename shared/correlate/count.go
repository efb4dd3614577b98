package correlate

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"curfew/shared/record"
	"curfew/shared/trail"
)

// keptFor is how long usage is stored.
const keptFor = 400 * 24 * time.Hour

// atOnce bounds the rows of one write: ten of the largest fit in a transaction of 4 MB.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const atOnce = 10

// judged is a record with its verdict.
type judged struct {
	*trail.Record
	verdict trail.Verdict
	subject string
	index   int // of its message
}

// count stores the counts of records. The order of records and repetition do not matter. It calls fails for each record whose
// count may not be stored.
func (s *Service) count(ctx context.Context, route Route, all []judged, fails func(judged, error)) {
	at := map[place][]judged{}
	var places []place
	for _, j := range all {
		p := placeOf(j.subject, route, j.Record)
		if at[p] == nil {
			places = append(places, p)
		}
		at[p] = append(at[p], j)
	}
	for some := range slices.Chunk(places, atOnce) {
		if err := s.countAt(ctx, some, at); err != nil {
			for _, p := range some {
				for _, j := range at[p] {
					fails(j, err)
				}
			}
		}
	}
}

func (s *Service) countAt(ctx context.Context, places []place, at map[place][]judged) error {
	var keys []record.Key
	for _, p := range places {
		keys = append(keys, p.key())
	}
	secret, err := s.key(ctx)
	if err != nil {
		return err
	}
	read := func(ctx context.Context) (record.Rows, error) { return s.Store.Read(ctx, keys...) }
	return record.Update(ctx, s.Store, "usage", read, func(rows record.Rows) (changes []record.Change, err error) {
		for i, p := range places {
			was, err := record.FindRow[tally](rows, keys[i])
			if err != nil {
				return nil, err
			}
			t, changed := was.Value.with(secret), false
			for _, j := range at[p] {
				changed = t.add(p.route, j.Record, &j.verdict) || changed
			}
			if !changed {
				continue
			}
			put, err := was.Put(t, time.Unix(p.hour*3600, 0).Add(keptFor))
			if err != nil {
				return nil, err
			}
			changes = append(changes, put)
		}
		return changes, nil
	})
}

// keyRow is the secret that chooses the names that full tables keep.
func keyRow() record.Key { return record.AccessKey("usage#key", "key") }

// key returns the installation's secret, made at first use.
func (s *Service) key(ctx context.Context) (trail.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.secret != (trail.Key{}) {
		return s.secret, nil
	}
	err := record.UpdateRow(ctx, s.Store, "usage key", keyRow(), func(was record.Stored[trail.Key]) ([]record.Change, error) {
		if s.secret = was.Value; was.Exists() {
			return nil, nil
		}
		if _, err := rand.Read(s.secret[:]); err != nil {
			return nil, err
		}
		put, err := was.Put(s.secret, time.Time{})
		return []record.Change{put}, err
	})
	if err != nil {
		s.secret = trail.Key{}
	}
	return s.secret, err
}
