package sqs

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/onaws"
)

const url = "https://sqs.us-east-1.amazonaws.com/111122223333/curfew-late"

// fakeSQS keeps what it gets, returns what it has, and fails on request.
type fakeSQS struct {
	err     error
	has     []types.Message
	sent    *sqs.SendMessageInput
	asked   *sqs.ReceiveMessageInput
	deleted *sqs.DeleteMessageInput
}

func (f *fakeSQS) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	f.sent = in
	return &sqs.SendMessageOutput{}, f.err
}

func (f *fakeSQS) ReceiveMessage(_ context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	f.asked = in
	return &sqs.ReceiveMessageOutput{Messages: f.has}, f.err
}

func (f *fakeSQS) DeleteMessage(_ context.Context, in *sqs.DeleteMessageInput, _ ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error) {
	f.deleted = in
	return &sqs.DeleteMessageOutput{}, f.err
}

func TestEvidenceAsItIsSent(t *testing.T) {
	f := &fakeSQS{}
	if err := (Queue{func() Client { return f }, url}).Postpone(t.Context(), access.Late{Elevation: "01k1"}); err != nil {
		t.Fatal(err)
	}
	if *f.sent.QueueUrl != url || !strings.Contains(*f.sent.MessageBody, `"elevation":"01k1"`) {
		t.Errorf("sent %s to %s", *f.sent.MessageBody, *f.sent.QueueUrl)
	}
}

func TestEvidenceIsTakenByItsReceipt(t *testing.T) {
	f := &fakeSQS{has: []types.Message{{Body: aws.String("{}"), ReceiptHandle: aws.String("r1")}, {Body: aws.String("[]"), ReceiptHandle: aws.String("r2")}}}
	got, err := Queue{func() Client { return f }, url}.Receive(t.Context())
	if want := []onaws.LateMessage{{Body: "{}", Receipt: "r1"}, {Body: "[]", Receipt: "r2"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("received %+v, %v, want %+v", got, err, want)
	}
	if *f.asked.QueueUrl != url || f.asked.MaxNumberOfMessages != 10 {
		t.Errorf("asked %s for %d", *f.asked.QueueUrl, f.asked.MaxNumberOfMessages)
	}
	if err := (Queue{func() Client { return f }, url}).Delete(t.Context(), "r2"); err != nil {
		t.Fatal(err)
	}
	if *f.deleted.QueueUrl != url || *f.deleted.ReceiptHandle != "r2" {
		t.Errorf("deleted %s of %s", *f.deleted.ReceiptHandle, *f.deleted.QueueUrl)
	}
}

func TestWhatTheQueueDidNotTakeOrGiveIsAnError(t *testing.T) {
	for _, c := range []struct {
		name         string
		err          error
		wantPostpone fault.Kind
	}{
		{"a lost answer", errors.New("connection reset"), fault.Transient},
		{"no such queue", &smithy.GenericAPIError{Code: "AWS.SimpleQueueService.NonExistentQueue"}, fault.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := Queue{func() Client { return &fakeSQS{err: c.err} }, url}
			_, received := q.Receive(t.Context())
			for doing, of := range map[string]struct {
				err  error
				want fault.Kind
			}{
				"postpone": {q.Postpone(t.Context(), access.Late{}), c.wantPostpone},
				"receive":  {received, fault.Transient},
				"delete":   {q.Delete(t.Context(), "r1"), fault.Transient},
			} {
				if got := fault.KindOf(of.err); got != of.want {
					t.Errorf("%s: error = %v (%s), want %s", doing, of.err, got, of.want)
				}
			}
		})
	}
}

func TestAccountsToReviewAreSent(t *testing.T) {
	f := &fakeSQS{}
	q := Reviews{Queue{func() Client { return f }, url}}
	if err := q.Send(t.Context(), `{"begin":true}`); err != nil || *f.sent.QueueUrl != url || *f.sent.MessageBody != `{"begin":true}` {
		t.Errorf("sent %+v, %v", f.sent, err)
	}
	f.err = errors.New("connection reset")
	if err := q.Send(t.Context(), "{}"); fault.KindOf(err) != fault.Transient {
		t.Errorf("a lost answer: %v", err)
	}
}
