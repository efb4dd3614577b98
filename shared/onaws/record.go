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

// Call is one call to AWS as the tests of permissions see it: what it does, and to what. Documents, rows, messages and
// task tokens are not in it.
type Call struct {
	Service   string `json:"service"`   // as the SDK calls it: "DynamoDB", "IAM", "SFN"
	Operation string `json:"operation"` // "PutRolePolicy"
	// Parameters are what identifies the resource and what conditions ask for, by the SDK's names; PartitionKey is the
	// leading key of an item of DynamoDB.
	Parameters map[string]string `json:"parameters,omitempty"`
	// Parts are what a call is authorised as beside itself: TransactWriteItems as PutItem, DeleteItem and
	// ConditionCheckItem of each item, the keys of BatchGetItem, the entries of PutEvents.
	Parts []Call `json:"parts,omitempty"`
}

// Record lets every client that is made from cfg tell of each call once, before it is sent and however often it is sent.
// It is for tests: they hold what a function called against what its role allows.
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

// recordTo appends one JSON object a line to a file, which several processes may share.
func recordTo(cfg *aws.Config, path string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fault.Errorf(fault.Invalid, "configuration: CURFEW_RECORD_CALLS: %w", err)
	}
	var mu sync.Mutex
	Record(cfg, func(c Call) {
		mu.Lock()
		defer mu.Unlock()
		// A line that cannot be written is missed by the test that reads the file; the call goes on.
		_ = json.NewEncoder(file).Encode(c)
	})
	return nil
}

// identifying are the parameters that name a resource or that a condition may ask for.
func identifying(name string) bool {
	return slices.Contains([]string{
		"TableName", "IndexName", "RoleName", "UserName", "PolicyName", "PolicyArn", "Path", "PathPrefix", "VersionId",
		"RoleArn", "RoleSessionName", "ExternalId", "StateMachineArn", "ExecutionArn", "Name", "FunctionName",
		"InvocationType", "QueueUrl", "TopicArn", "EventBusName", "Source", "DetailType", "Filter", "SecretId",
	}, name)
}

// describe gathers the parameters of a call, or of one part of it.
func (c *Call) describe(v reflect.Value) {
	v = reflect.Indirect(v)
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		name, f := v.Type().Field(i).Name, reflect.Indirect(v.Field(i))
		switch {
		case !f.IsValid() || f.IsZero():
		case identifying(name) && f.Kind() == reflect.String:
			c.set(name, f.String())
		case name == "Key" || name == "Item" || name == "ExpressionAttributeValues":
			c.leadingKey(f)
		case name == "TransactItems", name == "Entries":
			for j := range f.Len() {
				c.part(f.Index(j))
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

// part is one of the things that a call does at once. A part of a transaction is a struct of pointers, one of them set.
func (c *Call) part(v reflect.Value) {
	p := Call{Service: c.Service, Operation: c.Operation}
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() && f.Elem().Kind() == reflect.Struct && f.Elem().Type().PkgPath() == v.Type().PkgPath() {
			p.Operation = strings.TrimSuffix(v.Type().Field(i).Name, "Item") + "Item"
			v = f.Elem()
			break
		}
	}
	p.describe(v)
	c.Parts = append(c.Parts, p)
}

// batch is the keys of BatchGetItem, by table.
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

// The attribute of a table that is its partition key, and the placeholder by which a query names a partition. They stand
// here because what is recorded of a call to DynamoDB is found by them.
const (
	PartitionKey   = record.PartitionAttribute
	PartitionValue = ":pk"
)

// leadingKey finds the partition key among the attributes of an item, or the values of a query.
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
