package detection

import (
	"fmt"
	"time"
)

// add notes an event, to a quarter of the time, which saves writes.
func (q *Silence) add(s *State, o observation) {
	if o.at > s.Last+int64(q.For.Seconds())/4 {
		s.Last = o.at
	}
}

// add notes an event. It reports a hit if none came for the time; a repeated event hits again. A subject never seen is
// not dormant.
func (q *Dormant) add(s *State, o observation) bool {
	lasts := int64(q.For.Seconds())
	switch {
	case s.Last != 0 && o.at > s.Last+lasts:
		s.Woke, s.Last = o.at, o.at
	case o.at > s.Last+lasts/32: // fewer writes
		s.Last = o.at
	}
	return s.Woke != 0 && o.at == s.Woke
}

func (q *Silence) isSilent(s State, since, now time.Time) bool {
	if q.By == ByElevation && s.Last != 0 {
		return false
	}
	last := since
	if seen := time.Unix(s.Last, 0); s.Last != 0 && seen.After(last) {
		last = seen
	}
	return !now.Before(last.Add(q.For))
}

func (d *Detection) silent(subject string, since, now time.Time) Hit {
	h := Hit{
		Kind: KindDetection, Detection: d.Name, Severity: d.Severity, Subject: d.Name + " " + visible(subject), At: now, Why: d.Why, Do: d.Do, DryRun: d.DryRun,
		What: fmt.Sprintf("%s: no event of %s %s since %s", d.About, d.Silence.By, visible(subject), since.UTC().Format(time.RFC3339)),
	}
	switch d.Silence.By {
	case ByAccount:
		h.Account = subject
	case ByElevation:
		h.Elevation, h.Events = subject, []string{"end of " + subject} // a repetition is no other occurrence
	}
	return h
}
