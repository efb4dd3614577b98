package trail

import (
	"io"

	"curfew/shared/trail"
)

// Each gives all records of files to each, and returns whether something could not be read that may have been a record. tell is Input's.
func Each(files []File, in io.Reader, tell func(n int) error, each func(*trail.Record)) (gaps bool, err error) {
	var r trail.Reader
	err = readAll(&r, files, in, tell, func(record *trail.Record) error {
		each(record)
		return nil
	})
	for reason, n := range r.Counts.Unread {
		if n > 0 && reason != trail.Digest && reason != trail.Insight {
			gaps = true
		}
	}
	return gaps, err
}
