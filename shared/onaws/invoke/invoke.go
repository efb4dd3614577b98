// Package invoke orders the functions revoke and contain through Lambda.
package invoke

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/onaws"
)

// Orders is [onaws.Orders].
type Orders struct{ function }

func New(cfg aws.Config, c onaws.OrdersConfig) Orders {
	return Orders{newFunction(cfg, c.RevokeFunction)}
}

// Revoke is [access.Workflow.Revoke].
func (o Orders) Revoke(ctx context.Context, order access.Order) error {
	return o.invoke(ctx, "revoke", order)
}

// Containments is [onaws.Containments].
type Containments struct{ function }

// NewContainments returns nil if the function contain is not configured.
func NewContainments(cfg aws.Config, c onaws.ContainmentsConfig) onaws.Containments {
	if c.ContainFunction == "" {
		return nil
	}
	return Containments{newFunction(cfg, c.ContainFunction)}
}

// Contain is [access.Workflow.Contain].
func (c Containments) Contain(ctx context.Context, order access.Order) error {
	return c.invoke(ctx, "contain", order)
}

// function makes its client at the first order: few starts need one.
type function struct {
	client func() *lambda.Client
	name   string // or ARN
}

func newFunction(cfg aws.Config, name string) function {
	return function{client: sync.OnceValue(func() *lambda.Client { return lambda.NewFromConfig(cfg) }), name: name}
}

// invoke is asynchronous. Lambda retries twice, then sends the order to the dead-letter queue.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
func (f function) invoke(ctx context.Context, doing string, order access.Order) error {
	payload, err := json.Marshal(order)
	if err != nil {
		return fault.Errorf(fault.Invalid, "order for %s: %w", order.ID, err)
	}
	_, err = f.client().Invoke(ctx, &lambda.InvokeInput{
		FunctionName: aws.String(f.name), InvocationType: types.InvocationTypeEvent, Payload: payload,
	})
	return onaws.CallError("invoking "+doing+" for "+order.ID, err)
}
