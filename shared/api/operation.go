package api

import (
	"bytes"
	"context"
	"reflect"

	"curfew/shared/access"
	"curfew/shared/identity"
)

// Operation is one row of the table.
type Operation struct {
	Name    string // operationId in openapi.json
	About   string // its summary
	May     []Role // one is enough; informative: the domain decides
	People  bool   // no machines
	Decides bool   // writes a decision or signature: only function decide serves it
	Changes bool
	Pace    Pace   // only a caller's calls of the same pace delay it
	Repeats bool   // idempotent
	Fails   []Kind // besides [Internal]
	In, Out reflect.Type

	call func(context.Context, *access.Service, identity.Caller, []byte) (any, error)
}

// Pace is a kind of calls that is throttled apart.
type Pace int

const (
	Calls Pace = iota // all that are of no other
	Beats             // heartbeats
	Ends              // end access, or keep it from beginning
	Tries             // of requests
)

// Role is what a caller is to an elevation.
type Role string

const (
	Anyone    Role = "anyone" // authenticated
	Requester Role = "requester"
	Holder    Role = "holder"
	Approver  Role = "approver" // neither requester nor holder
	Owner     Role = "owner"    // of the entitlement
	Operator  Role = "operator"
	Reviewer  Role = "reviewer"
	Reader    Role = "reader" // by policy
)

// Nothing is an empty input.
type Nothing struct{}

// Call runs the operation on a JSON object; empty text is {}. It returns an Out, or an [*InputError] for bad input.
func (o Operation) Call(ctx context.Context, s *access.Service, c identity.Caller, input []byte) (any, error) {
	if len(bytes.TrimSpace(input)) == 0 {
		input = []byte("{}")
	}
	return o.call(ctx, s, c, input)
}

func op[In, Out any](o Operation, do func(context.Context, *access.Service, identity.Caller, In) (Out, error)) Operation {
	o.In, o.Out = reflect.TypeFor[In](), reflect.TypeFor[Out]()
	o.call = func(ctx context.Context, s *access.Service, c identity.Caller, input []byte) (any, error) {
		var in In
		if err := read(input, &in, s.Instant()); err != nil {
			return nil, err
		}
		out, err := do(ctx, access.ForCall(ctx, s), c, in)
		if err != nil { // no partial answer
			return nil, err
		}
		return out, nil
	}
	return o
}
