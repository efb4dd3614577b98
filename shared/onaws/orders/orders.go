// Package orders gives the functions revoke and contain their orders, over Lambda.
package orders

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"curfew/shared/access"
	"curfew/shared/onaws"
)

// Client is the call to Lambda.
type Client interface {
	Invoke(context.Context, *lambda.InvokeInput, ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// Orders is [onaws.Orders].
type Orders struct {
	Client   Client
	Function string // revoke: its name or ARN
}

// Containments is [onaws.Contains].
type Containments struct {
	Client   Client
	Function string // contain: its name or ARN
}

var (
	_ Client       = (*lambda.Client)(nil)
	_ onaws.Orders = Orders{}

	_ onaws.Contains = Containments{}
)

// New is for a function that gives orders.
func New(cfg aws.Config, c onaws.OrdersConfig) Orders {
	return Orders{Client: lambda.NewFromConfig(cfg), Function: c.RevokeFunction}
}

// NewContainments is for a function that has grants contained; nil without the name of a function that does.
func NewContainments(cfg aws.Config, c onaws.ContainmentsConfig) onaws.Contains {
	if c.ContainFunction == "" {
		return nil
	}
	return Containments{Client: lambda.NewFromConfig(cfg), Function: c.ContainFunction}
}

// Revoke is [access.Workflow.Revoke].
func (o Orders) Revoke(ctx context.Context, order access.Order) error {
	return give(ctx, o.Client, o.Function, "invoking revoke for "+order.ID, order)
}

// Contain is [access.Workflow.Contain].
func (c Containments) Contain(ctx context.Context, order access.Order) error {
	return give(ctx, c.Client, c.Function, "invoking contain for "+order.ID, order)
}

// give invokes a function asynchronously. Lambda repeats it twice if it fails, and then it is a dead letter.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
func give(ctx context.Context, client Client, function, doing string, order access.Order) error {
	payload, err := json.Marshal(order)
	if err != nil {
		return access.Errorf(access.Invalid, "order for %s: %w", order.ID, err)
	}
	_, err = client.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: aws.String(function), InvocationType: types.InvocationTypeEvent, Payload: payload,
	})
	return onaws.CallError(doing, err)
}
