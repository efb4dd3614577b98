package catalog

import (
	"bytes"
	"testing"

	"curfew/shared/detection"
	"curfew/shared/trail"
	"curfew/shared/trail/trailtest"
)

// BenchmarkDetections judges records of a day that are read and attributed already. scripts/oracles/trailbench measures all of it.
func BenchmarkDetections(b *testing.B) {
	set, err := detection.Compile(example(b).Detections())
	if err != nil {
		b.Fatal(err)
	}
	d, err := trailtest.NewDay(0, 50, 20)
	if err != nil {
		b.Fatal(err)
	}
	rights := trail.NewRights(d.Grants, d.Baselines)
	var events []detection.Event
	var reader trail.Reader
	for text := range d.Records(20_000) {
		err := reader.ReadText("day", string(bytes.Clone(text)), func(r *trail.Record) error {
			record := *r
			e := detection.Event{Record: &record, Verdict: rights.Attribute(r), Who: trail.Who{Kind: trail.WhoUser}, Class: detection.Other, Origin: detection.OriginKnown}
			if e.Verdict.Right != trail.Other && e.Verdict.Right != trail.Service {
				e.Class = detection.Marked
			}
			if g := e.Verdict.Grant; g != nil {
				e.Elevation = &detection.Elevation{ID: g.Elevation, State: "active", Binding: detection.BoundHere, Deadline: g.Deadline}
			}
			events = append(events, e)
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	asked := 0
	for i := range events {
		if set.Asked(&events[i]) > 0 {
			asked++
		}
	}
	if asked*10 < len(events) {
		b.Fatalf("%d of %d records reach a when, want a tenth", asked, len(events))
	}
	i := 0
	for b.Loop() {
		set.Match(&events[i%len(events)])
		i++
	}
	b.ReportMetric(100*float64(asked)/float64(len(events)), "%asked")
}
