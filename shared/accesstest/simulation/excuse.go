package simulation

import (
	"cmp"
	"slices"
	"time"

	"curfew/shared/access"
)

// isExcused reports whether a change by hand or a restore explains what is in IAM, within the time of the sweep. Faults
// of the sweep extend that time.
func (o *oracle) isExcused(t *tracked, now time.Time) bool {
	since := t.handAt
	if t.forgotten && o.restoredAt.After(since) {
		since = o.restoredAt
	}
	return !since.IsZero() && now.Before(o.lastTrouble(o.w.ids[t.id], since, now, o.repairTime(t)).Add(o.repairTime(t)))
}

// repairTime is how long the repair of a change by hand or of a restore may take.
func (o *oracle) repairTime(t *tracked) time.Duration {
	if t.is.State.Open() {
		return repairTime
	}
	return repairTime + access.DefaultSettings().SurveyEvery
}

// lastTrouble returns the end of the last trouble of this elevation, from an instant on. Troubles that follow each
// other within that time count as one.
func (o *oracle) lastTrouble(n int, from, upTo time.Time, within time.Duration) time.Time {
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
