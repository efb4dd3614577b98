// Package contain gives the function contain its orders, over Lambda. It is for revoke, which seldom gives one, and does not
// link the SDK's client of Lambda: that builds the schemas of all its calls in package variables, so that a start waits for
// them even if no client is made. With it revoke is over its limit of 2.5 times an empty function.
package contain

import (
	"context"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/shared/access"
	"curfew/shared/onaws"
	"curfew/shared/onaws/ask"
)

// Orders is [onaws.Containments].
type Orders struct {
	Config   aws.Config
	Function string // contain: its name or ARN
}

// New is for a function that has grants contained; nil without the name of a function that does.
func New(cfg aws.Config, c onaws.ContainmentsConfig) onaws.Containments {
	if c.ContainFunction == "" {
		return nil
	}
	return Orders{Config: cfg, Function: c.ContainFunction}
}

// Contain is [access.Workflow.Contain]: an asynchronous invocation.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
func (o Orders) Contain(ctx context.Context, order access.Order) error {
	call := ask.Call{
		Service: "lambda", Operation: "Invoke", Method: http.MethodPost, Path: "/2015-03-31/functions/" + url.PathEscape(o.Function) + "/invocations",
		Header: map[string]string{"X-Amz-Invocation-Type": "Event"},
	}
	return onaws.CallError("invoking contain for "+order.ID, call.Do(ctx, o.Config, order, nil))
}
