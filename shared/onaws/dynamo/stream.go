package dynamo

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/onaws"
	"curfew/shared/record"
	"curfew/shared/sweep"
)

// StreamRecord is one record of the access table's stream.
type StreamRecord struct {
	Key           record.Key
	Before, After *record.Row // nil: absent
	// TTL: DynamoDB removed the row when it expired.
	TTL bool
}

// Expire handles TTL records that DynamoDB removed with [sweep.Sweep.Expire]. It checks again what the event source
// mapping filters.
func Expire(f *onaws.Function, s *access.Service) onaws.Handler {
	return Records(f, func(ctx context.Context, c StreamRecord) error {
		if !c.TTL || c.Before == nil || !sweep.IsExpiry(c.Key) {
			return nil
		}
		f.Metrics.Beat(access.NetTTL)
		return sweep.New(s).Expire(ctx, *c.Before)
	})
}

// Notify handles the stream as the outbox.
func Notify(f *onaws.Function, s *access.Service) onaws.Handler {
	return Records(f, func(ctx context.Context, c StreamRecord) error { return s.Notify(ctx, c.Before, c.After) })
}

// Records handles the access table's stream. It passes every record of a batch to verb and reports failures and panics
// by sequence number. Lambda resends the batch from the first failure, so verb must be idempotent. The mapping limits
// retries and sends what fails to its dead-letter queue.
// https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
func Records(f *onaws.Function, verb func(context.Context, StreamRecord) error) onaws.Handler {
	return onaws.Task(f, func(ctx context.Context, batch events.DynamoDBEvent) (events.DynamoDBEventResponse, error) {
		answer := events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{}}
		for _, r := range batch.Records {
			_, err := f.Recover(ctx, func() (any, error) {
				c, err := decodeChange(r)
				if err != nil {
					return nil, err
				}
				return nil, verb(ctx, c)
			})
			if err == nil {
				continue
			}
			f.Metrics.Error(fault.ErrorName(err))
			f.Log.ErrorContext(ctx, "record not handled", "record", r.EventID, "sequence", r.Change.SequenceNumber, "kind", fault.KindOf(err), "error", err)
			if r.Change.SequenceNumber == "" { // without one, fail the batch
				return answer, err
			}
			answer.BatchItemFailures = append(answer.BatchItemFailures, events.DynamoDBBatchItemFailure{ItemIdentifier: r.Change.SequenceNumber})
		}
		return answer, nil
	})
}

func decodeChange(r events.DynamoDBEventRecord) (StreamRecord, error) {
	keys := item(r.Change.Keys)
	c := StreamRecord{
		Key: record.Key{Table: record.AccessTable, Partition: textOf(keys[record.PartitionAttribute]), Sort: textOf(keys[record.SortAttribute])},
		TTL: r.EventName == string(events.DynamoDBOperationTypeRemove) && byTTL(r.UserIdentity),
	}
	var err error
	if c.Before, err = image(r.Change.OldImage); err != nil {
		return c, err
	}
	if c.After, err = image(r.Change.NewImage); err != nil {
		return c, err
	}
	for _, row := range []*record.Row{c.Before, c.After} {
		if row != nil && row.Key != c.Key {
			return c, fault.Errorf(fault.Internal, "stream record of %s has an image of %s", c.Key, row.Key)
		}
	}
	return c, nil
}

// byTTL reports whether DynamoDB itself made the change.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
func byTTL(by *events.DynamoDBUserIdentity) bool {
	return by != nil && by.Type == "Service" && by.PrincipalID == "dynamodb.amazonaws.com"
}

func image(attributes map[string]events.DynamoDBAttributeValue) (*record.Row, error) {
	if len(attributes) == 0 {
		return nil, nil
	}
	row, err := decodeItem(record.AccessTable, item(attributes))
	if err != nil {
		return nil, err
	}
	return &row, nil
}

// item converts to the SDK's types. Rows have only strings and numbers.
func item(attributes map[string]events.DynamoDBAttributeValue) map[string]types.AttributeValue {
	out := make(map[string]types.AttributeValue, len(attributes))
	for name, v := range attributes {
		switch v.DataType() {
		case events.DataTypeString:
			out[name] = &types.AttributeValueMemberS{Value: v.String()}
		case events.DataTypeNumber:
			out[name] = &types.AttributeValueMemberN{Value: v.Number()}
		}
	}
	return out
}
