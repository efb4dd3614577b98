package dynamo

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"curfew/shared/backoff"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// writeTries limits retries after a transaction conflict. Nothing was written; further retries are the caller's.
const writeTries = 3

// Write is [record.Store.Write].
//
// The SDK resends a transaction with the same request token, so that a lost answer does not make it meet its own
// conditions. A single unconditional change uses PutItem or DeleteItem at half the price. A Check with condition Always
// is not sent.
func (s *Store) Write(ctx context.Context, changes ...record.Change) error {
	changes = s.Retention.Apply(changes)
	if err := record.CheckChanges(changes); err != nil {
		return err
	}
	var parts []types.TransactWriteItem
	var sent []record.Change // the change of each part
	for _, c := range changes {
		if c.Do == record.Check && c.If == record.Always {
			continue
		}
		parts, sent = append(parts, s.part(c)), append(sent, c)
	}
	if len(parts) == 0 {
		return nil
	}
	if len(parts) == 1 && !conditional(parts[0]) {
		return s.writeOne(ctx, sent[0], parts[0])
	}
	return s.transact(ctx, sent, parts)
}

func (s *Store) transact(ctx context.Context, sent []record.Change, parts []types.TransactWriteItem) error {
	for try := 1; ; try++ {
		_, err := s.Client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
			TransactItems: parts, ClientRequestToken: aws.String(rand.Text()),
		})
		canceled, ok := errors.AsType[*types.TransactionCanceledException](err)
		if !ok {
			return s.storeError("writing "+sent[0].Row.Key.String(), err)
		}
		err = cancellation(sent, canceled)
		if fault.KindOf(err) != fault.Transient || try == writeTries {
			return err
		}
		if err := backoff.Wait(ctx, s.Jitter, try); err != nil {
			return err
		}
	}
}

func (s *Store) writeOne(ctx context.Context, c record.Change, part types.TransactWriteItem) error {
	var err error
	if part.Put != nil {
		_, err = s.Client.PutItem(ctx, &dynamodb.PutItemInput{TableName: part.Put.TableName, Item: part.Put.Item})
	} else {
		_, err = s.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: part.Delete.TableName, Key: part.Delete.Key})
	}
	return s.storeError("writing "+c.Row.Key.String(), err)
}

func (s *Store) part(c record.Change) types.TransactWriteItem {
	table := aws.String(s.table(c.Row.Key.Table))
	condition, names, values := conditionOf(c)
	switch c.Do {
	case record.Put:
		return types.TransactWriteItem{Put: &types.Put{
			TableName: table, Item: encodeItem(c.Row), ConditionExpression: condition,
			ExpressionAttributeNames: names, ExpressionAttributeValues: values,
		}}
	case record.Delete:
		return types.TransactWriteItem{Delete: &types.Delete{
			TableName: table, Key: itemKey(c.Row.Key), ConditionExpression: condition,
			ExpressionAttributeNames: names, ExpressionAttributeValues: values,
		}}
	}
	return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
		TableName: table, Key: itemKey(c.Row.Key), ConditionExpression: condition,
		ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	}}
}

func conditionOf(c record.Change) (condition *string, names map[string]string, values map[string]types.AttributeValue) {
	switch c.If {
	case record.Unchanged:
		return aws.String("#v = :version"), map[string]string{"#v": record.VersionAttribute},
			map[string]types.AttributeValue{":version": number(c.Version)}
	case record.Absent:
		return aws.String("attribute_not_exists(" + record.PartitionAttribute + ")"), nil, nil
	}
	return nil, nil, nil
}

func conditional(p types.TransactWriteItem) bool {
	return p.ConditionCheck != nil || p.Put != nil && p.Put.ConditionExpression != nil ||
		p.Delete != nil && p.Delete.ConditionExpression != nil
}

// cancellation explains a cancelled transaction: nothing was written. A failed condition has priority: retrying cannot
// help.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
func cancellation(sent []record.Change, canceled *types.TransactionCanceledException) error {
	busy := fault.Errorf(fault.Transient, "transaction cancelled: %w", canceled)
	var invalid error
	for i, reason := range canceled.CancellationReasons {
		if i >= len(sent) {
			break
		}
		key := sent[i].Row.Key
		switch code := aws.ToString(reason.Code); code {
		case "", "None":
		case "ConditionalCheckFailed":
			return conflict(sent[i])
		case "ValidationError", "ItemCollectionSizeLimitExceeded":
			if invalid == nil {
				invalid = fault.Errorf(fault.Invalid, "%s: %s", key, aws.ToString(reason.Message))
			}
		default: // TransactionConflict, ThrottlingError, ProvisionedThroughputExceeded
			busy = fault.Errorf(fault.Transient, "%s: %s: %s", key, code, aws.ToString(reason.Message))
		}
	}
	if invalid != nil {
		return invalid
	}
	return busy
}

func conflict(c record.Change) error {
	if c.If == record.Unchanged {
		return fault.Errorf(fault.Conflict, "%s does not exist, or does not have version %d", c.Row.Key, c.Version)
	}
	return fault.Errorf(fault.Conflict, "%s exists already", c.Row.Key)
}
