package functions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/oklog/ulid/v2"

	"curfew/shared/access"
	"curfew/shared/onaws/lambdatest"
	"curfew/shared/record"
)

// nets are the functions that no state machine asks, and functions for which one service is out of reach.
type nets struct {
	*installation
	expire, reconcile, notify *lambdatest.Process
	// These are denied one service: api and decide Step Functions, revoke DynamoDB.
	apiAlone, decideAlone, revokeAlone *lambdatest.Process
}

func newNets(t *testing.T) nets {
	t.Helper()
	i := install(t)
	i.makeBus(t, i.name)
	with := func(function string, more ...string) *lambdatest.Process {
		return i.start(t, function, append(i.envOf(function), more...)...)
	}
	denied := startRefusingAWS(t, "AccessDeniedException", "not today")
	return nets{
		installation: i, expire: with("expire"), reconcile: with("reconcile"),
		notify:      i.notifies(t),
		apiAlone:    with("api", "AWS_ENDPOINT_URL_SFN="+denied),
		decideAlone: with("decide", "AWS_ENDPOINT_URL_SFN="+denied),
		revokeAlone: with("revoke", "AWS_ENDPOINT_URL_DYNAMODB="+denied),
	}
}

// makeBus makes an event bus of home.
func (i *installation) makeBus(t *testing.T, name string) {
	t.Helper()
	client := eventbridge.NewFromConfig(sdkOf(t, account))
	if _, err := client.CreateEventBus(t.Context(), &eventbridge.CreateEventBusInput{Name: aws.String(name)}); err != nil {
		t.Fatal(err)
	}
}

// notifies is the function notify, for the bus of the installation's name.
func (i *installation) notifies(t *testing.T) *lambdatest.Process {
	t.Helper()
	client := sns.NewFromConfig(sdkOf(t, account))
	var arns []string
	for _, topic := range []string{"messages", "approvals"} {
		made, err := client.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String(i.name + "-" + topic)})
		if err != nil {
			t.Fatal(err)
		}
		arns = append(arns, aws.ToString(made.TopicArn))
	}
	return i.start(t, "notify", append(i.envOf("notify"), "CURFEW_TOPIC="+arns[0], "CURFEW_APPROVALS_TOPIC="+arns[1], "CURFEW_EVENT_BUS="+i.name,
		"CURFEW_SECURITY_HUB=arn:aws:securityhub:us-east-1:"+account+":product/"+account+"/default")...)
}

// insert sends a stored item to a function as new, as DynamoDB's stream would.
func (s *story) insert(function *lambdatest.Process, partition, sort string) {
	s.t.Helper()
	item := s.item(partition, sort)
	got := invoke(s.t, function, fmt.Sprintf(`{"Records":[{"eventID":"1","eventName":"INSERT","eventSource":"aws:dynamodb",
		"dynamodb":{"SequenceNumber":"1","Keys":{"pk":{"S":%q},"sk":{"S":%q}},"NewImage":%s}}]}`, partition, sort, item))
	if got != handled {
		s.t.Errorf("answer = %s, want %s", got, handled)
	}
}

// invoke asks a function and wants no error of it.
func invoke(t *testing.T, p *lambdatest.Process, event string) (answer string) {
	t.Helper()
	a, err := p.Invoke(t.Context(), []byte(event), 2*time.Minute)
	if err != nil || a.ErrorType != "" {
		t.Fatalf("answer to %.80s: %v %+v", event, err, a)
	}
	return string(a.Payload)
}

// scheduled is what the schedule sends.
const scheduled = `{"source":"aws.scheduler"}`

func (n nets) sweep(t *testing.T, payload string) {
	t.Helper()
	if err := sweep(t.Context(), n.reconcile, payload); err != nil {
		t.Fatal(err)
	}
}

// sweep runs reconcile once. NotYet: it ordered a removal that it cannot see yet. InvalidToken: the task timed out at
// this moment; AWS would report that, moto forgets its token.
func sweep(ctx context.Context, reconcile *lambdatest.Process, payload string) error {
	a, err := reconcile.Invoke(ctx, []byte(payload), 2*time.Minute)
	if err == nil && (a.ErrorType == "" || a.ErrorType == "NotYet" || strings.Contains(a.ErrorMessage, "InvalidToken")) {
		return nil
	}
	return fmt.Errorf("sweep: %v %+v", err, a)
}

func (n nets) story(t *testing.T, name string) *story {
	return &story{installation: n.installation, t: t, name: name, arn: n.makeRole(t, n.role(name))}
}

// order is the input of revoke.
func (s *story) order(id string) string {
	return fmt.Sprintf(`{"id":%q,"account":%q,"principal":%q,"by":"ttl","ordered_at":%q}`, id, account, s.arn, time.Now().UTC().Format(time.RFC3339))
}

