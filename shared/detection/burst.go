package detection

import (
	"cmp"
	"slices"
)

// Windows of a burst are twice as long as its time and begin every such time. So every span of that time is inside a
// window and contains its middle. Of each value only the last event before the middle and the first after it matter.
// Without a hit a window has fewer than 2n values: the State is bounded, and the order of events does not matter.

// windowsOf are the two windows of an instant, by number.
func windowsOf(at, within int64) [2]int64 {
	k := at / within
	if at%within < 0 {
		k--
	}
	return [2]int64{k - 1, k}
}

// add counts an event in one window. It returns the event ids of a burst, or nil.
func (b *Burst) add(s *State, window int64, o observation) []string {
	within := int64(b.Within.Seconds())
	middle := (window + 1) * within
	need := max(b.Events, b.Distinct)
	if hit := burstIn(s.Marks, need, within, middle); hit != nil {
		return hit
	}
	value := o.value
	if b.Events > 0 {
		value = o.id
	}
	before := o.at <= middle
	at := slices.IndexFunc(s.Marks, func(m Mark) bool { return m.Value == value && (m.At <= middle) == before })
	switch {
	case at < 0:
		s.Marks = append(slices.Clone(s.Marks), Mark{Value: value, At: o.at, Event: o.event})
		slices.SortFunc(s.Marks, func(a, b Mark) int { return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(a.At, b.At)) })
	case before == (o.at > s.Marks[at].At) && o.at != s.Marks[at].At:
		s.Marks = slices.Clone(s.Marks)
		s.Marks[at] = Mark{Value: value, At: o.at, Event: o.event}
	}
	return burstIn(s.Marks, need, within, middle)
}

// burstIn returns the events of a span with enough values. It tries spans that begin at an event before the middle, or
// at the middle.
func burstIn(marks []Mark, need int, within, middle int64) []string {
	if len(marks) < need {
		return nil
	}
	begins := []int64{middle}
	for _, m := range marks {
		if m.At < middle {
			begins = append(begins, m.At)
		}
	}
	slices.Sort(begins)
	for _, from := range begins {
		var events []string
		values, last := 0, ""
		for _, m := range marks {
			if m.At < from || m.At > from+within || m.Value == last {
				continue
			}
			values, last = values+1, m.Value
			events = append(events, m.Event)
		}
		if values >= need {
			slices.Sort(events)
			return events
		}
	}
	return nil
}
