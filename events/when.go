package events

import (
	"encoding/json"
	"strconv"
	"time"
)

// layouts are the forms in which AWS writes instants in events:
//   - the envelope and most details
//   - alarms, whose offset has no colon
//   - Backup's expectedCompletionDate, in UTC
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "Jan 2, 2006 3:04:05 PM"}

// years in which an event can have happened: a number outside them is not in milliseconds, a text not an instant.
const firstYear, lastYear = 2000, 2999

// instant gives the instant at path, in UTC and whole seconds; zero where there is nothing, or null. A number is
// milliseconds since 1970, as in Step Functions and Batch.
func (e *envelope) instant(path string) (time.Time, error) {
	raw, err := e.look(path)
	if err != nil || raw == nil {
		return time.Time{}, err
	}
	t, ok := parseInstant(raw)
	if !ok || t.Year() < firstYear || t.Year() > lastYear {
		return time.Time{}, e.wrong(path, "want an instant, got "+short(string(raw)))
	}
	return t.Truncate(time.Second), nil
}

func parseInstant(raw json.RawMessage) (time.Time, bool) {
	if ms, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return time.UnixMilli(ms).UTC(), true
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return time.Time{}, false
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
