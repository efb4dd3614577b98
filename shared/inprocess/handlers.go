package inprocess

import (
	"context"
	"encoding/json"

	"curfew/shared/access"
	"curfew/shared/fault"
)

// HandlersOf returns the Lambda functions of a service.
func HandlersOf(s *access.Service) Handlers {
	return Handlers{
		Wait: handler(func(ctx context.Context, in access.WaitIn) (struct{}, error) {
			return struct{}{}, s.Wait(ctx, in)
		}),
		Grant:  handler(s.Grant),
		Revoke: handler(s.Revoke),
		Contain: handler(func(ctx context.Context, o access.Order) (struct{}, error) {
			return struct{}{}, s.Contain(ctx, o)
		}),
	}
}

func handler[In, Out any](verb func(context.Context, In) (Out, error)) func(context.Context, []byte) ([]byte, error) {
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		var in In
		if err := json.Unmarshal(payload, &in); err != nil {
			return nil, fault.Errorf(fault.Invalid, "the input of a function: %w", err)
		}
		out, err := verb(ctx, in)
		if err != nil {
			return nil, err
		}
		return json.Marshal(out)
	}
}
