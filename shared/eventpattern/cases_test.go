package eventpattern_test

import (
	"testing"

	"curfew/shared/eventpattern"
)

// The sources of the cases: pages of the EventBridge User Guide, and the README of Event Ruler.
const (
	pagePatterns  = "eb-event-patterns"
	pageOperators = "eb-create-pattern-operators"
	pageArrays    = "eb-event-patterns-arrays"
	pageNulls     = "eb-event-patterns-null-values"
	ruler         = "Event Ruler README"
	ours          = "" // follows from the pages, but stands on no page
)

// A verdict is one pattern and one event with the expected result.
type verdict struct {
	page           string
	name           string
	pattern, event string
	want           bool
}

// runVerdicts runs verdicts as subtests.
func runVerdicts(t *testing.T, verdicts []verdict) {
	t.Helper()
	for _, v := range verdicts {
		name := v.name
		if v.page != ours {
			name = v.page + "/" + v.name
		}
		t.Run(name, func(t *testing.T) {
			if got := matches(t, v.pattern, v.event); got != v.want {
				t.Errorf("%s matches %s = %t, want %t", v.pattern, v.event, got, v.want)
			}
		})
	}
}

// matches reports whether a valid pattern matches a valid event.
func matches(t *testing.T, pattern, event string) bool {
	t.Helper()
	got, err := mustParse(t, pattern).Match([]byte(event))
	if err != nil {
		t.Fatalf("match %s: %v", event, err)
	}
	return got
}

func mustParse(t testing.TB, pattern string) *eventpattern.Pattern {
	t.Helper()
	p, err := eventpattern.Parse([]byte(pattern))
	if err != nil {
		t.Fatalf("parse %s: %v", pattern, err)
	}
	return p
}

// ec2 is an event like those in the guide.
const ec2 = `{
	"version": "0", "id": "11111111-2222-3333-4444-555555555555",
	"detail-type": "EC2 Instance State-change Notification", "source": "aws.ec2",
	"account": "111122223333", "time": "2026-08-06T18:43:48Z", "region": "us-west-1",
	"resources": ["arn:aws:ec2:us-west-1:111122223333:instance/i-0a1b2c3d4e5f60718"],
	"detail": {"instance-id": "i-0a1b2c3d4e5f60718", "state": "terminated",
		"c-count": 5, "d-count": 3, "x-limit": 301.8, "source-ip": "10.0.0.33"}}`
