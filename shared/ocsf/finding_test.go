package ocsf_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"curfew/shared/finding"
	"curfew/shared/identity"
	"curfew/shared/ocsf"
	"curfew/shared/ocsf/ocsftest"
	"curfew/shared/record"
)

// occur stores occurrences, and what a person did, as rows would have them.
func occur(t *testing.T, o finding.Occurrence, kind finding.Kind, acts ...func(finding.Stored) ([]record.Change, error)) finding.Stored {
	t.Helper()
	var was finding.Stored
	was.Row.Key, was.Closing.Row.Key = finding.Key(kind, o.Subject), record.AccessKey("closing#x", "closing")
	raise := func(was finding.Stored) ([]record.Change, error) { return finding.Raise(was, kind, o, at) }
	for _, act := range append([]func(finding.Stored) ([]record.Change, error){raise}, acts...) {
		changes, err := act(was)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			switch c.Row.Key.Sort {
			case "finding":
				was.Row = c.Row
				was.Value, err = record.Decode[finding.Finding](c.Row)
			case "closing":
				was.Closing.Row = c.Row
				was.Closing.Value, err = record.Decode[finding.Closing](c.Row)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return was
}

var at = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

func kind(s finding.Severity) finding.Kind {
	return finding.Kind{Name: "foreign", PageInterval: finding.Daily, Severity: s, Why: "it was not us", Do: "find out who"}
}

func acknowledge(was finding.Stored) ([]record.Change, error) {
	return was.Acknowledge(identity.Caller{ID: "person:x|dee"}, "", at.Add(time.Hour))
}

func closes(was finding.Stored) ([]record.Change, error) {
	return was.Close(identity.Caller{ID: "person:x|dee"}, "done", at.Add(2*time.Hour))
}

func TestEveryMappedFindingHoldsAgainstTheSchema(t *testing.T) {
	quote := ocsftest.Read(t)
	full := finding.Occurrence{Subject: "role x", What: "its trust policy was changed", Elevation: "01k6y3m1x8q2v4t6w8y0a2c4e6",
		Principal: "arn:aws:iam::111122223333:user/x", Events: []string{"e1", "e2"}}
	more := full
	more.Events = []string{"e3"}
	for _, severity := range append(finding.Severities(), "") {
		for name, c := range map[string]struct {
			was      finding.Stored
			activity int
			status   string
		}{
			"new":          {occur(t, full, kind(severity)), 1, "New"},
			"bare":         {occur(t, finding.Occurrence{Subject: "sweep"}, finding.Kind{Name: "bare", Severity: severity}), 1, "New"},
			"acknowledged": {occur(t, full, kind(severity), acknowledge), 2, "In Progress"},
			"closed":       {occur(t, full, kind(severity), acknowledge, closes), 3, "Resolved"},
			"again": {occur(t, full, kind(severity), closes, func(was finding.Stored) ([]record.Change, error) {
				return finding.Raise(was, kind(severity), more, at.Add(3*time.Hour))
			}), 2, "New"},
		} {
			t.Run(fmt.Sprint(severity, " ", name), func(t *testing.T) {
				d := ocsf.FromFinding("curfew", c.was)
				if d.ActivityID != c.activity || d.Status != c.status || d.Time != c.was.ChangedAt().UnixMilli() {
					t.Errorf("activity %d, status %s at %d", d.ActivityID, d.Status, d.Time)
				}
				b, err := json.Marshal(d)
				if err != nil {
					t.Fatal(err)
				}
				var event map[string]any
				if err := json.Unmarshal(b, &event); err != nil {
					t.Fatal(err)
				}
				quote.Check(t, "detection_finding", event)
				// The cloud profile requires the member, and the member the profile.
				if profiles, _ := event["metadata"].(map[string]any)["profiles"].([]any); slices.Contains(profiles, any("cloud")) != (event["cloud"] != nil) {
					t.Errorf("profiles %v with cloud %v", profiles, event["cloud"])
				}
				if event["type_uid"] != event["class_uid"].(float64)*100+event["activity_id"].(float64) {
					t.Errorf("type_uid = %v", event["type_uid"])
				}
			})
		}
	}
}

// The example of events/ is what is sent.
func TestTheExampleEventIsAFinding(t *testing.T) {
	b, err := os.ReadFile("../../events/examples/finding-new.json")
	if err != nil {
		t.Fatal(err)
	}
	var example struct {
		DetailType string `json:"detail-type"`
		Detail     map[string]any
	}
	if err := json.Unmarshal(b, &example); err != nil || example.DetailType != "Finding State Change" {
		t.Fatalf("%q, %v", example.DetailType, err)
	}
	ocsftest.Read(t).Check(t, "detection_finding", example.Detail)
	want := ocsf.FromFinding("curfew", occur(t, finding.Occurrence{Subject: "arn:aws:iam::111122223333:role/engineer-deploy", What: "its trust policy was changed",
		Principal: "arn:aws:iam::111122223333:role/engineer-deploy", Events: []string{"c14ed7ce-4153-5285-9b06-a452ce9678af"}}, kind(finding.High)))
	if got, _ := json.Marshal(example.Detail); string(got) != sorted(t, want) {
		t.Errorf("got  %s\nwant %s", got, sorted(t, want))
	}
}

func sorted(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(b, &members); err != nil {
		t.Fatal(err)
	}
	b, _ = json.Marshal(members)
	return string(b)
}
