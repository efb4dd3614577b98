// Package dynamo is [record.Store] on DynamoDB, and reads its stream.
//
//   - store.go: client and errors
//   - read.go, write.go, item.go: reads, transactions, rows as items
//   - stream.go: from the stream to the functions expire and notify
package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"

	"curfew/shared/fault"
	"curfew/shared/onaws"
	"curfew/shared/record"
)

// Store is [record.Store] on two tables. It is safe for concurrent use.
//
// Both have the keys pk and sk, and the TTL attribute expires. The access table has an index of each [record.Index]'s
// name, with keys <index>_pk and <index>_sk and only keys projected. The audit table is append-only because of each
// put's condition, not by itself.
type Store struct {
	Client        Client
	Access, Audit string
	Retention     record.Retention
	// Jitter picks a wait below the bound before a retry; nil: at random.
	Jitter func(time.Duration) time.Duration
}

type Client interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
}

var (
	_ record.Store = (*Store)(nil)
	_ Client       = (*dynamodb.Client)(nil)
)

// New returns the Store of an installation.
func New(cfg aws.Config, c onaws.TablesConfig) *Store {
	return &Store{Client: dynamodb.NewFromConfig(cfg), Access: c.AccessTable, Audit: c.AuditTable, Retention: c.Retention()}
}

func (s *Store) table(t record.Table) string {
	if t == record.AuditTable {
		return s.Audit
	}
	return s.Access
}

func (s *Store) tableOf(name string) record.Table {
	if name == s.Audit {
		return record.AuditTable
	}
	return record.AccessTable
}

// storeError gives an error its kind. Unknown errors are Transient: the write may have taken effect. A missing table or
// permission is Internal.
func (s *Store) storeError(doing string, err error) error {
	if err == nil {
		return nil
	}
	kind := fault.Transient
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		switch api.ErrorCode() {
		case "ValidationException", "ItemCollectionSizeLimitExceededException":
			kind = fault.Invalid
		case "ResourceNotFoundException", "AccessDeniedException", "UnrecognizedClientException", "IdempotentParameterMismatchException":
			kind = fault.Internal
		}
	}
	text := doing + ": " + err.Error()
	if onaws.ErrorCode(err) == "ResourceNotFoundException" { // DynamoDB does not name it
		text += fmt.Sprintf(" (table %s is %s, table %s is %s)", record.AccessTable, s.Access, record.AuditTable, s.Audit)
	}
	return &fault.Error{Kind: kind, Text: text, Err: err}
}
