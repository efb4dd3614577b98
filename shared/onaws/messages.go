package onaws

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"curfew/shared/fault"
)

// MetricMessages counts what became of the messages of a queue, by outcome.
const MetricMessages = "Messages"

// messageTime is what must be left of an invocation to begin with a message: what is begun and cut off has to be done
// again.
const messageTime = 5 * time.Second

// Messages is the handler of a queue: take is given the body of each message. Those of a batch are taken at once, and
// none waits for another; one that fails, or makes take panic, is reported by its id. It alone comes again, when it is
// visible again, until the queue's redrive policy takes it to the dead letters. names says what each outcome is counted
// under: a few words of ours, never of the message.
//
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
func Messages[O any](f *Function, take func(ctx context.Context, body []byte) ([]O, error), name func(O) string) Handler {
	one := func(ctx context.Context, m events.SQSMessage) error {
		if end, ok := ctx.Deadline(); ok && time.Until(end) < messageTime {
			return fault.Errorf(fault.Transient, "there is no time left for it")
		}
		_, err := f.Recover(ctx, func() (any, error) {
			outcomes, err := take(ctx, []byte(m.Body))
			for _, o := range outcomes {
				f.Metrics.Put(map[string]string{"Outcome": name(o)}, Value{MetricMessages, Count, 1})
			}
			return nil, err
		})
		return err
	}
	return Task(f, func(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
		failed := make([]error, len(batch.Records))
		var all sync.WaitGroup
		for i, m := range batch.Records {
			all.Go(func() { failed[i] = one(ctx, m) })
		}
		all.Wait()
		return f.unhandled(ctx, batch, failed)
	})
}

// unhandled reports what is to come again. A message without an id could not be named: then the whole batch is.
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
