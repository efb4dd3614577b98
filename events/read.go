package events

import "slices"

// Read gives what an event tells. The error is a [*ShapeError], with no Signal, or [ErrNotATask], with what the envelope
// says. Read never panics, whatever the bytes are, and keeps no part of raw.
func Read(raw []byte) (Signal, error) {
	e, err := open(raw)
	if err != nil {
		return Signal{}, err
	}
	s := Signal{State: Other, Source: e.source, At: e.at, ID: e.id, Account: e.account, Region: e.region}
	k, ok := kinds[header{e.source, e.detailType}]
	if !ok {
		return s, ErrNotATask
	}
	return k.read(e, s)
}

// Kind is what one source and detail-type can tell, for whoever writes a pattern of such events.
type Kind struct {
	Task    string   // the kind of task; empty: the event says it, in detail.kind
	StateAt []string // where the event's state may stand, as "detail.state"
	// Starts are the states by which a task starts, each with whether that was read in AWS's own text.
	Starts map[string]bool
}

// KindOf gives what the events of a source and detail-type tell; not ok if [Read] takes no notice of them.
func KindOf(source, detailType string) (of Kind, ok bool) {
	k, ok := kinds[header{source, detailType}]
	if !ok {
		return Kind{}, false
	}
	of = Kind{Task: k.task, StateAt: slices.Clone(k.state), Starts: map[string]bool{}}
	for state, m := range k.states {
		if m.state == Started {
			of.Starts[state] = m.confirmed
		}
	}
	return of, true
}
