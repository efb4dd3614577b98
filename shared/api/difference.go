package api

import (
	"time"

	"curfew/shared/difference"
)

// Difference is what a grant adds to what its principal has today.
type Difference struct {
	Actions int       `json:"actions"`           // that it adds, on some resource
	Line    string    `json:"line"`              // all of it in one line
	Lines   []string  `json:"lines"`             // at most 12: by service and resources; what AWS would refuse
	Risky   []Risky   `json:"risky"`             // the worst first
	Refused int       `json:"refused"`           // actions that the boundary or a Deny refuses
	Risk    int       `json:"risk"`              // 1 to 10
	Reasons []string  `json:"reasons"`           // of the risk
	Unknown string    `json:"unknown,omitempty"` // why the principal's policies are not known: everything counts as new
	SeenAt  time.Time `json:"seen_at,omitzero"`  // when a survey last saw the principal's policies as they are compared
	Hash    string    `json:"hash"`              // of it without SeenAt; see [Decide.Seen]
}

// Risky is a kind of risky actions that a grant adds.
type Risky struct {
	Kind    string   `json:"kind"`
	Does    string   `json:"does"`
	Count   int      `json:"count"`
	Actions []string `json:"actions"` // the first 20
	Text    string   `json:"text"`    // in one line
}

func differenceOf(d *difference.Difference) *Difference {
	if d == nil {
		return nil
	}
	v := &Difference{Actions: d.Actions, Line: d.Line(), Lines: list(d.Adds), Risky: []Risky{}, Refused: d.Refused, Risk: d.Risk, Reasons: list(d.Reasons), Unknown: d.Unknown, SeenAt: d.SeenAt, Hash: d.Hash()}
	for _, r := range d.Risky {
		v.Risky = append(v.Risky, Risky{string(r.Kind), r.Does, r.Count, list(r.Actions), r.String()})
	}
	return v
}
