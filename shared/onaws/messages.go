package onaws

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"curfew/shared/fault"
)

const MetricMessages = "Messages"

// messageTime must be left to start a message.
const messageTime = 5 * time.Second

// Messages handles a queue as [Batch] does. It passes each body to take, concurrently. A message that panics fails.
// name gives an outcome's metric dimension, never text of the message.
func Messages[O any](f *Function, take func(ctx context.Context, body []byte) ([]O, error), name func(O) string) Handler {
	one := func(ctx context.Context, body string) error {
		if end, ok := ctx.Deadline(); ok && time.Until(end) < messageTime {
			return fault.Errorf(fault.Transient, "not started: the invocation's time is nearly over")
		}
		_, err := f.Recover(ctx, func() (any, error) {
			outcomes, err := take(ctx, []byte(body))
			for _, o := range outcomes {
				f.Metrics.Put(map[string]string{"Outcome": name(o)}, Value{MetricMessages, Count, 1})
			}
			return nil, err
		})
		return err
	}
	return Batch(f, func(ctx context.Context, bodies []string) []error {
		failed := make([]error, len(bodies))
		var all sync.WaitGroup
		for i, body := range bodies {
			all.Go(func() { failed[i] = one(ctx, body) })
		}
		all.Wait()
		return failed
	})
}

// Batch handles a queue. It passes the bodies of a batch to deliver, which returns one error for each. A message that
// fails is redelivered, until the redrive policy moves it to the dead-letter queue; after a panic all are.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
func Batch(f *Function, deliver func(ctx context.Context, bodies []string) []error) Handler {
	return Task(f, func(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
		bodies := make([]string, len(batch.Records))
		for i, m := range batch.Records {
			bodies[i] = m.Body
		}
		failed := deliver(ctx, bodies)
		if len(failed) != len(bodies) {
			return events.SQSEventResponse{}, fault.Errorf(fault.Internal, "%d results for %d messages", len(failed), len(bodies))
		}
		return f.unhandled(ctx, batch, failed)
	})
}

// unhandled reports failed messages; without an id the whole batch fails.
func (f *Function) unhandled(ctx context.Context, batch events.SQSEvent, failed []error) (events.SQSEventResponse, error) {
	answer := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for i, err := range failed {
		if err == nil {
			continue
		}
		id := batch.Records[i].MessageId
		f.Metrics.Error(fault.ErrorName(err))
		f.Log.ErrorContext(ctx, "message not handled", "message", id, "kind", fault.KindOf(err), "error", err)
		if id == "" {
			return answer, err
		}
		answer.BatchItemFailures = append(answer.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: id})
	}
	return answer, nil
}
