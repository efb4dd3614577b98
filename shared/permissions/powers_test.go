package permissions

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
)

// TestWhatEachRoleMayChange: testdata/powers.golden.txt is all that each of Curfew's roles may change of what is Curfew's, of every action of
// the data. A line that is new is a power that a function did not have.
func TestWhatEachRoleMayChange(t *testing.T) {
	var b strings.Builder
	all := roles(t)
	actions := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, a := range onOwnThings(t) {
			actions[a.action] = true
			if strings.HasPrefix(a.action, "dynamodb:") {
				a.context = keys("elevation#1")
			}
			if strings.HasPrefix(a.action, "s3:") {
				a.context = iampolicy.Context{"aws:ResourceOrgID": {"o-abc1234567"}, "aws:ResourceAccount": {home}}
			}
			if iampolicy.Evaluate(all[name].policies(), a.by(all[name].arn)).Outcome == iampolicy.Allowed {
				fmt.Fprintf(&b, "%s\t%s\t%s\n", name, a.action, a.resource)
			}
		}
	}
	t.Logf("%d roles x %d actions", len(all), len(actions))
	const file = "testdata/powers.golden.txt"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the roles may change\n%s\nwant\n%s", b.String(), want)
	}
}

// Curfew's roles are principals of their account too: a job for one that is refused would leave the others of its part without data.
func TestAReviewReadsWhenCurfewsRolesWereUsed(t *testing.T) {
	all := roles(t)
	for _, c := range []struct {
		action, resource string
		want             bool
	}{
		{"iam:GenerateServiceLastAccessedDetails", memberRole + "grant", true}, {"iam:GenerateServiceLastAccessedDetails", aRole, true},
		{"iam:GetServiceLastAccessedDetails", "*", true}, {"iam:GetRole", memberRole + "grant", false}, {"iam:PutRolePolicy", memberRole + "grant", false},
	} {
		a := attempt{action: c.action, resource: c.resource}
		if got := iampolicy.Evaluate(all["curfew-member-review"].policies(), a.by(all["curfew-member-review"].arn)).Outcome; (got == iampolicy.Allowed) != c.want {
			t.Errorf("%s on %s: %s", c.action, c.resource, got)
		}
	}
}
