// Package sqs has the SQS queues that functions send to: of deferred evidence, and of accounts to review.
package sqs

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"curfew/shared/access"
	"curfew/shared/accountreview"
	"curfew/shared/fault"
	"curfew/shared/onaws"
)

type Client interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessage(context.Context, *sqs.DeleteMessageInput, ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error)
}

// Queue is [onaws.DeferredEvidence] and [onaws.LateQueue].
type Queue struct {
	// Client is made at first use: deferred evidence is rare and must not slow the cold start.
	Client func() Client
	URL    string
}

var (
	_ Client                 = (*sqs.Client)(nil)
	_ onaws.DeferredEvidence = Queue{}
	_ onaws.LateQueue        = Queue{}
	_ accountreview.Queue    = Reviews{}
)

// New returns the queue of an installation.
func New(cfg aws.Config, c onaws.LateConfig) Queue {
	return Queue{Client: sync.OnceValue(func() Client { return sqs.NewFromConfig(cfg) }), URL: c.LateQueue}
}

// Postpone is [access.Workflow.Postpone]. A retry may store it twice.
func (q Queue) Postpone(ctx context.Context, l access.Late) error {
	_, err := q.Client().SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(q.URL), MessageBody: aws.String(string(l.Body()))})
	return onaws.CallError("postponing evidence of "+l.Elevation, err)
}

// Receive is [onaws.LateQueue.Receive]: at most ten, SQS's limit.
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
		return fault.Errorf(fault.Transient, "deleting stored late evidence from the queue: %w", err)
	}
	return nil
}

// Reviews is [accountreview.Queue].
type Reviews struct{ queue Queue }

// NewReviews returns the queue of accounts to review.
func NewReviews(cfg aws.Config, c onaws.ReviewsConfig) Reviews {
	return Reviews{New(cfg, onaws.LateConfig{LateQueue: c.ReviewsQueue})}
}

// Send is [accountreview.Queue.Send]. A retry may send it twice.
func (r Reviews) Send(ctx context.Context, body string) error {
	_, err := r.queue.Client().SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(r.queue.URL), MessageBody: aws.String(body)})
	return onaws.CallError("sending an account to review", err)
}
