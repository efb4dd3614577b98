package simulation

import (
	"strings"
	"testing"
	"time"
)

func TestOutagesLeaveNoAccess(t *testing.T) {
	const lasts = 4 * time.Hour // long enough
	tests := map[string]struct {
		latest    time.Duration // last removal after its deadline
		takenBy   string
		left, new int
	}{
		"IAM control plane":          {lasts, "", 0, 0},
		"Step Functions":             {bound, "sweep", 0, 0},
		"DynamoDB":                   {quietBound, "workflow", 0, 0},
		"Curfew, deleted altogether": {0, "nobody", outageFor, 0},
	}
	for _, r := range outages() {
		want, ok := tests[r.Name]
		if !ok || testing.Short() && r.Name != "Step Functions" {
			continue
		}
		r.lasts = lasts
		t.Run(r.Name, func(t *testing.T) {
			if err := once(func() error { return r.play(baseSeed) }); err != nil {
				t.Fatal(err)
			}
			for _, w := range r.Wrongs {
				t.Errorf("%s: %s", w.Oracle, w.Text)
			}
			if r.Granted != outageFor || r.AllowedAfter != 0 || r.Left != want.left || r.During != want.new {
				t.Errorf("%d granted, %d allowed, %d left, %d new, want %d, 0, %d, %d", r.Granted, r.AllowedAfter, r.Left, r.During, outageFor, want.left, want.new)
			}
			if r.Latest > want.latest || r.AfterOutage > bound {
				t.Errorf("gone %s after the deadline, %s after the outage, want at most %s and %s", r.Latest, r.AfterOutage, want.latest, bound)
			}
			if want.takenBy != "" && r.By[want.takenBy] != outageFor {
				t.Errorf("taken away by %v, want all by %s", r.By, want.takenBy)
			}
		})
	}
}

func TestOutagesArePrinted(t *testing.T) {
	var text strings.Builder
	rows := []OutageRow{{Name: "one", Granted: 60, Latest: time.Second}, {Name: "two", Granted: 60, Left: 60, Wrongs: []Wrong{{Oracle: OrphanLeft, Text: "left"}}}}
	if err := PrintOutages(&text, rows); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"one", "1s", "before it was over", "never: 60 stay", "wrong  orphans"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, &text)
		}
	}
}
