package access

import "testing"

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
