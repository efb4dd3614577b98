package functions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	lambdaevents "github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	bustypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"curfew/events"
	"curfew/shared/onaws/lambdatest"
)

// bus is the path of events to the function trigger, as deployed: rules of the member account forward to the buses of
// home, whose rules feed a queue. The rules are those of the templates, on moto's EventBridge and SQS; [bus.pass]
// replaces Lambda's mapping from the queue.
type bus struct {
	*installation
	queues *sqs.Client
	queue  string // URL

	mu   sync.Mutex // guards what follows
	took []message
}

// message is one that the function received.
type message struct {
	body    string
	handled bool
}

// hidden is the visibility timeout, shorter than deployed to keep the test fast.
const hidden = 5 * time.Second

// newBus connects these execution environments of the function.
func newBus(t *testing.T, i *installation, triggers ...*lambdatest.Process) *bus {
	t.Helper()
	b := withQueue(t, i, "triggers")
	b.rules(t)
	b.forward(t, i.member)
	for _, trigger := range triggers {
		repeatDuring(t, func(ctx context.Context) { b.pass(ctx, t, trigger) })
	}
	return b
}

// withQueue returns a bus without rules, and its queue.
func withQueue(t *testing.T, i *installation, queue string) *bus {
	t.Helper()
	b := &bus{installation: i, queues: sqs.NewFromConfig(sdkOf(t, account))}
	made, err := b.queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String(i.name + "-" + queue), Attributes: map[string]string{
		string(sqstypes.QueueAttributeNameVisibilityTimeout): strconv.Itoa(int(hidden.Seconds())),
	}})
	if err != nil {
		t.Fatal(err)
	}
	b.queue = aws.ToString(made.QueueUrl)
	return b
}

// repeatDuring repeats something until the test ends.
func repeatDuring(t *testing.T, do func(ctx context.Context)) {
	t.Helper()
	ctx, end := context.WithCancel(context.WithoutCancel(t.Context()))
	var doing sync.WaitGroup
	doing.Go(func() {
		for ctx.Err() == nil {
			do(ctx)
		}
	})
	t.Cleanup(func() { end(); doing.Wait() })
}

// rule is one of a template.
type rule struct {
	Name         string
	EventBusName struct{ Ref string }
	EventPattern json.RawMessage
	Targets      []struct{ Arn json.RawMessage }
}

// leadsTo reports whether the target's ARN contains this text.
func (r rule) leadsTo(text string) bool {
	return len(r.Targets) == 1 && strings.Contains(string(r.Targets[0].Arn), text)
}

// resourcesOf returns the properties of one type in an infra template, with another account filled in.
func resourcesOf[Properties any](t *testing.T, template, account, kind string) (found []Properties) {
	t.Helper()
	text, err := os.ReadFile("../infra/testdata/" + template)
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Resources map[string]struct {
			Type       string
			Properties json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(inAccount(account, string(text))), &all); err != nil {
		t.Fatal(err)
	}
	for _, r := range all.Resources {
		if r.Type != kind {
			continue
		}
		var p Properties
		if err := json.Unmarshal(r.Properties, &p); err != nil {
			t.Fatal(err)
		}
		found = append(found, p)
	}
	return found
}

const aRule = "AWS::Events::Rule"

// busOf returns the name of a bus of home from its name in the template.
func (b *bus) busOf(id string) (name string) {
	return b.name + map[string]string{"MembersBus": "-members", "TasksBus": "-tasks", "Bus": ""}[id]
}

// rules makes the buses of home and their rules. Curfew's announcements have the installation's name as source.
func (b *bus) rules(t *testing.T) {
	t.Helper()
	home := eventbridge.NewFromConfig(sdkOf(t, account))
	for _, id := range []string{"MembersBus", "TasksBus", "Bus"} {
		b.makeBus(t, b.busOf(id))
		made := 0
		for _, r := range resourcesOf[rule](t, "curfew.golden.json", b.member, aRule) {
			if r.EventBusName.Ref == id && r.leadsTo(`"Triggers"`) {
				pattern := strings.ReplaceAll(string(r.EventPattern), `"curfew"`, strconv.Quote(b.name))
				put(t, home, b.busOf(id), r.Name, pattern, "arn:aws:sqs:us-east-1:"+account+":"+b.name+"-triggers")
				made++
			}
		}
		if made == 0 {
			t.Errorf("the template has no rule that leads from %s into the queue", id)
		}
	}
}

// forward makes the rules of a member account, and the path of events from other senders. On AWS they send to the
// bus of home; moto refuses that from another account.
func (b *bus) forward(t *testing.T, from string) {
	t.Helper()
	there := eventbridge.NewFromConfig(sdkOf(t, from))
	to := func(id string) string { return "arn:aws:events:us-east-1:" + account + ":event-bus/" + b.busOf(id) }
	for _, r := range resourcesOf[rule](t, "curfew-member.golden.json", from, aRule) {
		if !r.leadsTo("event-bus/curfew-members") {
			t.Errorf("rule %s of the member account leads to %s", r.Name, r.Targets)
		}
		put(t, there, "default", r.Name, string(r.EventPattern), to("MembersBus"))
	}
	put(t, there, "default", "senders", `{"source":["curfew.task"]}`, to("TasksBus"))
}

