package baseline

import (
	"slices"
	"time"

	"curfew/shared/record"
)

// version is a value and when IAM had it: from since, confirmed until.
type version struct {
	since, until time.Time
	Value
}

type history struct {
	store    record.Store
	from, to time.Time
	until    confirmed
	account  string
	versions map[string][]version // by id, oldest first; present but empty: nothing is stored
}

func (h *history) at(id string, t time.Time) (version, bool) {
	versions := h.versions[id]
	for i, v := range slices.Backward(versions) {
		if v.since.After(t) {
			continue
		}
		if i == len(versions)-1 {
			v.until = later(h.until[h.account], v.since)
		}
		return v, v.Unknown == "" && !v.Gone
	}
	return version{}, false
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
