// Package dynamo is [record.Store] on DynamoDB, and the functions that read the stream of its table.
//
//   - store.go is the client and its errors. read.go reads and lists, write.go sends transactions, item.go turns rows into
//     items and back.
//   - stream.go is the way of the table's stream into the functions expire and notify.
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

// Store is [record.Store] on two tables of DynamoDB. It is safe for concurrent use.
//
// Both tables have the keys pk and sk. The access table has an index for each [record.Index], of that name, with the keys
// <index>_pk and <index>_sk and nothing but keys projected, and the TTL attribute expires. The audit table has neither:
// its rows are put once. The table itself takes an item over another: the condition of each put keeps evidence as it is.
type Store struct {
	Client Client
	// Access and Audit are the names of the tables.
	Access, Audit string
	// Jitter picks a wait below this bound before a call is repeated; nil: at random.
	Jitter func(time.Duration) time.Duration
}

// Client are the calls that a Store makes.
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

// New makes the Store of an installation.
func New(cfg aws.Config, c onaws.TablesConfig) *Store {
	return &Store{Client: dynamodb.NewFromConfig(cfg), Access: c.AccessTable, Audit: c.AuditTable}
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

// storeError gives an error of DynamoDB its kind. What is not known may have taken effect, and may succeed later. A table
// that is not there, or that the function may not touch, is a fault of the installation.
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
	if onaws.ErrorCode(err) == "ResourceNotFoundException" { // DynamoDB does not say which
		text += fmt.Sprintf(" (table %s is %s, table %s is %s)", record.AccessTable, s.Access, record.AuditTable, s.Audit)
	}
	return &fault.Error{Kind: kind, Text: text, Err: err}
}
