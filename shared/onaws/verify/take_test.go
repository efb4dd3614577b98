package verify

import (
	"testing"

	"curfew/shared/trigger"
	"curfew/shared/trigger/eventbus"
)

// Metric dimensions are few fixed words, without text of events.
func TestOutcome(t *testing.T) {
	for _, c := range []struct {
		name string
		o    eventbus.Outcome
		want string
	}{
		{"an elevation began", eventbus.Outcome{Trigger: "nightly", Elevation: "1", Started: trigger.Began}, "began"},
		{"a task joined one", eventbus.Outcome{Trigger: "nightly", Elevation: "1", Started: trigger.Joined}, "joined"},
		{"a job was started", eventbus.Outcome{Trigger: "nightly", Elevation: "1"}, "job"},
		{"a job could not be started", eventbus.Outcome{Trigger: "nightly", Elevation: "1", Why: "no"}, "nothing"},
		{"nothing began", eventbus.Outcome{Trigger: "nightly", Why: "its task is over"}, "nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := outcome(c.o); got != c.want {
				t.Errorf("counted under %q, want %q", got, c.want)
			}
		})
	}
}
