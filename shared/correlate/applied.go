package correlate

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"curfew/shared/record"
)

// Files are the log files of the trails. One trail records each account.
type Files interface {
	// List returns the names of an account's log files of one day (UTC), of all Regions.
	List(ctx context.Context, account string, day time.Time) ([]string, error)
	// Open returns a file as it is stored: gzip. Close it.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
}

const (
	// days back are listed each time: CloudTrail may be late.
	days = 2
	// spare is the time left in a pass at which it begins no more files.
	spare = 20 * time.Second
)

// hasTime reports whether a pass may begin more.
func hasTime(ctx context.Context) bool {
	end, ok := ctx.Deadline()
	return !ok || time.Until(end) >= spare
}

// done is a row: which files of an account and day were applied, in parts by the hash of their names.
type done struct {
	Files idSet `json:"files"`
	Texts idSet `json:"texts"` // names with the hashes of the texts
}

// parts keep a row small: 17 Regions have 5,000 files a day, a busy account more.
const parts = 16

func partOf(name string) int { return int(fileID(name)[idSize]) % parts }

func doneKey(account string, day time.Time, part int) record.Key {
	return record.AccessKey("usage#files-"+account, fmt.Sprintf("%s#%02d", day.Format(time.DateOnly), part))
}

// textID is the id of a file with the hash of its text, in hex.
func textID(name, hash string) [16]byte { return fileID(name + " " + hash) }

func fileID(name string) (id [16]byte) {
	sum := sha256.Sum256([]byte(name))
	copy(id[:], sum[:])
	return id
}

func (s *Service) doneFiles(ctx context.Context, account string, day time.Time) (all [parts]done, err error) {
	var keys []record.Key
	for part := range parts {
		keys = append(keys, doneKey(account, day, part))
	}
	rows, err := s.Store.Read(ctx, keys...)
	for part, key := range keys {
		was, bad := record.FindRow[done](rows, key)
		all[part], err = was.Value, errors.Join(err, bad)
	}
	return all, err
}

// appliedFile is a file with the hash of its text, in hex; empty: not read whole.
type appliedFile struct{ name, hash string }

// noteFiles notes applied files. After a crash before it they are applied again: counts are idempotent.
func (s *Service) noteFiles(ctx context.Context, account string, day time.Time, files []appliedFile) error {
	in := map[int][]appliedFile{}
	for _, f := range files {
		in[partOf(f.name)] = append(in[partOf(f.name)], f)
	}
	var failed error
	for part, files := range in {
		failed = errors.Join(failed, record.UpdateRow(ctx, s.Store, "applied files", doneKey(account, day, part), func(was record.Stored[done]) ([]record.Change, error) {
			was.Value.Files, was.Value.Texts = slices.Clone(was.Value.Files), slices.Clone(was.Value.Texts)
			for _, f := range files {
				was.Value.Files.insert(fileID(f.name))
				if f.hash != "" {
					was.Value.Texts.insert(textID(f.name, f.hash))
				}
			}
			put, err := was.Put(was.Value, day.AddDate(0, 0, days+7))
			return []record.Change{put}, err
		}))
	}
	return failed
}