// put makes a rule with one target.
func put(t *testing.T, client *eventbridge.Client, on, name, pattern, target string) {
	t.Helper()
	_, err := client.PutRule(t.Context(), &eventbridge.PutRuleInput{EventBusName: aws.String(on), Name: aws.String(name), EventPattern: aws.String(pattern)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.PutTargets(t.Context(), &eventbridge.PutTargetsInput{
		EventBusName: aws.String(on), Rule: aws.String(name), Targets: []bustypes.Target{{Id: aws.String("1"), Arn: aws.String(target)}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// pass does one round of the mapping: up to ten messages are one invocation. Messages that the function does not
// report as failed are deleted; the others become visible again.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
func (b *bus) pass(ctx context.Context, t *testing.T, function *lambdatest.Process) {
	got, err := b.queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: aws.String(b.queue), MaxNumberOfMessages: 10, WaitTimeSeconds: 1})
	if err != nil || len(got.Messages) == 0 {
		if err != nil && ctx.Err() == nil {
			t.Errorf("receiving: %v", err)
			pause(ctx, time.Second)
		}
		return
	}
	failed, err := b.deliver(ctx, function, got.Messages)
	if err != nil {
		if ctx.Err() == nil {
			t.Errorf("a batch: %v", err)
		}
		return
	}
	for _, m := range got.Messages {
		handled := !slices.Contains(failed, aws.ToString(m.MessageId))
		if handled {
			if _, err := b.queues.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: aws.String(b.queue), ReceiptHandle: m.ReceiptHandle}); err != nil && ctx.Err() == nil {
				t.Errorf("deleting: %v", err)
			}
		}
		b.mu.Lock()
		b.took = append(b.took, message{body: aws.ToString(m.Body), handled: handled})
		b.mu.Unlock()
	}
}

// deliver sends the function a batch, as Lambda does, and returns the messages that it did not handle.
func (b *bus) deliver(ctx context.Context, function *lambdatest.Process, messages []sqstypes.Message) (failed []string, err error) {
	var batch lambdaevents.SQSEvent
	for _, m := range messages {
		batch.Records = append(batch.Records, lambdaevents.SQSMessage{
			MessageId: aws.ToString(m.MessageId), ReceiptHandle: aws.ToString(m.ReceiptHandle), Body: aws.ToString(m.Body),
			EventSource: "aws:sqs", EventSourceARN: "arn:aws:sqs:us-east-1:" + account + ":" + path.Base(b.queue), AWSRegion: "us-east-1",
		})
	}
	payload, err := json.Marshal(batch)
	if err != nil {
		return nil, err
	}
	a, err := function.Invoke(ctx, payload, time.Minute)
	if err != nil || a.ErrorType != "" {
		return nil, fmt.Errorf("a function: %v %+v", err, a)
	}
	var answer lambdaevents.SQSEventResponse
	if err := json.Unmarshal(a.Payload, &answer); err != nil {
		return nil, err
	}
	for _, f := range answer.BatchItemFailures {
		failed = append(failed, f.ItemIdentifier)
	}
	return failed, nil
}

// times counts the messages with this text that the function received, handled or not.
func (b *bus) times(text string, handled bool) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.took {
		if m.handled == handled && strings.Contains(m.body, text) {
			n++
		}
	}
	return n
}

// examplesAccount is the account of the example events and catalogs, and of the templates.
const examplesAccount = "111122223333"

// inAccount moves a text to another account.
func inAccount(account, text string) string {
	return strings.ReplaceAll(text, examplesAccount, account)
}

// The examples are from one day in August, until four o'clock in the afternoon. Move them to today: an old start
// begins nothing.
var (
	exampleInstant = regexp.MustCompile(`"2026-08-06T[0-9:.]+(Z|\+0000)"`)
	sinceExamples  = time.Since(time.Date(2026, 8, 6, 16, 10, 0, 0, time.UTC)).Truncate(time.Second)
)

func today(instant string) string {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700"} {
		if at, err := time.Parse(layout, strings.Trim(instant, `"`)); err == nil {
			return `"` + at.Add(sinceExamples).Format(layout) + `"`
		}
	}
	return instant
}

// example returns an event of events/examples in an account of these tests. Each pair in changed is an old text,
// which must be there, and a new one.
func example(t *testing.T, account, name string, changed ...string) string {
	t.Helper()
	raw, err := events.Example(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(changed); i += 2 {
		if !strings.Contains(string(raw), changed[i]) {
			t.Fatalf("%s has no %q", name, changed[i])
		}
	}
	text := strings.NewReplacer(changed...).Replace(string(raw))
	return inAccount(account, exampleInstant.ReplaceAllStringFunc(text, today))
}

// putEvent puts an event on its account's default bus. EventBridge sets its id and account.
func (b *bus) putEvent(t *testing.T, event string) {
	t.Helper()
	var e struct {
		Account, Source string
		DetailType      string `json:"detail-type"`
		Time            time.Time
		Resources       []string
		Detail          json.RawMessage
	}
	if err := json.Unmarshal([]byte(event), &e); err != nil {
		t.Fatal(err)
	}
	put, err := eventbridge.NewFromConfig(sdkOf(t, e.Account)).PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []bustypes.PutEventsRequestEntry{{
		Source: aws.String(e.Source), DetailType: aws.String(e.DetailType), Time: aws.Time(e.Time), Resources: e.Resources, Detail: aws.String(string(e.Detail)),
	}}})
	if err != nil || put.FailedEntryCount > 0 {
		t.Fatalf("putting an event: %v %v", err, put)
	}
}
