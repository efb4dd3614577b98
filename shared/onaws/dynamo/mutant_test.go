package dynamo

import (
	"context"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"curfew/shared/record"
)

// strictDynamoDB counts reads that may be stale. Index reads always may.
type strictDynamoDB struct {
	*fakeDynamoDB
	loose []string
}

func (s *strictDynamoDB) read(operation string, consistent *bool) {
	if !aws.ToBool(consistent) {
		s.loose = append(s.loose, operation)
	}
}

func (s *strictDynamoDB) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	s.read("GetItem", in.ConsistentRead)
	return s.fakeDynamoDB.GetItem(ctx, in, o...)
}

func (s *strictDynamoDB) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	for _, wanted := range in.RequestItems {
		s.read("BatchGetItem", wanted.ConsistentRead)
	}
	return s.fakeDynamoDB.BatchGetItem(ctx, in, o...)
}

func (s *strictDynamoDB) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	if in.IndexName == nil {
		s.read("Query", in.ConsistentRead)
	}
	return s.fakeDynamoDB.Query(ctx, in, o...)
}

func TestEveryReadOfATableIsConsistent(t *testing.T) {
	db := &strictDynamoDB{fakeDynamoDB: newFakeDynamoDB()}
	s := &Store{Client: db, Access: "access", Audit: "audit"}
	key := record.Key{Table: record.AccessTable, Partition: "elevation#1", Sort: "elevation"}
	other := record.Key{Table: record.AuditTable, Partition: "chain#1", Sort: "1"}
	if _, err := s.Read(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(t.Context(), key, other); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Partition(t.Context(), key.Table, key.Partition, ""); err != nil {
		t.Fatal(err)
	}
	if len(db.loose) > 0 {
		t.Errorf("%v may answer with what was there before", db.loose)
	}
	for _, operation := range []string{"GetItem", "BatchGetItem", "Query"} {
		if !slices.Contains(db.calls, operation) {
			t.Errorf("%s was not sent: nothing is known of it", operation)
		}
	}
}
