package dynamo

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"curfew/shared/record"
)

type attributes = map[string]types.AttributeValue

// fakeDynamoDB knows only the expressions that a Store writes.
type fakeDynamoDB struct {
	mu     sync.Mutex // guards what follows
	tables map[string]map[[2]string]attributes
	// page is the items per query; 0: all.
	page int
	// skip is the number of unprocessed keys of the next BatchGetItem.
	skip int
	// faults are the next writes' answers; nil: success.
	faults []error
	tokens []string // of the transactions
	calls  []string
}

func newFakeDynamoDB() *fakeDynamoDB {
	return &fakeDynamoDB{tables: map[string]map[[2]string]attributes{}}
}

func (f *fakeDynamoDB) called(operation string) {
	f.mu.Lock()
	f.calls = append(f.calls, operation)
}

func keyOf(item attributes) [2]string {
	return [2]string{textOf(item[record.PartitionAttribute]), textOf(item[record.SortAttribute])}
}

func (f *fakeDynamoDB) put(table *string, item attributes) {
	if f.tables[*table] == nil {
		f.tables[*table] = map[[2]string]attributes{}
	}
	f.tables[*table][keyOf(item)] = item
}

func (f *fakeDynamoDB) fault() error {
	if len(f.faults) == 0 {
		return nil
	}
	err := f.faults[0]
	f.faults = f.faults[1:]
	return err
}

func (f *fakeDynamoDB) GetItem(_ context.Context, in *dynamodb.GetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	f.called("GetItem")
	defer f.mu.Unlock()
	return &dynamodb.GetItemOutput{Item: f.tables[*in.TableName][keyOf(in.Key)]}, nil
}

func (f *fakeDynamoDB) BatchGetItem(_ context.Context, in *dynamodb.BatchGetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	f.called("BatchGetItem")
	defer f.mu.Unlock()
	out := &dynamodb.BatchGetItemOutput{Responses: map[string][]map[string]types.AttributeValue{}, UnprocessedKeys: map[string]types.KeysAndAttributes{}}
	for table, wanted := range in.RequestItems {
		for _, k := range wanted.Keys {
			if f.skip > 0 {
				f.skip--
				left := out.UnprocessedKeys[table]
				left.Keys = append(left.Keys, k)
				out.UnprocessedKeys[table] = left
			} else if item := f.tables[table][keyOf(k)]; item != nil {
				out.Responses[table] = append(out.Responses[table], item)
			}
		}
	}
	return out, nil
}

func (f *fakeDynamoDB) PutItem(_ context.Context, in *dynamodb.PutItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	f.called("PutItem")
	defer f.mu.Unlock()
	if err := f.fault(); err != nil {
		return nil, err
	}
	if tooLarge(in.Item) {
		return nil, &smithy.GenericAPIError{Code: "ValidationException", Message: "Item size has exceeded the maximum allowed size"}
	}
	f.put(in.TableName, in.Item)
	return &dynamodb.PutItemOutput{}, nil
}

func (f *fakeDynamoDB) DeleteItem(_ context.Context, in *dynamodb.DeleteItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	f.called("DeleteItem")
	defer f.mu.Unlock()
	delete(f.tables[*in.TableName], keyOf(in.Key))
	return &dynamodb.DeleteItemOutput{}, f.fault()
}

// tooLarge measures as AWS does: names, string bytes, and one byte per two digits plus one.
func tooLarge(item attributes) bool {
	n := 0
	for name, v := range item {
		n += len(name) + len(textOf(v))
		if number, ok := v.(*types.AttributeValueMemberN); ok {
			n += (len(number.Value)+1)/2 + 1
		}
	}
	return n > 400<<10
}

