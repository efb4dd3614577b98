package catalog

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"curfew/shared/detection"
)

// detectionWarnings says what EventBridge rules do not carry of a detection: then only the files of the trail show it, minutes later.
func detectionWarnings(d detection.Detection, now time.Time) (why []string) {
	note := func(doubtful bool, format string, args ...any) {
		if doubtful {
			why = append(why, fmt.Sprintf(format, args...))
		}
	}
	const leaves = "left to the files of the trail, minutes later"
	note(d.DryRun, "dry run: it raises no finding")
	for i, a := range d.Allow {
		note(!now.Before(a.Until), "allow[%d]: ended at %s: remove it, or give %s a new end to decide on", i, a.Until.UTC().Format(time.RFC3339), a.Owner)
	}
	r := routingOf(d)
	note(r.anyCaller, "pattern: names no detail.eventSource, and when accepts other than marked principals: rules carry the calls of marked principals alone, others are %s", leaves)
	note(len(r.data) > 0, "%s: data events, which rules do not carry: %s", once(r.data), leaves)
	note(len(r.reads) > 0, "%s: read-only events, of which rules carry those of principals in readsOf and the sessions of principals: others are %s", once(r.reads), leaves)
	note(r.anyRead, "read-only events match too, of which rules carry those of principals in readsOf: others are %s", leaves)
	return why
}

func once(calls []string) string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(calls))), ", ")
}
