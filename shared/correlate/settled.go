package correlate

import (
	"slices"
	"time"

	"curfew/shared/record"
)

// lateness is how long after an hour its files are taken for complete.
const lateness = 2 * time.Hour

// applied is a row: how far an account's files were applied.
type applied struct {
	Settled time.Time `json:"settled,omitzero"` // every hour before it is complete, but those of Unproven
	// Recorded is the end of the last day whose usage is evidence.
	Recorded time.Time `json:"recorded,omitzero"`
	// Unproven are hours without all files applied in time.
	Unproven []unproven `json:"unproven,omitempty"`
}

type unproven struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// mostUnproven bounds the spans that are kept, the newest.
const mostUnproven = 100

// settles reports whether an hour is complete. A name of [byHour] begins with its hour.
func (a applied) settles(name string) bool {
	at, err := time.Parse(hourForm, name[:min(len(name), len(hourForm))])
	if err != nil || !at.Before(a.Settled) {
		return false
	}
	return len(a.unproven(at, at.Add(time.Hour))) == 0
}

// unproven returns the spans that are unproven between two instants.
func (a applied) unproven(from, to time.Time) []unproven {
	return slices.DeleteFunc(slices.Clone(a.Unproven), func(u unproven) bool { return !u.From.Before(to) || !from.Before(u.To) })
}

func appliedKey(account string) record.Key { return record.AccessKey("usage#files", account) }

func (a *applied) add(u unproven) {
	if last := len(a.Unproven) - 1; last >= 0 && !a.Unproven[last].To.Before(u.From) {
		a.Unproven[last].To = u.To
		return
	}
	a.Unproven = append(slices.Clone(a.Unproven), u)
	a.Unproven = a.Unproven[max(0, len(a.Unproven)-mostUnproven):]
}
