package rightsize

import (
	"strings"
	"testing"

	"curfew/shared/iamdata"
	"curfew/shared/trail"
)

// The hand-kept lists hold what no data in this repository tells: each entry is an action of AWS, has its page, and is absent from the data
// that CloudTrail's coverage is derived from.
func TestTheListsHoldOnlyWhatNoDataTells(t *testing.T) {
	hidden := map[string]bool{}
	for _, action := range trail.Hidden(func(string) bool { return true }, func(string) bool { return false }) {
		hidden[strings.ToLower(action)] = true
	}
	seen := map[string]bool{}
	check := func(action, from string) {
		t.Helper()
		service, name, _ := strings.Cut(action, ":")
		_, known := iamdata.Lookup(service, name)
		switch {
		case !known:
			t.Errorf("%s is no action", action)
		case hidden[strings.ToLower(action)]:
			t.Errorf("%s is a data event already", action)
		case seen[action]:
			t.Errorf("%s is there twice", action)
		case !strings.HasPrefix(from, "https://docs.aws.amazon.com/"):
			t.Errorf("%s is from %q", action, from)
		}
		seen[action] = true
	}
	for _, n := range never {
		names := strings.Fields(n.names)
		if n.names == "*" {
			names = nil
			for _, a := range iamdata.Actions(n.service) {
				names = append(names, a.Name)
			}
		}
		if len(names) == 0 {
			t.Errorf("%s has no action", n.service)
		}
		for _, name := range names {
			check(n.service+":"+name, n.from)
		}
	}
	for _, w := range within {
		check(w.action, w.from)
	}
}
