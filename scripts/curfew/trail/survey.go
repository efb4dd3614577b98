package trail

import (
	"errors"
	"io"
	"strings"
	"time"

	"curfew/shared/trail"
)

// Survey is what a first look at the files finds: which elevations may matter.
type Survey struct {
	From, To   time.Time // of the records; zero: no record has a time
	principals map[string]bool
}

// Concerns reports whether an elevation may be behind one of the records: its principal called, while it had the grant or shortly after.
func (s *Survey) Concerns(principalID string, granted, over time.Time) bool {
	return s.principals[principalID] && !granted.After(s.To) && !over.Add(aftermath).Before(s.From)
}

// aftermath is longer than IAM takes to enforce a removal everywhere.
const aftermath = 10 * time.Minute

// Look reads all files once. tell is told the bytes that were read, and ends the reading by an error.
func Look(files []File, tell func(n int) error) (*Survey, error) {
	s := &Survey{principals: map[string]bool{}}
	var r trail.Reader
	err := readAll(&r, files, nil, tell, func(r *trail.Record) error {
		if id := r.Identity.Actor().PrincipalID; id != "" && !s.principals[id] {
			s.principals[strings.Clone(id)] = true
		}
		switch {
		case r.Time.IsZero():
			return nil
		case s.From.IsZero():
			s.From, s.To = r.Time, r.Time
		case r.Time.Before(s.From):
			s.From = r.Time
		case r.Time.After(s.To):
			s.To = r.Time
		}
		return nil
	})
	return s, err
}

// readAll reads files one after the other. A file that cannot be opened is counted, and stops nothing.
func readAll(r *trail.Reader, files []File, in io.Reader, tell func(n int) error, each func(*trail.Record) error) error {
	for _, f := range files {
		content, err := openFile(f, in)
		if err != nil {
			if err := r.Read(f.name(), failing{err}, each); err != nil {
				return err
			}
			continue
		}
		var stopped error
		err = r.Read(f.name(), metered{content, func(n int) error { stopped = tell(n); return stopped }}, each)
		content.Close()
		if err = errors.Join(stopped, err); err != nil {
			return err
		}
	}
	return nil
}

// failing is a file that cannot be read.
type failing struct{ error }

// Read fails.
func (f failing) Read([]byte) (int, error) { return 0, f.error }
