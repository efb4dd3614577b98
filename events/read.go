package events

import "slices"

// Read returns what an event reports. The error is a [*ShapeError] without a Signal, or [ErrNotATask] with one. Read
// keeps no part of raw.
func Read(raw []byte) (Signal, error) {
	e, err := openEnvelope(raw)
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

// Kind is what events of one source and detail-type report.
type Kind struct {
	Task    string
	StateAt []string // paths of the state, such as "detail.state"
	// Starts maps states that start a task to whether AWS's documents confirm them.
	Starts map[string]bool
}

// KindOf returns what events of this source and detail-type report; !ok if none.
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
