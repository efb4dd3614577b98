// Package sqs is the queue of SQS where evidence waits that could not be stored.
package sqs

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/onaws"
)

// Client are the calls to SQS.
type Client interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessage(context.Context, *sqs.DeleteMessageInput, ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error)
}

// Queue is [onaws.Late] for who postpones, and [onaws.LateQueue] for who stores what was postponed.
type Queue struct {
	// Client is made when it is first needed: evidence is hardly ever late, and a start is not to wait for it.
	Client func() Client
	URL    string
}

var (
	_ Client          = (*sqs.Client)(nil)
	_ onaws.Late      = Queue{}
	_ onaws.LateQueue = Queue{}
)

// New is the queue of an installation.
func New(cfg aws.Config, c onaws.LateConfig) Queue {
	return Queue{Client: sync.OnceValue(func() Client { return sqs.NewFromConfig(cfg) }), URL: c.LateQueue}
}

// Postpone is [access.Workflow.Postpone]. It may be kept twice.
func (q Queue) Postpone(ctx context.Context, l access.Late) error {
	body, err := json.Marshal(l)
	if err != nil {
		return fault.Errorf(fault.Invalid, "late evidence of %s: %w", l.Elevation, err)
	}
	_, err = q.Client().SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(q.URL), MessageBody: aws.String(string(body))})
	return onaws.CallError("postponing evidence of "+l.Elevation, err)
}

// Receive is [onaws.LateQueue.Receive]: at most ten, which is the most that SQS gives at once.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
func (q Queue) Receive(ctx context.Context) ([]onaws.LateMessage, error) {
	got, err := q.Client().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: aws.String(q.URL), MaxNumberOfMessages: 10})
	if err != nil {
		return nil, fault.Errorf(fault.Transient, "receiving late evidence: %w", err)
	}
	messages := make([]onaws.LateMessage, 0, len(got.Messages))
	for _, m := range got.Messages {
		messages = append(messages, onaws.LateMessage{Body: aws.ToString(m.Body), Receipt: aws.ToString(m.ReceiptHandle)})
	}
	return messages, nil
}

// Delete is [onaws.LateQueue.Delete].
func (q Queue) Delete(ctx context.Context, receipt string) error {
	_, err := q.Client().DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: aws.String(q.URL), ReceiptHandle: aws.String(receipt)})
	if err != nil {
		return fault.Errorf(fault.Transient, "deleting late evidence that was stored: %w", err)
	}
	return nil
}
