package functions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"curfew/shared/access"
	"curfew/shared/catalog"
	"curfew/shared/iampolicy"
	"curfew/shared/identity"
	"curfew/shared/onaws/lambdatest"
	"curfew/shared/record"
)

// stories is the setting of the five stories: an installation with the example catalog, principals in an account of
// their own, and events that arrive as on AWS.
type stories struct {
	bus               *bus // of the installation
	backups           *backups
	secret            secret
	trigger           *lambdatest.Process // one of its environments
	reconcile, notify *lambdatest.Process
}

func newStories(t *testing.T) *stories {
	t.Helper()
	// A random account: earlier runs left nothing in it.
	member := fmt.Sprint(200_000_000_000 + rand.Int64N(700_000_000_000))
	s := &stories{backups: newBackups(t), secret: newSecret(t, member)}
	i := installFor(t, member, exampleCatalog(t, member, s.secret))
	s.reconcile, s.notify = i.start(t, "reconcile", i.envOf("reconcile")...), i.notifies(t)
	env := append(i.envOf("trigger"), "CURFEW_TASK_ACCOUNTS="+member, "AWS_ENDPOINT_URL_BACKUP="+s.backups.url)
	s.trigger = i.start(t, "trigger", env...)
	another := i.start(t, "trigger", env...)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log of the function trigger:\n%s", strings.Join(append(s.trigger.Lines(), another.Lines()...), "\n"))
		}
	})
	s.bus = newBus(t, i, s.trigger, another)
	repeatDuring(t, func(ctx context.Context) { s.sweeps(ctx, t) })
	return s
}

// sweeps is the schedule of the sweep: every ten seconds instead of every minute, to keep the test fast.
func (s *stories) sweeps(ctx context.Context, t *testing.T) {
	if err := sweep(ctx, s.reconcile, scheduled); err != nil && ctx.Err() == nil {
		t.Error(err)
	}
	pause(ctx, 10*time.Second)
}

// settle is how long an alarm must stay closed: shorter than the example's ten minutes, to keep the test fast.
const settle = 20 * time.Second

// exampleCatalog returns a folder with the example catalog, for the account and secret of these tests.
func exampleCatalog(t *testing.T, account string, s secret) string {
	t.Helper()
	all := addReports()
	changed := strings.NewReplacer("WoDpmU", s.suffix(), "{kind: incident, known: required}", "{kind: incident, known: required, settle: "+settle.String()+"}",
		"principals:\n  -", "principals:\n  - "+reporter+"\n  -", "machines:\n", "machines:\n  - {name: reporter, principal: \""+reporter+"\", groups: [backup]}\n")
	err := fs.WalkDir(catalog.Example(), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path == "tests.yaml" { // its tests name the example's account
			return err
		}
		text, err := fs.ReadFile(catalog.Example(), path)
		all[path] = &fstest.MapFile{Data: []byte(changed.Replace(string(text)))}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		file.Data = []byte(inAccount(account, string(file.Data)))
	}
	return packed(t, all)
}

// tale is one of the stories.
type tale struct {
	*story
	*stories
}

// publishExample puts an example on the bus, changed by pairs of old and new text.
func (s tale) publishExample(name string, changed ...string) {
	s.t.Helper()
	s.bus.putEvent(s.t, example(s.t, s.member, name, changed...))
}

// waitForStart waits until a trigger has started an elevation of the role: the only one, active and attached.
func (s tale) waitForStart(trigger string) {
	s.t.Helper()
	var page struct {
		Elevations []struct {
			elevation
			Requester struct{ ID string }
		}
	}
	s.waitUntil(func() bool {
		page.Elevations = nil
		text := s.serve(s.api, "dee", "operators", "GET", "/v1/elevations?principal="+url.QueryEscape(s.arn), "")
		if err := json.Unmarshal([]byte(text), &page); err != nil {
			s.t.Fatal(err)
		}
		return len(page.Elevations) > 0
	}, "an elevation of %s began", s.arn)
	if n, by := len(page.Elevations), page.Elevations[0].Requester.ID; n != 1 || by != identity.TriggerID(trigger) {
		s.t.Errorf("%d elevations of %s, one by %s, want one, by %s", n, s.arn, by, identity.TriggerID(trigger))
	}
	s.e = page.Elevations[0].elevation
	s.waitFor(access.Active)
	s.wantAttached()
}

