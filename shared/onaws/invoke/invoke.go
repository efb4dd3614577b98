// Package invoke gives the function revoke its orders, over Lambda.
package invoke

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"curfew/shared/access"
	"curfew/shared/fault"
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

var (
	_ Client       = (*lambda.Client)(nil)
	_ onaws.Orders = Orders{}
)

// New is for a function that gives orders.
func New(cfg aws.Config, c onaws.OrdersConfig) Orders {
	return Orders{Client: lambda.NewFromConfig(cfg), Function: c.RevokeFunction}
}

// Revoke is [access.Workflow.Revoke]: an asynchronous invocation. Lambda repeats it twice if it fails, and then it is a
// dead letter.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
func (o Orders) Revoke(ctx context.Context, order access.Order) error {
	payload, err := json.Marshal(order)
	if err != nil {
		return fault.Errorf(fault.Invalid, "order for %s: %w", order.ID, err)
	}
	_, err = o.Client.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: aws.String(o.Function), InvocationType: types.InvocationTypeEvent, Payload: payload,
	})
	return onaws.CallError("invoking revoke for "+order.ID, err)
}
