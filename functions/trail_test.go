package functions_test

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
)

// newTrail is the path of CloudTrail's events, as deployed: rules of a Region send them to the bus trail, whose rule
// feeds the queue of correlate.
func newTrail(t *testing.T, i *installation) *bus {
	t.Helper()
	b := withQueue(t, i, "trail")
	b.makeBus(t, b.name+"-trail")
	feeds := 0
	for _, r := range resourcesOf[rule](t, "curfew.golden.json", i.member, aRule) {
		if r.EventBusName.Ref == "TrailBus" {
			feeds++
			put(t, eventbridge.NewFromConfig(sdkOf(t, account)), b.name+"-trail", r.Name, r.filled(account), "arn:aws:sqs:us-east-1:"+account+":"+b.name+"-trail")
		}
	}
	if feeds != 1 {
		t.Fatalf("%d rules of the bus trail, want one", feeds)
	}
	for _, r := range resourcesOf[rule](t, "curfew-region-us-east-1.golden.json", i.member, aRule) {
		put(t, eventbridge.NewFromConfig(sdkOf(t, i.member)), "default", r.Name, r.filled(i.member), "arn:aws:events:us-east-1:"+account+":event-bus/"+b.name+"-trail")
	}
	correlate := i.start(t, "correlate", append(i.envOf("correlate"), "CURFEW_TRAIL_ACCOUNTS="+i.member+","+account)...)
	repeatDuring(t, func(ctx context.Context) { b.pass(ctx, t, correlate) })
	return b
}

// A record on the default bus of a member account comes to correlate, and one that no rule names does not.
func TestTheTrailOnTheBus(t *testing.T) {
	if os.Getenv("CURFEW_EMULATORS") == "" {
		t.Skip("run it with the stand-ins for AWS: go run ./scripts/emulators -- go test ./functions")
	}
	t.Parallel()
	i := &installation{dist: build(t), name: "c" + strings.ToLower(rand.Text()[:8]), member: "333344445555"}
	i.tables(t, dynamodb.NewFromConfig(sdkOf(t, account)))
	i.env = []string{
		"AWS_ENDPOINT_URL=" + os.Getenv("AWS_ENDPOINT_URL"), "CURFEW_NAME=" + i.name,
		"CURFEW_ACCESS_TABLE=" + i.name + "-access", "CURFEW_AUDIT_TABLE=" + i.name + "-audit",
	}
	b := newTrail(t, i)
	other := map[string]any{"type": "AssumedRole"}
	b.putEvent(t, inAccount(i.member, cloudTrail(t, "aws.s3", "CreateBucket", false, other, nil)))
	b.putEvent(t, inAccount(i.member, cloudTrail(t, "aws.iam", "PutRolePolicy", false, other, nil)))
	s := &story{installation: i, t: t}
	s.waitUntil(func() bool { return b.times("PutRolePolicy", true) == 1 }, "correlate handled the change in IAM")
	if n := b.times("CreateBucket", true) + b.times("CreateBucket", false); n > 0 {
		t.Errorf("a call that no rule names came %d times", n)
	}
}
