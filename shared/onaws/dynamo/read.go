package dynamo

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"curfew/shared/backoff"
	"curfew/shared/fault"
	"curfew/shared/onaws"
	"curfew/shared/record"
)

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const (
	maxKeys = 100 // of BatchGetItem
	maxPage = 200 // of List
)

// Read is [record.Store.Read]. Each read is consistent, but rows may be of different instants. Invalid: more than 100
// keys.
func (s *Store) Read(ctx context.Context, keys ...record.Key) (record.Rows, error) {
	if len(keys) > maxKeys {
		return nil, fault.Errorf(fault.Invalid, "%d keys: at most %d are allowed", len(keys), maxKeys)
	}
	for _, k := range keys {
		if err := k.Check(); err != nil {
			return nil, err
		}
	}
	if len(keys) == 1 {
		return s.readOne(ctx, keys[0])
	}
	wanted := map[string]types.KeysAndAttributes{}
	seen := map[record.Key]bool{} // DynamoDB refuses duplicate keys
	for _, k := range keys {
		if seen[k] {
			continue
		}
		seen[k] = true
		of := wanted[s.table(k.Table)]
		of.ConsistentRead, of.Keys = aws.Bool(true), append(of.Keys, itemKey(k))
		wanted[s.table(k.Table)] = of
	}
	return s.readBatch(ctx, wanted)
}

// readOne uses GetItem: same price as BatchGetItem, no loop.
func (s *Store) readOne(ctx context.Context, k record.Key) (record.Rows, error) {
	out, err := s.Client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String(s.table(k.Table)), Key: itemKey(k), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, s.storeError("reading "+k.String(), err)
	}
	rows := record.Rows{}
	return rows, s.add(rows, s.table(k.Table), out.Item)
}

// readBatch retries keys that DynamoDB left out.
func (s *Store) readBatch(ctx context.Context, wanted map[string]types.KeysAndAttributes) (record.Rows, error) {
	rows := record.Rows{}
	var damaged error
	for try := 0; len(wanted) > 0; try++ {
		if try > 0 {
			if err := backoff.Wait(ctx, s.Jitter, try); err != nil {
				return nil, err
			}
		}
		out, err := s.Client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: wanted})
		if err != nil {
			return nil, s.storeError("reading rows", err)
		}
		for table, items := range out.Responses {
			for _, item := range items {
				damaged = cmp.Or(s.add(rows, table, item), damaged)
			}
		}
		wanted = out.UnprocessedKeys
	}
	return rows, damaged
}

func (s *Store) add(rows record.Rows, table string, item map[string]types.AttributeValue) error {
	if len(item) == 0 {
		return nil
	}
	r, err := decodeItem(s.tableOf(table), item)
	if err == nil {
		rows[r.Key] = r
	}
	return err
}

// Partition is [record.Store.Partition].
func (s *Store) Partition(ctx context.Context, table record.Table, partition, prefix string) ([]record.Row, error) {
	if err := (record.Key{Table: table, Partition: partition, Sort: "any"}).Check(); err != nil {
		return nil, err
	}
	in := &dynamodb.QueryInput{
		TableName: aws.String(s.table(table)), ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :pk"),
		ExpressionAttributeValues: map[string]types.AttributeValue{onaws.PartitionValue: text(partition)},
	}
	if prefix != "" { // begins_with refuses an empty string
		in.KeyConditionExpression = aws.String("pk = :pk AND begins_with(sk, :prefix)")
		in.ExpressionAttributeValues[":prefix"] = text(prefix)
	}
	var rows []record.Row
	var damaged error
	for {
		out, err := s.Client.Query(ctx, in)
		if err != nil {
			return nil, s.storeError("reading "+string(table)+"/"+partition, err)
		}
		for _, item := range out.Items {
			r, err := decodeItem(table, item)
			if err != nil {
				damaged = err
				continue
			}
			rows = append(rows, r)
		}
		if len(out.LastEvaluatedKey) == 0 {
			return rows, damaged
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// List is [record.Store.List]. Sort keys in an index partition must be unique, or one at a page's end is skipped. The
// domain's end in the elevation id.
func (s *Store) List(ctx context.Context, q record.Query) (record.Page, error) {
	if !q.Index.Known() || q.Partition == "" {
		return record.Page{}, fault.Errorf(fault.Invalid, "there is no index %q with partition %q", q.Index, q.Partition)
	}
	if q.Limit < 1 || q.Limit > maxPage {
		return record.Page{}, fault.Errorf(fault.Invalid, "the page size %d is not between 1 and %d", q.Limit, maxPage)
	}
	if !q.Newest && q.UpTo != "" && q.After >= q.UpTo {
		return record.Page{}, nil // DynamoDB refuses a range that ends before it begins
	}
	in := s.listing(q)
	var page record.Page
	last := ""
	for {
		out, err := s.Client.Query(ctx, in)
		if err != nil {
			return record.Page{}, s.storeError("listing by "+string(q.Index), err)
		}
		for _, item := range out.Items {
			sort := textOf(item[q.Index.SortAttribute()])
			if sort == q.After {
				continue
			}
			if len(page.Keys) == q.Limit {
				page.Next = last
				return page, nil
			}
			k := record.Key{Table: record.AccessTable, Partition: textOf(item[record.PartitionAttribute]), Sort: textOf(item[record.SortAttribute])}
			page.Keys, last = append(page.Keys, k), sort
		}
		if len(out.LastEvaluatedKey) == 0 {
			return page, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// listing returns the query of one page. It asks for two more items: After's, which BETWEEN includes, and one that
// shows whether another page follows.
func (s *Store) listing(q record.Query) *dynamodb.QueryInput {
	in := &dynamodb.QueryInput{
		TableName: aws.String(s.Access), IndexName: aws.String(string(q.Index)),
		ScanIndexForward: aws.Bool(!q.Newest), Limit: aws.Int32(int32(q.Limit) + 2),
		ExpressionAttributeNames:  map[string]string{"#p": q.Index.PartitionAttribute()},
		ExpressionAttributeValues: map[string]types.AttributeValue{onaws.PartitionValue: text(q.Partition)},
	}
	condition := "#p = :pk"
	bound := func(expression string, values map[string]string) {
		condition += " AND " + expression
		in.ExpressionAttributeNames["#s"] = q.Index.SortAttribute()
		for name, v := range values {
			in.ExpressionAttributeValues[name] = text(v)
		}
	}
	switch {
	case q.Newest && q.After != "" && (q.UpTo == "" || q.After <= q.UpTo):
		bound("#s < :after", map[string]string{":after": q.After})
	case q.Newest && q.UpTo != "":
		bound("#s <= :upto", map[string]string{":upto": q.UpTo})
	case q.After != "" && q.UpTo != "":
		bound("#s BETWEEN :after AND :upto", map[string]string{":after": q.After, ":upto": q.UpTo})
	case q.After != "":
		bound("#s > :after", map[string]string{":after": q.After})
	case q.UpTo != "":
		bound("#s <= :upto", map[string]string{":upto": q.UpTo})
	}
	in.KeyConditionExpression = aws.String(condition)
	return in
}
