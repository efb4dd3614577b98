package access

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

func TestOnlyWhatTookSomethingAwayCounts(t *testing.T) {
	for _, c := range []struct {
		action, outcome string
		want            bool
	}{
		{"iam:DeleteRolePolicy", "done", true},
		{"iam:DetachUserPolicy", "done", true},
		{"iam:DeletePolicy", "not there", false},
		{"iam:ListEntitiesForPolicy", "done", false},
		{"iam:DetachRolePolicy", "Transient", false},
	} {
		if got := (Receipt{Calls: []Call{{Action: c.action, Outcome: c.outcome}}}).removedAnything(); got != c.want {
			t.Errorf("%s %s = %v, want %v", c.action, c.outcome, got, c.want)
		}
	}
}

// The record of the end repeats nothing, and the receipt is whole again when it is read.
func TestRecordedReceiptRepeatsNothing(t *testing.T) {
	at := time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)
	list := Call{"iam:ListEntitiesForPolicy", at, "not there"}
	was := Receipt{Elevation: "01k", Grant: "curfew-01k", Principal: Principal{ARN: "arn"}, By: "workflow", Cause: Deadline, Due: at,
		Calls: []Call{{"iam:DeleteRolePolicy", at, "done"}, list, list, list}, ReadAt: at, Seen: seenGone, GoneAt: at, Digest: "d"}
	text, err := json.Marshal(was.recorded(Elevation{AttachBy: at}))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"cause":"deadline","due":"2026-10-05T12:00:00Z","read_at":"2026-10-05T12:00:00Z","seen":"not there","overstay_seconds":0,` +
		`"calls":[{"action":"iam:DeleteRolePolicy","at":"2026-10-05T12:00:00Z","outcome":"done"},` +
		`{"action":"iam:ListEntitiesForPolicy","at":"2026-10-05T12:00:00Z","outcome":"not there","times":3}]}`
	if string(text) != want {
		t.Errorf("recorded %s", text)
	}
	var in Recorded
	if err := json.Unmarshal(text, &in); err != nil {
		t.Fatal(err)
	}
	got := in.Whole()
	got.Elevation, got.Grant, got.Principal, got.By, got.Digest = was.Elevation, was.Grant, was.Principal, was.By, was.Digest
	if !reflect.DeepEqual(got, was) {
		t.Errorf("read %+v, want %+v", got, was)
	}
	if kept := was.recorded(Elevation{}).Grant; kept != was.Grant {
		t.Errorf("without a record of granting the name is %q", kept)
	}
}

func TestRemovalThatWasToldLatePutsTheReceiptRight(t *testing.T) {
	noon := time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)
	ended := Elevation{State: Ended, EndDue: noon, GoneAt: noon.Add(2 * time.Second), Overstay: 2}
	for _, c := range []struct {
		name     string
		at       time.Duration
		overstay int64
	}{
		{"after it was thought gone", 31 * time.Second, 31},
		{"at that instant", 2 * time.Second, 2},
		{"before it", time.Second, 2},
	} {
		if got := ended.RemovedLate(noon.Add(c.at)); got.Overstay != c.overstay || got.State != Ended {
			t.Errorf("%s: overstay = %d, want %d", c.name, got.Overstay, c.overstay)
		}
	}
	if got := (Elevation{State: Revoking}).RemovedLate(noon); !got.GoneAt.IsZero() {
		t.Errorf("gone at %s, without a later read", got.GoneAt)
	}
}
