package detection

import "time"

// Key names a State.
type Key struct {
	Detection string
	Subject   string // principal, session, account or elevation
	Window    int64  // number of the time window; 0: the kind has none
}

// State is what a kind with a state remembers. It is small and bounded: Marks and Days have limits, Sketch is at most 8 KB.
type State struct {
	// Version is the History's own: the version of the stored row.
	Version int64     `json:"-"`
	Until   time.Time `json:"-"` // when the History may forget it

	Marks  []Mark          `json:"marks,omitempty"`  // burst and first, sorted by value
	Sketch []byte          `json:"sketch,omitempty"` // volume: hashes of event ids
	Days   map[int64]int64 `json:"days,omitempty"`   // volume: the highest count by day since 1970
	Last   int64           `json:"last,omitempty"`   // silence and dormant: the last event, seconds since 1970
	Woke   int64           `json:"woke,omitempty"`   // dormant: the event that hit
}

// Mark is one value that was seen.
type Mark struct {
	Value string `json:"value"` // its hash
	At    int64  `json:"at"`    // seconds since 1970
	Event string `json:"event"`
	Last  int64  `json:"last,omitempty"` // first: when it was seen last
	New   bool   `json:"new,omitempty"`  // first: it hit
}

// observation is one matched event, as the kinds with a state see it.
type observation struct {
	at    int64
	id    string // hash, unique for the event
	event string // id for people
	value string // hash
}
