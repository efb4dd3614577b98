package catalog

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"curfew/shared/detection"
	"curfew/shared/finding"
	"curfew/shared/trail"
)

// TestDetectionsOnRecords prints the hits of the example's detections on the records in the folder CLOUDTRAIL_RECORDS. Nothing is known of
// the callers there: their class is other.
func TestDetectionsOnRecords(t *testing.T) {
	folder := os.Getenv("CLOUDTRAIL_RECORDS")
	if folder == "" {
		t.Skip("set CLOUDTRAIL_RECORDS to a folder of CloudTrail records")
	}
	set, err := detection.Compile(example(t).Detections())
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", folder, err)
	}
	var reader trail.Reader
	rights := trail.NewRights(nil, nil)
	severities := map[finding.Severity]int{}
	for _, name := range files {
		hits, events := map[string]int{}, map[string]string{}
		memory := &detection.Memory{}
		before := reader.Counts.Records
		err := reader.ReadText(name, unwrapped(t, name), func(r *trail.Record) error {
			found, err := detection.Judge(context.Background(), memory, set.Match(&detection.Event{Record: r, Verdict: rights.Attribute(r), Class: detection.Other}))
			for _, h := range found {
				key := string(h.Severity) + " " + h.Kind + " " + h.Detection
				hits[key]++
				severities[h.Severity]++
				events[key] = cmp.Or(events[key], h.What)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d records", filepath.Base(name), reader.Counts.Records-before)
		for _, key := range slices.Sorted(maps.Keys(hits)) {
			t.Logf("%5d  %-50s %s", hits[key], key, events[key])
		}
	}
	t.Logf("hits by severity: %v", severities)
}

// unwrapped is the text of a file, with EventBridge's envelopes out of the member that collections of them put around.
func unwrapped(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(b), "\n")
	for i, line := range lines {
		var outer struct{ Envelope json.RawMessage }
		if strings.HasSuffix(name, ".jsonl") && json.Unmarshal([]byte(line), &outer) == nil && outer.Envelope != nil {
			lines[i] = string(outer.Envelope)
		}
	}
	return strings.Join(lines, "\n")
}
