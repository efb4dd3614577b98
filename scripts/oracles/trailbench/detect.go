package main

import (
	"fmt"
	"io"

	"curfew/shared/catalog"
	"curfew/shared/detection"
	"curfew/shared/trail"
)

// watch judges with the detections of the example catalog.
type watch struct {
	set   *detection.Set
	asks  func(*detection.Event) // nil: judge
	found int
}

func newWatch() (*watch, error) {
	c, err := catalog.Load(catalog.Example())
	if err != nil {
		return nil, err
	}
	set, err := detection.Compile(c.Detections())
	return &watch{set: set}, err
}

// detect reads, attributes and judges, without the states of bursts and the like.
func (w *watch) detect(text []byte, rights *trail.Rights) error {
	l := trail.NewLedger(rights, trail.Key{})
	var e detection.Event
	var had detection.Elevation
	return read(text, func(r *trail.Record) error {
		v, _ := l.Add(r)
		e = detection.Event{Record: r, Verdict: v, Who: trail.Who{Kind: trail.WhoUser}, Class: detection.Other, Origin: detection.OriginKnown}
		if v.Right != trail.Other && v.Right != trail.Service {
			e.Class = detection.Marked
		}
		if g := v.Grant; g != nil {
			had = detection.Elevation{ID: g.Elevation, State: "active", Binding: detection.BoundHere, Deadline: g.Deadline}
			e.Elevation = &had
		}
		if w.asks != nil {
			w.asks(&e)
			return nil
		}
		w.found += len(w.set.Match(&e))
		return nil
	})
}

// print says how much there was to judge.
func (w *watch) print(out io.Writer, text []byte, rights *trail.Rights) error {
	events, asked, times := 0, 0, 0
	w.asks = func(e *detection.Event) {
		events++
		if n := w.set.Asked(e); n > 0 {
			asked++
			times += n
		}
	}
	defer func() { w.asks = nil }()
	if err := w.detect(text, rights); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d detections: %.1f %% of the records reach a when, %.2f whens a record\n", w.set.Detections(), 100*float64(asked)/float64(events), float64(times)/float64(events))
	return nil
}
