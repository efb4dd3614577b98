package trail_test

import (
	"slices"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
	"curfew/shared/trail"
)

func TestUnobservableActionsOfAPolicy(t *testing.T) {
	for _, c := range []struct {
		statement string
		want      string
	}{
		{`"Action":["s3:GetObject","s3:CreateBucket"]`, "s3:GetObject"},
		{`"Action":"s3:getobject"`, "s3:GetObject"},
		{`"Action":["sqs:*"]`, "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:ReceiveMessage sqs:SendMessage"},
		{`"Action":["ebs:Get*"]`, "ebs:GetSnapshotBlock"},
		{`"Action":"ec2:*"`, ""},
	} {
		d, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` + c.statement + `,"Resource":"*"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		allows := func(action string) bool { return iampolicy.Reaches(action, d) }
		if got := strings.Join(trail.Unobservable(allows, false), " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.statement, got, c.want)
		}
		if got := trail.Unobservable(allows, true); got != nil {
			t.Errorf("%s with data events on: %q", c.statement, got)
		}
	}
	all := trail.Unobservable(func(string) bool { return true }, false)
	if len(all) < 150 || len(all) > 400 || !slices.IsSorted(all) {
		t.Errorf("of every action %d are not shown, want 150 to 400, sorted", len(all))
	}
	for _, a := range all {
		if !trail.DataEvent(a) {
			t.Errorf("%s is no data event", a)
		}
	}
	t.Logf("%d", len(all))
}
