package api

import (
	"bytes"
	"context"
	"reflect"

	"curfew/shared/access"
	"curfew/shared/identity"
)

// Operation is one thing that a caller may do.
type Operation struct {
	Name  string // the operationId in openapi.json
	About string // what it does, in one line
	// May are those who may call it: one of these is enough. The domain decides; this is what to expect.
	May []Role
	// People: only people, no machine.
	People bool
	// Decides: it writes a decision. The function decide alone serves it.
	Decides bool
	// Changes: it is more than a look.
	Changes bool
	// Repeats: sent twice it does no more than once.
	Repeats bool
	// Fails are the kinds of problem that it may answer, beside [Internal].
	Fails   []string
	In, Out reflect.Type

	call func(context.Context, *access.Service, identity.Caller, []byte) (any, error)
}

// Role is what a caller is to an elevation, or to Curfew.
type Role string

// The roles.
const (
	Anyone    Role = "anyone"    // who is authenticated
	Requester Role = "requester" // asked for it
	Holder    Role = "holder"    // uses it
	Approver  Role = "approver"  // is among those who decide, and neither requester nor holder
	Owner     Role = "owner"     // of the entitlement
	Operator  Role = "operator"  // may end anybody's elevation
	Reviewer  Role = "reviewer"  // signs its review
	Reader    Role = "reader"    // whom policy lets read
)

// Nothing is the input of an operation that needs none.
type Nothing struct{}

// Call does the operation with its input as one JSON object; an empty text is an empty object. The answer is of type Out. An input that
// was not understood is an [*InputError].
func (o Operation) Call(ctx context.Context, s *access.Service, c identity.Caller, input []byte) (any, error) {
	if len(bytes.TrimSpace(input)) == 0 {
		input = []byte("{}")
	}
	return o.call(ctx, s, c, input)
}

// op makes an operation of what does it.
func op[In, Out any](o Operation, do func(context.Context, *access.Service, identity.Caller, In) (Out, error)) Operation {
	o.In, o.Out = reflect.TypeFor[In](), reflect.TypeFor[Out]()
	o.call = func(ctx context.Context, s *access.Service, c identity.Caller, input []byte) (any, error) {
		var in In
		if err := read(input, &in, s.Instant()); err != nil {
			return nil, err
		}
		out, err := do(ctx, s, c, in)
		if err != nil { // an answer is whole, or there is none
			return nil, err
		}
		return out, nil
	}
	return o
}
