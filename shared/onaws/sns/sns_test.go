package sns

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"curfew/shared/access"
)

// fakeTopics keep what they get.
type fakeTopics struct{ published *sns.PublishInput }

func (f *fakeTopics) Publish(_ context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	f.published = in
	return &sns.PublishOutput{}, nil
}

func TestMessagesBearWhatSubscriptionsFilterBy(t *testing.T) {
	f := &fakeTopics{}
	n := &Notifier{Topics: f, Topic: "arn:aws:sns:us-east-1:111122223333:curfew", Source: "curfew"}
	if err := n.Send(t.Context(), access.Message{Kind: "decide", To: []string{"group:leads"}, Elevation: "01k1", Text: "ana asks"}); err != nil {
		t.Fatal(err)
	}
	attributes := f.published.MessageAttributes
	if got := *attributes["kind"].StringValue + " " + *attributes["to"].StringValue; got != `decide ["group:leads"]` {
		t.Errorf("attributes = %s", got)
	}
	if *f.published.Subject != "curfew: decide" || !strings.HasPrefix(*f.published.Message, "ana asks") {
		t.Errorf("message = %q: %q", *f.published.Subject, *f.published.Message)
	}
}
