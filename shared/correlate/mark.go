package correlate

import (
	"cmp"
	"sync"
	"time"

	"curfew/shared/record"
	"curfew/shared/trail"
)

// marked is a row: a subject has calls in a day that may not be evidence yet.
type marked struct {
	Principal string `json:"principal"` // ARN
	Elevation string `json:"elevation,omitempty"`
	Changed   int64  `json:"changed"` // nanoseconds since 1970
}

// marker marks the days of subjects. It is safe for concurrent use.
type marker struct {
	mu    sync.Mutex // guards the field below
	known map[record.Key]bool
}

// mostMarked bounds the memory.
const mostMarked = 10_000

func marksPartition(account string) string { return "usage#on-" + account }

func markSort(day time.Time, subject string) string { return day.Format(time.DateOnly) + "#" + subject }

// mark adds the mark of a place that is about to change. Before the day can be evidence, one mark of it is enough.
func (s *marker) mark(marks map[record.Key]marked, p place, r *trail.Record, now time.Time) {
	day, actor := time.Unix(p.hour*3600, 0).UTC().Truncate(24*time.Hour), r.Identity.Actor()
	key := record.AccessKey(marksPartition(cmp.Or(r.Identity.Account, r.Account)), markSort(day, p.subject))
	s.mu.Lock()
	known := s.known[key]
	s.mu.Unlock()
	if known && now.Before(day.AddDate(0, 0, 1).Add(lateness/2)) { // half: a clock may be behind
		return
	}
	m := marked{Principal: cmp.Or(actor.ARN, actor.PrincipalID), Changed: now.UnixNano()}
	if p.subject != actor.PrincipalID {
		m.Elevation = p.subject
	}
	marks[key] = m
}

func putMarks(changes []record.Change, marks map[record.Key]marked) ([]record.Change, error) {
	for key, m := range marks {
		row, err := record.Encode(key, 1, m)
		if err != nil {
			return nil, err
		}
		row.Expires = time.Unix(0, m.Changed).Add(keptFor)
		changes = append(changes, record.Change{Row: row})
	}
	return changes, nil
}

// remember keeps the marks that are stored.
func (s *marker) remember(marks map[record.Key]marked) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) > mostMarked {
		s.known = map[record.Key]bool{}
	}
	for key := range marks {
		s.known[key] = true
	}
}
