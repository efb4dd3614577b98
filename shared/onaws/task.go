package onaws

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"runtime/debug"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"curfew/shared/fault"
)

// Task returns the handler of a verb. Invalid: the payload is not one JSON object. Unknown members are ignored: during
// a deploy a state machine and a function may have different versions.
//
// Errors have the name of [fault.ErrorName]; aws-lambda-go would report the Go type, which no Retry or Catch matches.
func Task[In, Out any](f *Function, verb func(context.Context, In) (Out, error)) Handler {
	return f.guard(func(ctx context.Context, payload []byte) (any, error) {
		in, err := decodeObject[In](payload)
		if err != nil {
			f.Log.ErrorContext(ctx, "invocation not understood", "error", err)
			return nil, err
		}
		return verb(ctx, in)
	})
}

func NoOutput[In any](verb func(context.Context, In) error) func(context.Context, In) (struct{}, error) {
	return func(ctx context.Context, in In) (struct{}, error) { return struct{}{}, verb(ctx, in) }
}

func (f *Function) guard(h func(ctx context.Context, payload []byte) (any, error)) Handler {
	return func(ctx context.Context, payload []byte) (raw []byte, err error) {
		defer func() {
			if err != nil {
				f.Metrics.Error(fault.ErrorName(err))
				raw, err = nil, lambdaError(err)
			}
		}()
		out, err := f.Recover(ctx, func() (any, error) { return h(ctx, payload) })
		if err != nil {
			return nil, err
		}
		if raw, err = json.Marshal(out); err != nil {
			return nil, fault.Errorf(fault.Internal, "writing the answer: %w", err)
		}
		return raw, nil
	}
}

// Recover runs h and turns a panic into an error.
func (f *Function) Recover(ctx context.Context, h func() (any, error)) (out any, err error) {
	defer func() {
		if died := recover(); died != nil {
			f.Log.ErrorContext(ctx, "panic", "panic", died, "stack", string(debug.Stack()))
			out, err = nil, fault.Errorf(fault.Internal, "the function panicked: see its log")
		}
	}()
	return h()
}

// lambdaError sets the error's type to its kind. Internal texts stay in the log: more people can read the history.
func lambdaError(err error) error {
	text := err.Error()
	if fault.KindOf(err) == fault.Internal {
		text = "the function failed: see its log"
	}
	return messages.InvokeResponse_Error{Type: fault.ErrorName(err), Message: text}
}

// decodeObject decodes exactly one JSON object. Errors never contain the input: it may hold a task token.
func decodeObject[T any](payload []byte) (T, error) {
	var v T
	if trimmed := bytes.TrimLeft(payload, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return v, fault.Errorf(fault.Invalid, "the input of a function must be a JSON object")
	}
	d := json.NewDecoder(bytes.NewReader(payload))
	if err := d.Decode(&v); err != nil {
		return v, fault.Errorf(fault.Invalid, "the input of a function: %s", decodeFault(err))
	}
	if _, err := d.Token(); err != io.EOF {
		return v, fault.Errorf(fault.Invalid, "the input of a function: unexpected data after the object")
	}
	return v, nil
}

// decodeFault omits the input.
func decodeFault(err error) string {
	switch e := err.(type) {
	case *json.UnmarshalTypeError:
		return "member " + e.Field + " is not a " + e.Type.String()
	case *json.SyntaxError:
		return "it is not valid JSON"
	}
	return "it cannot be read"
}
