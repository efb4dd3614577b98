package simulation

import (
	"cmp"
	"slices"
	"time"

	"curfew/shared/access"
)

// excused reports whether somebody's own hand, or a restore, explains what is there, as long as the sweep may take. What
// disturbs the sweep meanwhile prolongs that.
func (o *oracle) excused(t *tracked, now time.Time) bool {
	since := t.handAt
	if t.forgotten && o.restoredAt.After(since) {
		since = o.restoredAt
	}
	return !since.IsZero() && now.Before(o.reach(o.w.ids[t.id], since, now, o.mending(t)).Add(o.mending(t)))
}

// mending is how long it may take to mend what somebody did to an elevation, or a restore.
func (o *oracle) mending(t *tracked) time.Duration {
	if t.is.State.Open() {
		return mending
	}
	return mending + access.DefaultSettings().SurveyEvery
}

// reach is the last instant at which something was wrong that has to do with this elevation, from an instant on: troubles
// that follow upon each other within the time that mending may take are one.
func (o *oracle) reach(n int, from, upTo time.Time, within time.Duration) time.Time {
	last := from
	troubles := o.w.gate.troublesOf(n, upTo)
	slices.SortFunc(troubles, func(a, b disturbance) int { return cmp.Compare(a.from.UnixNano(), b.from.UnixNano()) })
	for _, d := range troubles {
		if !d.from.After(last.Add(within)) && d.until.After(last) {
			last = d.until
		}
	}
	return last
}