func (f *fakeDynamoDB) TransactWriteItems(_ context.Context, in *dynamodb.TransactWriteItemsInput, _ ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	f.called("TransactWriteItems")
	defer f.mu.Unlock()
	f.tokens = append(f.tokens, aws.ToString(in.ClientRequestToken))
	if err := f.fault(); err != nil {
		return nil, err
	}
	reasons := make([]types.CancellationReason, len(in.TransactItems))
	failed := false
	for i, part := range in.TransactItems {
		if code := f.refuses(part); code != "None" {
			reasons[i], failed = types.CancellationReason{Code: aws.String(code)}, true
		}
	}
	if failed {
		return nil, &types.TransactionCanceledException{CancellationReasons: reasons}
	}
	for _, part := range in.TransactItems {
		switch {
		case part.Put != nil:
			f.put(part.Put.TableName, part.Put.Item)
		case part.Delete != nil:
			delete(f.tables[*part.Delete.TableName], keyOf(part.Delete.Key))
		}
	}
	return &dynamodb.TransactWriteItemsOutput{}, nil
}

// refuses returns the reason's code.
func (f *fakeDynamoDB) refuses(part types.TransactWriteItem) string {
	var item, values attributes
	var condition *string
	switch {
	case part.Put != nil:
		if tooLarge(part.Put.Item) {
			return "ValidationError"
		}
		item, condition, values = f.tables[*part.Put.TableName][keyOf(part.Put.Item)], part.Put.ConditionExpression, part.Put.ExpressionAttributeValues
	case part.Delete != nil:
		item, condition, values = f.tables[*part.Delete.TableName][keyOf(part.Delete.Key)], part.Delete.ConditionExpression, part.Delete.ExpressionAttributeValues
	default:
		c := part.ConditionCheck
		item, condition, values = f.tables[*c.TableName][keyOf(c.Key)], c.ConditionExpression, c.ExpressionAttributeValues
	}
	holds := true
	switch aws.ToString(condition) {
	case "attribute_not_exists(pk)":
		holds = item == nil
	case "#v = :version":
		was, _ := numberOf(item[record.VersionAttribute])
		want, _ := numberOf(values[":version"])
		holds = item != nil && was == want
	}
	if !holds {
		return "ConditionalCheckFailed"
	}
	return "None"
}

func (f *fakeDynamoDB) Query(_ context.Context, in *dynamodb.QueryInput, _ ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	f.called("Query")
	defer f.mu.Unlock()
	partition, sort := record.PartitionAttribute, record.SortAttribute
	if in.IndexName != nil {
		partition, sort = in.ExpressionAttributeNames["#p"], *in.IndexName+"_sk"
	}
	var items []map[string]types.AttributeValue
	for _, item := range f.tables[*in.TableName] {
		if textOf(item[partition]) == textOf(in.ExpressionAttributeValues[":pk"]) && inRange(in, textOf(item[sort])) {
			items = append(items, maps.Clone(item))
		}
	}
	slices.SortFunc(items, func(a, b map[string]types.AttributeValue) int {
		if in.ScanIndexForward != nil && !*in.ScanIndexForward {
			a, b = b, a
		}
		return strings.Compare(textOf(a[sort]), textOf(b[sort]))
	})
	if in.ExclusiveStartKey != nil {
		at := slices.IndexFunc(items, func(i map[string]types.AttributeValue) bool { return keyOf(i) == keyOf(in.ExclusiveStartKey) })
		items = items[at+1:]
	}
	out := &dynamodb.QueryOutput{Items: items}
	limit := int(aws.ToInt32(in.Limit))
	if f.page > 0 {
		limit = f.page
	}
	if limit > 0 && len(items) > limit {
		out.Items, out.LastEvaluatedKey = items[:limit], items[limit-1]
	}
	return out, nil
}

// inRange reports whether a sort key is in the range of a query.
func inRange(in *dynamodb.QueryInput, sort string) bool {
	value := func(name string) string { return textOf(in.ExpressionAttributeValues[name]) }
	_, condition, _ := strings.Cut(*in.KeyConditionExpression, " AND ")
	switch condition {
	case "begins_with(sk, :prefix)":
		return strings.HasPrefix(sort, value(":prefix"))
	case "#s < :after":
		return sort < value(":after")
	case "#s > :after":
		return sort > value(":after")
	case "#s <= :upto":
		return sort <= value(":upto")
	case "#s BETWEEN :after AND :upto":
		return sort >= value(":after") && sort <= value(":upto")
	}
	return condition == ""
}
