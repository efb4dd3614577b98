package catalog

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"curfew/shared/detection"
)

// detections compares the detections. A detection that sees more, and an exception that is gone, narrow.
func (d *diff) detections(a, b *Catalog) {
	names := slices.Concat(slices.Collect(maps.Keys(a.detections)), slices.Collect(maps.Keys(b.detections)))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		d.where = "detection " + name
		was, had := a.detections[name]
		is, has := b.detections[name]
		if d.addedOrRemoved(had, has) {
			d.detection(was, is)
		}
	}
}

func (d *diff) detection(was, is detection.Detection) {
	d.text("about", was.About, is.About)
	d.text("pattern", string(was.Pattern), string(is.Pattern))
	d.text("when", oneLine(was.When), oneLine(is.When))
	d.text("severity", string(was.Severity), string(is.Severity))
	d.text("why", was.Why, is.Why)
	d.text("do", was.Do, is.Do)
	d.flag("dryRun", was.DryRun, is.DryRun, true)
	d.text("answer", string(was.Answer), string(is.Answer))
	d.set("allow", allowTexts(was), allowTexts(is), true)
	d.text("kind", kindText(was), kindText(is))
}

func allowTexts(of detection.Detection) (all []string) {
	for _, a := range of.Allow {
		all = append(all, asText(a))
	}
	return all
}

func kindText(of detection.Detection) string {
	switch {
	case of.Burst != nil:
		return "burst " + asText(of.Burst)
	case of.First != nil:
		return "first " + asText(of.First)
	case of.Volume != nil:
		return "volume " + asText(of.Volume)
	case of.Silence != nil:
		return "silence " + asText(of.Silence)
	case of.Dormant != nil:
		return "dormant " + asText(of.Dormant)
	}
	return ""
}

func asText(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // impossible: plain values
		return fmt.Sprint(v)
	}
	return string(b)
}
