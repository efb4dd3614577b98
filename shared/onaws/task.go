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

// Task is the handler of a verb that takes and gives JSON. A payload that is not exactly one JSON object of In is
// refused as Invalid before the verb is asked; members that In does not know are passed over, so that a state machine
// and a function of two versions understand each other while one of them is being deployed.
//
// An error bears the name that [fault.ErrorName] gives it. aws-lambda-go would report the Go type of the outermost
// error, and every Retry and Catch of the state machine that names a kind would be dead.
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

// NoOutput is a verb that answers nothing: its answer is an empty object.
func NoOutput[In any](verb func(context.Context, In) error) func(context.Context, In) (struct{}, error) {
	return func(ctx context.Context, in In) (struct{}, error) { return struct{}{}, verb(ctx, in) }
}

// guard is around every handler: what becomes of a panic, of an error, and of an answer.
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

// Recover runs h, and makes an error of a panic. The process goes on: what comes next has nothing to do with it.
func (f *Function) Recover(ctx context.Context, h func() (any, error)) (out any, err error) {
	defer func() {
		if died := recover(); died != nil {
			f.Log.ErrorContext(ctx, "panic", "panic", died, "stack", string(debug.Stack()))
			out, err = nil, fault.Errorf(fault.Internal, "the function died: see its log")
		}
	}()
	return h()
}

// lambdaError is an error as the Lambda runtime reports it to whoever invoked: its kind for a type, its text for a message.
// The text of a fault stays in the log; the execution's history is read by more people than that.
func lambdaError(err error) error {
	text := err.Error()
	if fault.KindOf(err) == fault.Internal {
		text = "a fault of the function: see its log"
	}
	return messages.InvokeResponse_Error{Type: fault.ErrorName(err), Message: text}
}

// decodeObject reads a payload that is exactly one JSON object. Of its content nothing goes into the error: it may hold
// a task token.
func decodeObject[T any](payload []byte) (T, error) {
	var v T
	if trimmed := bytes.TrimLeft(payload, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return v, fault.Errorf(fault.Invalid, "the input of a function is a JSON object")
	}
	d := json.NewDecoder(bytes.NewReader(payload))
	if err := d.Decode(&v); err != nil {
		return v, fault.Errorf(fault.Invalid, "the input of a function: %s", decodeFault(err))
	}
	if _, err := d.Token(); err != io.EOF {
		return v, fault.Errorf(fault.Invalid, "the input of a function: something follows the object")
	}
	return v, nil
}

// decodeFault says where JSON went wrong and not what stood there.
func decodeFault(err error) string {
	switch e := err.(type) {
	case *json.UnmarshalTypeError:
		return "member " + e.Field + " is not a " + e.Type.String()
	case *json.SyntaxError:
		return "it is no JSON"
	}
	return "it cannot be read"
}