// wantMay checks what the role's grants allow a session now. moto ignores conditions, so our evaluator decides.
func (s tale) wantMay(session, action, resource string, want bool) {
	s.t.Helper()
	role, err := s.iam.GetRole(s.t.Context(), &iam.GetRoleInput{RoleName: s.roleName()})
	if err != nil {
		s.t.Fatal(err)
	}
	d := iampolicy.Evaluate(s.inlinePolicies(), iampolicy.Call{Action: action, Resource: inAccount(s.member, resource), Context: iampolicy.Context{
		"aws:CurrentTime": {time.Now().UTC().Format(time.RFC3339)}, "aws:userid": {aws.ToString(role.Role.RoleId) + ":" + session},
	}})
	if (d.Outcome == iampolicy.Allowed) != want {
		s.t.Errorf("%s of %s as %s is %s, want it allowed: %t", action, resource, session, d.Outcome, want)
	}
}

// inlinePolicies are the inline policies on the role, as they are in IAM.
func (s tale) inlinePolicies() (all iampolicy.Policies) {
	s.t.Helper()
	for _, name := range s.policies() {
		got, err := s.iam.GetRolePolicy(s.t.Context(), &iam.GetRolePolicyInput{RoleName: s.roleName(), PolicyName: aws.String(name)})
		if err != nil {
			s.t.Fatal(err)
		}
		text, err := url.QueryUnescape(aws.ToString(got.PolicyDocument))
		if err != nil {
			s.t.Fatal(err)
		}
		document, err := iampolicy.Parse([]byte(text))
		if err != nil {
			s.t.Fatal(err)
		}
		all.Identity = append(all.Identity, iampolicy.Named{Name: name, Document: document})
	}
	return all
}

// publishRunEvent puts an example on the bus, as an event of this workflow and its run.
func (s tale) publishRunEvent(w *workflow, name string, changed ...string) {
	s.t.Helper()
	s.publishExample(name, append([]string{"summarize-tickets", w.name, "run-2026-08-06", w.run, "1785999600120", w.since}, changed...)...)
}

// waitUntilHandled waits until n messages with this text were handled.
func (s tale) waitUntilHandled(text string, n int) {
	s.t.Helper()
	s.waitUntil(func() bool { return s.bus.times(text, true) >= n }, "%d events of %s were handled", n, text)
}

// asksFor asks for an elevation for a task.
func (s tale) asksFor(who, group, entitlement, kind, id string, seconds int, parameters string) {
	s.t.Helper()
	s.call(s.api, who, group, "POST", "/v1/elevations", fmt.Sprintf(
		`{"entitlement":%q,"principal":%q,"task":{"kind":%q,"id":%q},"reason":"a story","duration_seconds":%d,"parameters":%s}`,
		entitlement, s.arn, kind, id, seconds, parameters))
}

// TestTheStoriesOnTheBus runs the product's five stories with the built functions on emulators. Events go from a
// member account's bus to the queue of home, and each fact is read back from its service.
func TestTheStoriesOnTheBus(t *testing.T) {
	if os.Getenv("CURFEW_EMULATORS") == "" {
		t.Skip("run it with the stand-ins for AWS: go run ./scripts/emulators -- go test ./functions")
	}
	t.Parallel()
	all := newStories(t)
	for name, story := range map[string]struct {
		role string
		tell func(tale)
	}{
		"engineer": {"engineer-deploy", tale.engineer},
		"backup":   {"backup-runner", tale.backup},
		"agent":    {"agent-summarizer", tale.checkAgentRun},
		"incident": {"responder", tale.incident},
		"rotation": {"key-rotation", tale.rotation},
		"ahead":    {"reporter", tale.checkWindow},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story.tell(all.story(t, name, story.role))
		})
	}
}

