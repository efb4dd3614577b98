package channels

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"

	"curfew/shared/access"
)

// fakeServices keep what they got, and fail as they are told.
type fakeServices struct {
	err    error
	failed int32 // entries that PutEvents refuses

	published *sns.PublishInput
	put       *eventbridge.PutEventsInput
}

func (f *fakeServices) Publish(_ context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	f.published = in
	return &sns.PublishOutput{}, f.err
}

func (f *fakeServices) PutEvents(_ context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	f.put = in
	entry := ebtypes.PutEventsResultEntry{}
	if f.failed > 0 {
		entry.ErrorCode = aws.String("ThrottlingException")
	}
	return &eventbridge.PutEventsOutput{FailedEntryCount: f.failed, Entries: []ebtypes.PutEventsResultEntry{entry}}, f.err
}

func TestMessagesBearWhatSubscriptionsFilterBy(t *testing.T) {
	f := &fakeServices{}
	n := &Notifier{Topics: f, Topic: "arn:aws:sns:us-east-1:111122223333:curfew", Source: "curfew"}
	if err := n.Tell(t.Context(), access.Message{Kind: "decide", To: []string{"group:leads"}, Elevation: "01k1", Text: "ana asks"}); err != nil {
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

func TestAnEventThatIsRefusedIsAnError(t *testing.T) {
	e := access.Event{DetailType: "Elevation State Change", At: time.Now(), Detail: access.Changed{Elevation: "01k1", State: access.Active}}
	for _, c := range []struct {
		name string
		f    fakeServices
		want access.Kind
	}{
		{"taken", fakeServices{}, ""},
		{"refused, in a call that succeeded", fakeServices{failed: 1}, access.Transient},
		{"not sent", fakeServices{err: errors.New("connection reset")}, access.Transient},
		{"no such bus", fakeServices{err: &smithy.GenericAPIError{Code: "ResourceNotFoundException"}}, access.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := (&Notifier{Bus: &c.f, EventBus: "curfew", Source: "curfew"}).Publish(t.Context(), e)
			if got := access.KindOf(err); got != c.want {
				t.Errorf("error = %v (%s), want %s", err, got, c.want)
			}
			if entry := c.f.put.Entries[0]; *entry.Source != "curfew" || !strings.Contains(*entry.Detail, `"state":"active"`) {
				t.Errorf("event = %+v", entry)
			}
		})
	}
}
