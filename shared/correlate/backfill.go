package correlate

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"time"

	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/trail"
)

// Files are the log files of the trails. One trail records each account.
type Files interface {
	// List returns the names of an account's log files of one day (UTC), of all Regions.
	List(ctx context.Context, account string, day time.Time) ([]string, error)
	// Open returns a file as it is stored: gzip. Close it.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
}

// BackfillResult says what one pass did.
type BackfillResult struct {
	Outcome
	Files int `json:"files"` // applied now
	Left  int `json:"left"`  // files for the next pass
}

const (
	// days back are listed each time: CloudTrail may deliver late.
	days = 2
	// lateness is how long after an hour its files are taken for complete.
	lateness = 2 * time.Hour
	// spare is left of the time of a pass when it begins no other file.
	spare = 20 * time.Second
	// batch bounds the records in memory.
	batch = 2000
	// noted bounds the files that a crash repeats. The row grows with the day: each write costs up to 50 units.
	noted = 100
)

// applied is a row: how far the files of one account were applied.
type applied struct {
	Settled time.Time `json:"settled,omitzero"` // every hour before it is complete
}

func appliedKey(account string) record.Key { return record.AccessKey("usage#files", account) }

// done is a row: which files of one account and day were applied.
type done struct {
	Files idSet `json:"files"` // by the hash of their names
}

func doneKey(account string, day time.Time) record.Key {
	return record.AccessKey("usage#files-"+account, day.Format(time.DateOnly))
}

func fileID(name string) (id [16]byte) {
	sum := sha256.Sum256([]byte(name))
	copy(id[:], sum[:])
	return id
}

// Backfill applies the log files of the last two days that were not applied yet, until the time of ctx is nearly over. A file that
// cannot be read is tried again by the next pass.
func (s *Service) Backfill(ctx context.Context, files Files) (r BackfillResult, err error) {
	began := s.Now()
	for _, account := range s.accounts {
		left := r.Left
		var failed error
		for back := range days {
			day := began.UTC().Truncate(24*time.Hour).AddDate(0, 0, -back)
			failed = errors.Join(failed, s.backfillDay(ctx, files, account, day, &r))
		}
		if failed == nil && r.Left == left {
			failed = s.settle(ctx, account, began.Add(-lateness).Truncate(time.Hour))
		}
		err = errors.Join(err, fault.Wrap(failed, "the log files of account %s", account))
	}
	return r, err
}

func (s *Service) backfillDay(ctx context.Context, files Files, account string, day time.Time, r *BackfillResult) error {
	names, err := files.List(ctx, account, day)
	if err != nil {
		return err
	}
	key := doneKey(account, day)
	was, err := record.Get[done](ctx, s.Store, key)
	if err != nil {
		return err
	}
	var failed error
	var applied []string
	for _, name := range names {
		if was.Value.Files.has(fileID(name)) {
			continue
		}
		if end, ok := ctx.Deadline(); ok && time.Until(end) < spare {
			r.Left++
			continue
		}
		if err := s.applyFile(ctx, files, account, name, r); err != nil {
			failed = cmp.Or(failed, err) // the others may be well
			r.Left++
			continue
		}
		r.Files++
		if applied = append(applied, name); len(applied) == noted {
			if err := s.noteFiles(ctx, key, day, applied); err != nil {
				return errors.Join(failed, err)
			}
			applied = nil
		}
	}
	return errors.Join(failed, s.noteFiles(ctx, key, day, applied))
}

// noteFiles notes that files were applied. After a crash before it they are applied again, and their ids are found.
func (s *Service) noteFiles(ctx context.Context, key record.Key, day time.Time, names []string) error {
	if len(names) == 0 {
		return nil
	}
	return record.UpdateRow(ctx, s.Store, "applied files", key, func(was record.Stored[done]) ([]record.Change, error) {
		was.Value.Files = slices.Clone(was.Value.Files)
		for _, name := range names {
			was.Value.Files.insert(fileID(name))
		}
		put, err := was.Put(was.Value, day.AddDate(0, 0, days+7))
		return []record.Change{put}, err
	})
}

// applyFile counts the records of a file. After a crash it counts them again, and finds their ids.
func (s *Service) applyFile(ctx context.Context, files Files, account, name string, r *BackfillResult) error {
	content, err := files.Open(ctx, name)
	if err != nil {
		return err
	}
	defer content.Close()
	var reader trail.Reader
	var all []judged
	flush := func() error {
		var failed error
		o, err := s.take(ctx, ByFiles, all, func(_ judged, err error) { failed = cmp.Or(failed, err) })
		r.Outcome.add(o)
		all = nil
		return cmp.Or(err, failed)
	}
	err = reader.Read(name, content, func(rec *trail.Record) error {
		if rec.Account != account { // a file of one account says nothing of others
			r.Refused++
			return nil
		}
		all = append(all, judged{Record: rec.Clone()})
		if len(all) < batch {
			return nil
		}
		return flush()
	})
	return errors.Join(err, flush())
}

// settle notes that every hour before an instant is complete.
func (s *Service) settle(ctx context.Context, account string, until time.Time) error {
	return record.UpdateRow(ctx, s.Store, "applied files", appliedKey(account), func(was record.Stored[applied]) ([]record.Change, error) {
		if !until.After(was.Value.Settled) {
			return nil, nil
		}
		put, err := was.Put(applied{until}, time.Time{})
		return []record.Change{put}, err
	})
}
