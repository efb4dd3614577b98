package access

import (
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
