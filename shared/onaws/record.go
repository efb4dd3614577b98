package onaws

import (
	"context"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"

	"curfew/shared/fault"
	"curfew/shared/record"
)

// Call is one call to AWS, for the tests of permissions, without documents, rows, messages or task tokens.
type Call struct {
	Service   string `json:"service"`   // as in the SDK: "DynamoDB", "IAM", "SFN"
	Operation string `json:"operation"` // "PutRolePolicy"
	// Parameters identify the resource and answer conditions; PartitionKey is an item's leading key.
	Parameters map[string]string `json:"parameters,omitempty"`
	// Parts are authorized separately: items of TransactWriteItems, keys of BatchGetItem, entries of PutEvents, findings.
	Parts []Call `json:"parts,omitempty"`
}

// Record makes every client of cfg report each call once, without retries.
func Record(cfg *aws.Config, tell func(Call)) {
	cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("CurfewRecord", func(
			ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
		) (middleware.InitializeOutput, middleware.Metadata, error) {
			c := Call{Service: awsmiddleware.GetServiceID(ctx), Operation: awsmiddleware.GetOperationName(ctx)}
			c.describe(reflect.ValueOf(in.Parameters))
			tell(c)
			return next.HandleInitialize(ctx, in)
		}), middleware.After)
	})
}

// recordTo appends to a file that processes may share.
func recordTo(cfg *aws.Config, path string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fault.Errorf(fault.Invalid, "configuration: CURFEW_RECORD_CALLS: %w", err)
	}
	var mu sync.Mutex
	Record(cfg, func(c Call) {
		mu.Lock()
		defer mu.Unlock()
		// The reading test notices a missing line.
		_ = json.NewEncoder(file).Encode(c)
	})
	return nil
}

func isIdentifying(name string) bool {
	return slices.Contains([]string{
		"TableName", "IndexName", "RoleName", "UserName", "PolicyName", "PolicyArn", "Path", "PathPrefix", "VersionId",
		"RoleArn", "RoleSessionName", "ExternalId", "StateMachineArn", "ExecutionArn", "Name", "FunctionName",
		"InvocationType", "QueueUrl", "TopicArn", "EventBusName", "Source", "DetailType", "Filter", "SecretId", "Bucket", "Prefix", "ProductArn",
	}, name)
}

func (c *Call) describe(v reflect.Value) {
	v = reflect.Indirect(v)
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		name, f := v.Type().Field(i).Name, reflect.Indirect(v.Field(i))
		switch {
		case !f.IsValid() || f.IsZero():
		case (isIdentifying(name) || name == "Key") && f.Kind() == reflect.String: // Key of S3
			c.set(name, f.String())
		case name == "Key" || name == "Item" || name == "ExpressionAttributeValues":
			c.leadingKey(f)
		case name == "TransactItems":
			for j := range f.Len() {
				c.transactItem(f.Index(j))
			}
		case name == "Entries", name == "Findings":
			for j := range f.Len() {
				c.part(c.Operation, f.Index(j))
			}
		case name == "RequestItems":
			c.batch(f)
		}
	}
}

func (c *Call) set(name, value string) {
	if c.Parameters == nil {
		c.Parameters = map[string]string{}
	}
	c.Parameters[name] = value
}

// transactItem adds a part of a transaction: a struct of pointers with one set.
func (c *Call) transactItem(v reflect.Value) {
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() {
			c.part(strings.TrimSuffix(v.Type().Field(i).Name, "Item")+"Item", f.Elem())
		}
	}
}

func (c *Call) part(operation string, v reflect.Value) {
	p := Call{Service: c.Service, Operation: operation}
	p.describe(v)
	c.Parts = append(c.Parts, p)
}

func (c *Call) batch(tables reflect.Value) {
	for _, table := range tables.MapKeys() {
		keys := tables.MapIndex(table).FieldByName("Keys")
		for j := range keys.Len() {
			p := Call{Service: c.Service, Operation: c.Operation}
			p.set("TableName", table.String())
			p.leadingKey(keys.Index(j))
			c.Parts = append(c.Parts, p)
		}
	}
}

// A table's partition key, and its placeholder in queries. describe finds keys by them.
const (
	PartitionKey   = record.PartitionAttribute
	PartitionValue = ":pk"
)

func (c *Call) leadingKey(attributes reflect.Value) {
	for _, name := range []string{PartitionKey, PartitionValue} {
		v := attributes.MapIndex(reflect.ValueOf(name))
		if !v.IsValid() {
			continue
		}
		if s := reflect.Indirect(v.Elem()); s.Kind() == reflect.Struct && s.FieldByName("Value").Kind() == reflect.String {
			c.set("PartitionKey", s.FieldByName("Value").String())
		}
	}
}
