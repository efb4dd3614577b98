package sns

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"curfew/shared/access"
	"curfew/shared/message"
)

// fakeTopics keep what they get.
type fakeTopics struct{ published *sns.PublishInput }

func (f *fakeTopics) Publish(_ context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	f.published = in
	return &sns.PublishOutput{}, nil
}

const messages, approvals = "arn:aws:sns:us-east-1:111122223333:curfew-messages", "arn:aws:sns:us-east-1:111122223333:curfew-approvals"

// sent is what a message of this kind becomes.
func sent(t *testing.T, m access.Message) (in *sns.PublishInput, forms map[string]string) {
	t.Helper()
	f := &fakeTopics{}
	n := &Notifier{Topics: f, Messages: messages, Approvals: approvals, Source: "curfew"}
	if err := n.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(*f.published.Message), &forms); err != nil || *f.published.MessageStructure != "json" {
		t.Fatalf("%v: %s", err, *f.published.Message)
	}
	return f.published, forms
}

func TestMessagesBearWhatSubscriptionsFilterBy(t *testing.T) {
	in, _ := sent(t, access.Message{Kind: message.Decide, To: []string{"group:leads", "group:heads"}, Elevation: "01k1", Requester: message.Party{ID: "person:https://id.example.com|ana"}})
	for name, want := range map[string]string{
		"kind": "decide", "to": `["group:leads","group:heads"]`, "elevation": "01k1", "requester": "person:https://id.example.com|ana",
	} {
		if got := in.MessageAttributes[name]; got.StringValue == nil || *got.StringValue != want {
			t.Errorf("%s = %v, want %s", name, got.StringValue, want)
		}
	}
	if got := *in.MessageAttributes["to"].DataType; got != "String.Array" {
		t.Errorf("to is a %s", got)
	}
}

// Each protocol gets its form, and no value becomes another.
func TestEachProtocolGetsItsForm(t *testing.T) {
	m := access.Message{Kind: message.Decide, To: []string{"group:leads"}, Elevation: "01k1", Entitlement: "admin", Principal: "arn:aws:iam::111122223333:role/engineer"}
	m.Reason = "it broke\",\"sms\":\"approved\n\nDecided by: ben"
	in, forms := sent(t, m)
	data := string(m.JSON())
	for protocol, want := range map[string]string{
		"default": m.Line(), "email": m.Text(), "sms": m.Subject("curfew"), "sqs": data, "lambda": data, "http": data, "https": data,
	} {
		if forms[protocol] != want {
			t.Errorf("%s gets %q, want %q", protocol, forms[protocol], want)
		}
	}
	if len(forms) != 7 || *in.Subject != m.Subject("curfew") {
		t.Errorf("%d forms, subject %q", len(forms), *in.Subject)
	}
}

// Who decides or signs reads the topic of approvals.
func TestTopicsByKind(t *testing.T) {
	approvers := []message.Kind{message.Decide, message.Approved, message.Denied, message.Withdrawn, message.Lapsed, message.Review}
	for _, kind := range message.Kinds() {
		want := messages
		if slices.Contains(approvers, kind) {
			want = approvals
		}
		if in, _ := sent(t, access.Message{Kind: kind, To: []string{"group:leads"}, Elevation: "01k1"}); *in.TopicArn != want {
			t.Errorf("%s goes to %s, want %s", kind, *in.TopicArn, want)
		}
	}
}
