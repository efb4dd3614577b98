package catalog

import (
	"fmt"
	"time"

	"curfew/shared/access"
)

// sinceYear: the zero time, which 0000-12-31 ends with, would mean no end.
const sinceYear = 1970

// readUntil reads an instant, or a date whose whole day in the catalog's zone is still within.
func (d *draft) readUntil(zone *time.Location) {
	v, there := d.get("until")
	if !there {
		return
	}
	s, ok := v.text()
	if day, err := time.ParseInLocation(time.DateOnly, s, zone); err == nil && day.Year() >= sinceYear {
		d.Until = day.AddDate(0, 0, 1).UTC()
		return
	}
	at, err := time.Parse(time.RFC3339, s)
	switch {
	case ok && (at.Year() < sinceYear || err != nil || at.UTC().Format(time.RFC3339) != s):
		v.report("%q is neither a date like 2026-12-31 nor an instant like 2026-12-31T18:00:00Z", s)
	case ok:
		d.Until = at.UTC()
	}
}

const endsSoon = 30 * 24 * time.Hour

func untilWarning(e access.Entitlement, now time.Time) string {
	at := e.Until.Format(time.RFC3339)
	switch {
	case e.Until.IsZero() || now.Add(endsSoon).Before(e.Until):
		return ""
	case !now.Before(e.Until):
		return fmt.Sprintf("until: it ended at %s, so all requests are denied: remove it, or decide on a new end", at)
	}
	return fmt.Sprintf("until: it ends at %s, within 30 days: its owners decide whether it stays", at)
}

// until compares: without an end is the latest.
func (d *diff) until(was, is access.Entitlement) {
	if was.Until.Equal(is.Until) {
		return
	}
	text := func(e access.Entitlement) string {
		if e.Until.IsZero() {
			return "none"
		}
		return e.Until.Format(time.RFC3339)
	}
	direction := Narrowed
	if is.Until.IsZero() || !was.Until.IsZero() && is.Until.After(was.Until) {
		direction = Widened
	}
	d.add(direction, "until: %s, was %s", text(is), text(was))
}