// putByHand puts a policy with Curfew's name on the role without a record, and returns its id.
func (s *story) putByHand(id string) string {
	s.t.Helper()
	_, err := s.iam.PutRolePolicy(s.t.Context(), &iam.PutRolePolicyInput{
		RoleName: s.roleName(), PolicyName: aws.String(s.installation.name + "-" + id), PolicyDocument: aws.String(byHand),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

const byHand = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`

func anID() string { return strings.ToLower(ulid.Make().String()) }

// TestTheNets covers what the machine's stories do not: managed policies, reads and withdrawals by callers, and the
// sweep, TTL records and outbox after a service was unavailable.
func TestTheNets(t *testing.T) {
	if os.Getenv("CURFEW_EMULATORS") == "" {
		t.Skip("run it with the stand-ins for AWS: go run ./scripts/emulators -- go test ./functions")
	}
	t.Parallel()
	n := newNets(t)
	late := n.story(t, "late") // alone: no sweep is to come before revoke
	late.withdraw()
	late.evidenceIsLate(n)
	for name, tell := range map[string]func(s *story, n nets){
		"bulk": (*story).inBulk, "unstarted": (*story).notStarted, "unanswered": (*story).notAnswered,
		"orphan": (*story).checkOrphan, "ttl": (*story).removedByTTL, "told": (*story).checkMessages, "user": (*story).onAUser,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tell(n.story(t, name), n)
		})
	}
}

func (s *story) withdraw() {
	s.ask("deploy", 1200)
	s.waitsIn("AskApprovers")
	s.call(s.api, "ana", "engineers", "POST", "/v1/elevations/"+s.e.ID+"/withdraw", "")
	s.waitFor(access.WithdrawnState)
}

// evidenceIsLate: revoke removes a grant but cannot store anything; the sweep stores the receipt.
func (s *story) evidenceIsLate(n nets) {
	s.t.Helper()
	s.putByHand(s.e.ID)
	a, err := n.revokeAlone.Invoke(s.t.Context(), []byte(s.order(s.e.ID)), 4*time.Minute)
	if err != nil || a.ErrorType == "" {
		s.t.Fatalf("revoke without its tables: %v %+v, want an error", err, a)
	}
	if got := s.policies(); len(got) > 0 {
		s.t.Errorf("left on the role: %v", got)
	}
	n.sweep(s.t, scheduled)
	s.call(s.api, "ana", "engineers", "GET", "/v1/elevations/"+s.e.ID, "")
}

func (s *story) inBulk(n nets) {
	s.ask("bulk", 1200)
	s.waitFor(access.Active)
	if got := s.attachedPolicies(); len(got) < 2 {
		s.t.Errorf("managed policies on the role = %v, want at least two", got)
	}
	s.waitsIn("Hold")
	n.sweep(s.t, scheduled)
	s.call(s.api, "ana", "engineers", "POST", "/v1/elevations/"+s.e.ID+"/heartbeat", "")
	id := s.e.ID
	for _, path := range []string{"/v1/elevations", "/v1/elevations/" + id, "/v1/me", "/v1/entitlements"} {
		s.call(s.api, "ana", "engineers", "GET", path, "")
	}
	s.call(s.api, "ana", "engineers", "POST", "/v1/elevations/"+id+"/end", "")
	s.wantEnded(access.Released)
	if got := s.attachedPolicies(); len(got) > 0 {
		s.t.Errorf("left on the role: %v", got)
	}
}

// notStarted: a request is stored; the sweep starts its execution.
func (s *story) notStarted(n nets) {
	whole := s.installation
	broken := *whole
	broken.api = n.apiAlone
	s.installation = &broken
	s.ask("bulk", 1200)
	s.installation = whole
	pause(s.t.Context(), 62*time.Second)
	n.sweep(s.t, scheduled)
	s.waitFor(access.Active)
	s.waitsIn("Hold")
	s.call(s.api, "ana", "engineers", "POST", "/v1/elevations/"+s.e.ID+"/end", "")
	s.waitUntilClean()
}

// notAnswered: a decision and an end are stored; the sweep answers their tasks.
func (s *story) notAnswered(n nets) {
	s.ask("deploy", 1200)
	s.waitsIn("AskApprovers")
	s.call(n.decideAlone, "ben", "leads", "POST", "/v1/elevations/"+s.e.ID+"/decisions", fmt.Sprintf(`{"decision":"approve","digest":%q}`, s.e.Digest))
	pause(s.t.Context(), 62*time.Second)
	n.sweep(s.t, scheduled)
	s.waitFor(access.Active)
	s.waitsIn("Hold")
	invoke(s.t, n.apiAlone, s.issuer.event(s.t, "ana", "engineers", "POST", "/v1/elevations/"+s.e.ID+"/end", ""))
	n.sweep(s.t, scheduled)
	s.waitUntilClean()
}

// checkOrphan: a sweep that reads all of IAM has the policy removed.
func (s *story) checkOrphan(n nets) {
	s.putByHand(anID())
	s.waitUntil(func() bool {
		n.sweep(s.t, `{"survey":true}`)
		return len(s.policies()) == 0
	}, "a sweep has taken away what no record explains")
}

func (s *story) removedByTTL(n nets) {
	id := s.putByHand(anID())
	body, err := json.Marshal(access.Order{ID: id, Account: account, Principal: s.arn, By: "ttl", OrderedAt: time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		s.t.Fatal(err)
	}
	keys := fmt.Sprintf(`"pk":{"S":"expiry#%s"},"sk":{"S":"expiry"}`, id)
	got := invoke(s.t, n.expire, fmt.Sprintf(`{"Records":[{"eventID":"1","eventName":"REMOVE","eventSource":"aws:dynamodb",
		"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},
		"dynamodb":{"SequenceNumber":"1","Keys":{%s},"OldImage":{%s,"version":{"N":"1"},"form":{"N":"%d"},"body":{"S":%q}}}}]}`, keys, keys, record.Form, body))
	if got != handled {
		s.t.Errorf("answer = %s, want %s", got, handled)
	}
	s.waitUntilClean()
}

// handled is the answer to a batch without failures.
const handled = `{"batchItemFailures":[]}`

// checkMessages: the outbox sends a new request to approvers and systems. Its requester may not decide it. They stay in their group:
// Grant refuses who left it, and other stories wait for ana's grants.
func (s *story) checkMessages(n nets) {
	s.putOtherPolicy()
	s.ask("deploy", 1200)
	refused := invoke(s.t, s.decide, s.issuer.event(s.t, "ana", "engineers leads", "POST", "/v1/elevations/"+s.e.ID+"/decisions", fmt.Sprintf(`{"decision":"approve","digest":%q}`, s.e.Digest)))
	if !strings.Contains(refused, `"statusCode":403`) {
		s.t.Errorf("deciding on their own request = %s, want 403", refused)
	}
	s.insert(n.notify, "elevation#"+s.e.ID, "elevation")
}

// item returns an item of the access table in DynamoDB's JSON, as in answers and streams.
func (s *story) item(partition, sort string) json.RawMessage {
	s.t.Helper()
	body := fmt.Sprintf(`{"TableName":%q,"ConsistentRead":true,"Key":{"pk":{"S":%q},"sk":{"S":%q}}}`, s.installation.name+"-access", partition, sort)
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, os.Getenv("AWS_ENDPOINT_URL"), strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810.GetItem")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=none/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	var got struct{ Item json.RawMessage }
	text, err := io.ReadAll(answer.Body)
	if err != nil || json.Unmarshal(text, &got) != nil || len(got.Item) == 0 {
		s.t.Fatalf("item %s = %s, %v", partition, text, err)
	}
	return got.Item
}

// onAUser: moto keeps no boundary of a user, so nothing can be granted there. The request is refused, and what is on
// the user is removed.
func (s *story) onAUser(n nets) {
	name := aws.String(s.role("person"))
	made, err := s.iam.CreateUser(s.t.Context(), &iam.CreateUserInput{UserName: name, Tags: []iamtypes.Tag{{Key: aws.String(s.installation.name + ":managed"), Value: aws.String("true")}}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.arn = aws.ToString(made.User.Arn)
	if _, err := s.iam.PutUserPolicy(s.t.Context(), &iam.PutUserPolicyInput{UserName: name, PolicyName: aws.String(standing), PolicyDocument: aws.String(byHand)}); err != nil {
		s.t.Fatal(err)
	}
	a, err := s.api.Invoke(s.t.Context(), []byte(s.issuer.event(s.t, "ana", "engineers", "POST", "/v1/elevations", fmt.Sprintf(
		`{"entitlement":"bulk","principal":%q,"task":{"kind":"change","id":"7"},"reason":"a test","duration_seconds":600}`, s.arn))), time.Minute)
	if err != nil || !strings.Contains(string(a.Payload), "curfew.boundary") {
		s.t.Errorf("asking for a user without a boundary = %v %s", err, a.Payload)
	}
	id, old := anID(), time.Now().Add(-2*time.Minute).UTC().Format(time.RFC3339)
	policy, err := s.iam.CreatePolicy(s.t.Context(), &iam.CreatePolicyInput{
		PolicyName: aws.String(s.installation.name + "-" + id + "-1"), Path: aws.String("/" + s.installation.name + "/"), PolicyDocument: aws.String(byHand),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.iam.AttachUserPolicy(s.t.Context(), &iam.AttachUserPolicyInput{UserName: name, PolicyArn: policy.Policy.Arn}); err != nil {
		s.t.Fatal(err)
	}
	n.sweep(s.t, scheduled)
	revoke := s.start(s.t, "revoke", s.envOf("revoke")...)
	invoke(s.t, revoke, strings.Replace(s.order(id), `"ordered_at":"`, `"ordered_at":"`+old+`","was":"`, 1))
	left, err := s.iam.ListAttachedUserPolicies(s.t.Context(), &iam.ListAttachedUserPoliciesInput{UserName: name})
	if err != nil || len(left.AttachedPolicies) > 0 {
		s.t.Errorf("left on the user: %v, %v", left, err)
	}
}