func (s *stories) story(t *testing.T, name, role string) tale {
	i := s.bus.installation
	st := &story{installation: i, t: t, name: name, arn: i.makeRole(t, role)}
	st.putOtherPolicy()
	return tale{story: st, stories: s}
}

// engineer: a change is in progress, a lead approves, and the engineer has the role until the deadline.
func (s tale) engineer() {
	const action, resource = "ec2:TerminateInstances", "arn:aws:ec2:us-east-1:111122223333:instance/i-0123456789abcdef0"
	s.publishExample("curfew-task-started")
	s.waitUntilHandled("CHG-1042", 1)
	s.item("known#change/CHG-1042", "task") // it is known
	s.asksFor("ana", "engineers", "admin-30m", "change", "CHG-1042", 90, fmt.Sprintf(`{"account":%q}`, s.member))
	s.wantMay("ana", action, resource, false)
	s.postDecision("approve")
	s.waitFor(access.Active)
	s.wantMay("ana", action, resource, true)
	s.wantMay("mallory", action, resource, false) // the same role, another session
	s.wantEnded(access.Deadline)
}

// backup: no person asks. Events of strangers begin nothing; a job that AWS Backup could not confirm at first is not
// lost; an event delivered twice is one grant.
func (s tale) backup() {
	const action, resource = "ec2:CreateSnapshot", "arn:aws:ec2:us-east-1::snapshot/*"
	s.checkOtherAccounts()
	s.wantMay("AWSBackup-1", action, resource, false)
	running := example(s.t, s.member, "backup-job-running")
	s.backups.startJob(s.t, running)
	s.bus.putEvent(s.t, running)
	s.waitForStart("nightly-backup")
	if s.bus.times(backupJob, false) == 0 {
		s.t.Error("no message had to come again, though its service was out of order")
	}
	s.wantMay("AWSBackup-1", action, resource, true)
	s.waitUntilHandled(backupJob, 1)
	s.bus.putEvent(s.t, running)
	s.waitUntilHandled(backupJob, 2)
	s.waitForStart("nightly-backup")
	s.publishExample("backup-job-completed")
	s.wantEnded(access.Completed)
	s.wantMay("AWSBackup-1", action, resource, false)
}

const (
	backupJob = "B6EC38D2-CB3C-EF0A-F5A4-3CF324EF4945" // of the examples
	strangers = "999988887777"                         // an account of others
)

// checkOtherAccounts: the buses' policies admit the organization, and rules name no accounts. An event of an account that is not
// in the registry begins nothing, is a finding with evidence, and does not come again.
func (s tale) checkOtherAccounts() {
	s.t.Helper()
	s.bus.forward(s.t, strangers)
	s.bus.putEvent(s.t, example(s.t, strangers, "backup-job-running"))
	var batch []types.Message
	for id, event := range []string{
		example(s.t, strangers, "backup-job-running", backupJob, "another-accounts"),
		example(s.t, s.member, "backup-job-running", backupJob, "another-roles", "role/backup-runner", "role/legacy-admin"),
		example(s.t, s.member, "backup-job-running", backupJob, "nobodys"),
	} {
		batch = append(batch, types.Message{MessageId: aws.String(strconv.Itoa(id)), Body: aws.String(event)})
	}
	if failed, err := s.bus.deliver(s.t.Context(), s.trigger, batch); err != nil || len(failed) > 0 {
		s.t.Errorf("messages of strangers that are to come again: %v, %v, want none", failed, err)
	}
	for _, of := range []string{strangers + ": account", s.member + " for trigger nightly-backup: principal", s.member + " for trigger nightly-backup: not so"} {
		s.wantFinding("event aws.backup of " + of)
	}
}

