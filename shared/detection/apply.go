package detection

import (
	"cmp"
	"reflect"
	"time"
)

// Keys are the keys of the States that the match needs.
func (m *Match) Keys() []Key {
	d, e := &m.detection.Detection, m.event
	key := func(by By, window int64) Key { return Key{d.Name, bounded(e.subject(by), maxText), window} }
	at := e.Record.Time.Unix()
	switch {
	case m.err != nil:
		return nil
	case d.Burst != nil:
		w := windowsOf(at, int64(d.Burst.Within.Seconds()))
		return []Key{key(d.Burst.By, w[0]), key(d.Burst.By, w[1])}
	case d.First != nil:
		return []Key{key(d.First.By, 0)}
	case d.Volume != nil:
		return []Key{key(d.Volume.By, windowsOf(at, int64(d.Volume.Within.Seconds()))[1]), key(d.Volume.By, usual)}
	case d.Silence != nil:
		return []Key{key(d.Silence.By, 0)}
	case d.Dormant != nil:
		return []Key{key(d.Dormant.By, 0)}
	}
	return nil
}

// usual is the window of the highest counts of a Volume. Windows of instants are not negative.
const usual = -1

// Apply returns the hits of matches with these States, and the States that changed. It is pure.
func Apply(matches []Match, states map[Key]State) (hits []Hit, changed map[Key]State) {
	changed = map[Key]State{}
	for i := range matches {
		m := &matches[i]
		keys := m.Keys()
		now := make([]State, len(keys))
		for j, k := range keys {
			was, ok := changed[k]
			if !ok {
				was = states[k]
			}
			now[j] = was
		}
		was := append([]State(nil), now...)
		events, isHit := m.apply(keys, now)
		if isHit {
			hits = append(hits, m.hit(events))
		}
		for j, k := range keys {
			if !reflect.DeepEqual(was[j], now[j]) {
				now[j].Until = m.until()
				changed[k] = now[j]
			}
		}
	}
	return hits, changed
}

func (m *Match) apply(keys []Key, states []State) (events []string, isHit bool) {
	d, e := &m.detection.Detection, m.event
	o := observation{at: e.Record.Time.Unix(), id: hash(e.id()), event: cmp.Or(bounded(e.Record.ID, maxShown), hash(e.id()))}
	value := func(of string) bool {
		text := valueAt(e.Record.Text, of)
		if of == ValueElevation {
			text = e.subject(ByElevation)
		}
		o.value = hash(text)
		return text != ""
	}
	switch {
	case m.err != nil:
		return nil, true
	case d.Burst != nil:
		if d.Burst.Distinct > 0 && !value(d.Burst.Of) {
			return nil, false
		}
		for i := range states {
			if found := d.Burst.add(&states[i], keys[i].Window, o); found != nil {
				events = found
			}
		}
		return events, events != nil
	case d.First != nil:
		return nil, value(d.First.Of) && d.First.add(&states[0], o)
	case d.Volume != nil:
		return nil, d.Volume.add(&states[0], &states[1], o)
	case d.Silence != nil:
		d.Silence.add(&states[0], o)
		return nil, false
	case d.Dormant != nil:
		return nil, d.Dormant.add(&states[0], o)
	}
	return nil, true
}

func (m *Match) hit(events []string) Hit {
	d := &m.detection.Detection
	if m.err != nil {
		return d.failure(m.event, m.err)
	}
	by := ByPrincipal
	if d.Burst != nil {
		by = d.Burst.By
	}
	h := d.hit(m.event, m.event.subject(by))
	if events != nil {
		h.Events = events
	}
	if m.detection.when.reads("ofOther") && m.event.OfOther != "" { // another session of the principal ends nothing
		h.Elevation, h.Answer = m.event.OfOther, ""
	}
	return h
}

// longestElevation is a year, and time to read its records: a call of the first day must be known at the end.
const longestElevation = 400 * 24 * time.Hour

// until is when the State may be forgotten. Records come days late at most.
func (m *Match) until() time.Time {
	const late = 2 * 24 * time.Hour
	d, at := &m.detection.Detection, m.event.Record.Time
	switch {
	case d.Burst != nil:
		return at.Add(2*d.Burst.Within + late)
	case d.First != nil:
		return at.Add(d.First.For + late)
	case d.Volume != nil:
		return at.Add(maxDays*24*time.Hour + late)
	case d.Silence != nil:
		return at.Add(longestElevation + d.Silence.For)
	case d.Dormant != nil:
		return at.Add(4 * d.Dormant.For)
	}
	return at
}

func compareKeys(a, b Key) int {
	return cmp.Or(cmp.Compare(a.Detection, b.Detection), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Window, b.Window))
}
