package functions_test

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"curfew/shared/access"
	"curfew/shared/catalog"
	"curfew/shared/onaws/lambdatest"
)

// trail is the path of CloudTrail's records, as deployed: rules of a Region send events to the bus trail, whose rule feeds
// the queue of correlate; backfill reads files in a bucket. Its story is one elevation.
type trail struct {
	*story
	bus              *bus
	backfill, notify *lambdatest.Process
	told             *inbox
	bucket           string
	roleID           string
	opened           time.Time // the session
}

func newTrail(t *testing.T) *trail {
	t.Helper()
	// A random account: earlier runs left nothing in it.
	member := fmt.Sprint(200_000_000_000 + rand.Int64N(700_000_000_000))
	i := installFor(t, member, detectingCatalog(t, member))
	i.makeBus(t, i.name)
	s := &trail{
		story: &story{installation: i, t: t, name: "trail", arn: i.makeRole(t, "engineer-trail")},
		bus:   trailBus(t, i), notify: i.notifies(t), told: newInbox(t, i), bucket: "logs-" + i.name,
	}
	correlate := i.start(t, "correlate", i.envOf("correlate")...)
	s.backfill = i.start(t, "backfill", append(i.envOf("backfill"), "CURFEW_TRAIL=s3://"+s.bucket+"/"+logFolder)...)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the logs of correlate and backfill:\n%s", strings.Join(append(correlate.Lines(), s.backfill.Lines()...), "\n"))
		}
	})
	repeatDuring(t, func(ctx context.Context) { s.bus.pass(ctx, t, correlate) })
	if _, err := s3.NewFromConfig(sdkOf(t, account)).CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &s.bucket}); err != nil {
		t.Fatal(err)
	}
	role, err := i.iam.GetRole(t.Context(), &iam.GetRoleInput{RoleName: s.roleName()})
	if err != nil {
		t.Fatal(err)
	}
	s.roleID = aws.ToString(role.Role.RoleId)
	return s
}

// logFolder is that of the templates.
const logFolder = "AWSLogs/o-abc1234567"

// trailBus makes the bus trail and its queue, by the templates' rules.
func trailBus(t *testing.T, i *installation) *bus {
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
		if r.Name == "curfew-emergency" { // it leads to a topic
			continue
		}
		put(t, eventbridge.NewFromConfig(sdkOf(t, i.member)), "default", r.Name, r.filled(i.member), "arn:aws:events:us-east-1:"+account+":event-bus/"+b.name+"-trail")
	}
	return b
}

// detectingCatalog returns a folder with the detections of the example, and one entitlement whose reviews open at its end.
func detectingCatalog(t *testing.T, member string) string {
	t.Helper()
	files := fstest.MapFS{
		"identities.yaml": &fstest.MapFile{Data: []byte(`claims: {session: preferred_username, groups: groups}
operators: ["group:operators"]
groups: [engineers, leads, platform, operators]
`)},
		"entitlements/clean.yaml": &fstest.MapFile{Data: []byte(`about: For the test of CloudTrail
owners: ["group:platform"]
principals: ["arn:aws:iam::` + member + `:role/engineer-*"]
requesters: ["group:engineers"]
tasks: [change]
max: 30m
review: always
reviewers: ["group:leads"]
approval: {need: 1, of: ["group:leads"], within: 1h}
session: userid
policy: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:DeleteBucket", Resource: "*"}]}
`)},
	}
	detections, err := fs.Glob(catalog.Example(), "detections/*.yaml")
	if err != nil || len(detections) == 0 {
		t.Fatalf("detections of the example: %v, %v", detections, err)
	}
	for _, name := range detections {
		text, err := fs.ReadFile(catalog.Example(), name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	return packed(t, files)
}

// TestTheTrailOnTheBus is a life with CloudTrail: what the elevation's session did is its usage, once, by whichever route;
// what somebody did outside Curfew is a finding, with a message to people.
func TestTheTrailOnTheBus(t *testing.T) {
	if os.Getenv("CURFEW_EMULATORS") == "" {
		t.Skip("run it with the stand-ins for AWS: go run ./scripts/emulators -- go test ./functions")
	}
	t.Parallel()
	s := newTrail(t)
	invoke(t, s.start(t, "reconcile", s.envOf("reconcile")...), `{"survey":true}`)
	s.ask("clean", 1200)
	s.postDecision("approve")
	s.waitFor(access.Active)
	id := s.e.ID

	s.opened = time.Now().UTC().Truncate(time.Second)
	opening, call, admin := s.opening(), s.deletion("e-call"), s.adminPolicy("e-admin", "mallory")
	for _, r := range []cloudTrailRecord{opening, call, call, admin, admin, s.called("e-unrouted", "s3", "CreateBucket", s.session("another", "x", "AROAEXAMPLE0ANOTHER00"), nil)} {
		s.publish(r)
	}
	s.waitUntil(func() bool { return s.bus.times(`"e-`, true) >= 5 }, "correlate handled five events")
	s.wantUsage(id, 1)
	if n := s.bus.times("e-unrouted", true) + s.bus.times("e-unrouted", false); n > 0 {
		t.Errorf("a call that no rule names came %d times", n)
	}
	f := s.wantFound(1)
	s.wantTold(f)

	s.storeLog(opening, call, s.deletion("e-late"), admin, s.adminPolicy("e-another", "oscar"))
	s.wantBackfilled(1)
	s.wantUsage(id, 2)
	s.wantBackfilled(0)
	s.wantUsage(id, 2)
	s.wantFound(2)
	s.closes(f)
	s.answered()
	s.endAndSign(id)
}