// wantFinding checks for a finding about a subject, and its evidence.
func (s tale) wantFinding(subject string) {
	s.t.Helper()
	db := dynamodb.NewFromConfig(sdkOf(s.t, account))
	quoted, err := json.Marshal(subject)
	if err != nil {
		s.t.Fatal(err)
	}
	found, err := db.Scan(s.t.Context(), &dynamodb.ScanInput{
		TableName: aws.String(s.bus.name + "-access"), FilterExpression: aws.String("begins_with(pk, :finding) AND contains(#body, :subject)"),
		ExpressionAttributeNames: map[string]string{"#body": record.BodyAttribute},
		ExpressionAttributeValues: map[string]dynamotypes.AttributeValue{
			":finding": &dynamotypes.AttributeValueMemberS{Value: "finding#"},
			":subject": &dynamotypes.AttributeValueMemberS{Value: `"subject":` + string(quoted)},
		},
	})
	if err != nil || len(found.Items) != 1 {
		s.t.Errorf("findings about %q = %v, %v, want one", subject, found, err)
		return
	}
	kept, err := db.Query(s.t.Context(), &dynamodb.QueryInput{
		TableName: aws.String(s.bus.name + "-audit"), KeyConditionExpression: aws.String("pk = :chain"),
		ExpressionAttributeValues: map[string]dynamotypes.AttributeValue{":chain": found.Items[0]["pk"]},
	})
	if err != nil || len(kept.Items) != 1 {
		s.t.Errorf("evidence of the finding about %q = %v, %v, want one record", subject, kept, err)
	}
}

// checkAgentRun: one secret for one run of a workflow; no other secret, and no other session.
func (s tale) checkAgentRun() {
	const action, mine, another = "secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:111122223333:secret:tickets/reader-AbCdEf", "arn:aws:secretsmanager:us-east-1:111122223333:secret:payments/key-AbCdEf"
	tickets := newWorkflow(s.t, s.member, "summarize-tickets")
	tickets.startRun(s.t, "run-2026-08-06")
	s.publishRunEvent(tickets, "states-execution-running")
	s.waitForStart("agent-run")
	s.wantMay("summarizer", action, mine, true)
	s.wantMay("summarizer", action, another, false)
	s.wantMay("another-agent", action, mine, false)
	tickets.stopRun(s.t)
	s.publishRunEvent(tickets, "states-execution-aborted", "1785999849875", strconv.FormatInt(time.Now().UnixMilli(), 10))
	s.wantEnded(access.Completed)
	s.wantMay("summarizer", action, mine, false)
}

// incident: an alarm elevates no principal. It makes an incident known, for which a person asks; access ends when the
// alarm closed and stayed closed.
func (s tale) incident() {
	const action, resource = "logs:FilterLogEvents", "arn:aws:logs:us-east-1:111122223333:log-group:checkout:*"
	alarm := inAccount(s.member, "arn:aws:cloudwatch:us-east-1:111122223333:alarm:checkout-errors")
	s.publishExample("alarm-alarm")
	s.waitUntilHandled(alarm, 1)
	s.asksFor("cem", "oncall", "incident-logs", "incident", alarm, 3600, "{}")
	s.waitFor(access.Active)
	s.wantMay("cem", action, resource, true)
	closes := time.Now()
	s.publishExample("alarm-ok")
	s.waitUntilHandled(alarm, 2)
	s.wantEnded(access.Completed)
	if s.e.Receipt != nil && s.e.Receipt.Due.Before(closes.Add(settle-time.Second)) {
		s.t.Errorf("its end was due at %s; the alarm closed at %s, and could have opened again for %s", s.e.Receipt.Due, closes, settle)
	}
	s.wantMay("cem", action, resource, false)
}

// rotation: a key is unlocked while the rotation of its secret runs.
func (s tale) rotation() {
	const action, mine, another = "kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-9999-8888-7777-666655554444"
	s.secret.rotate(s.t)
	now := time.Now().UTC().Format(time.RFC3339)
	s.publishExample("rotation-started", "WoDpmU", s.secret.suffix(), "2026-08-06T04:00:03Z", now)
	s.waitForStart("rotation")
	s.wantMay("key-rotation-1", action, mine, true)
	s.wantMay("key-rotation-1", action, another, false)
	s.publishExample("rotation-succeeded", "WoDpmU", s.secret.suffix(), "2026-08-06T04:01:40Z", time.Now().UTC().Format(time.RFC3339))
	s.wantEnded(access.Completed)
	s.wantMay("key-rotation-1", action, mine, false)
}
