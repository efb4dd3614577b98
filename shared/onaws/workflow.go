package onaws

import (
	"context"

	"curfew/shared/access"
	"curfew/shared/fault"
)

// Workflow is [access.Workflow], put together from what a function may use of it. A main fills in the fields for what it
// may do; to ask for what it left out is Internal. What is behind a field is a package of its own, so that a function
// links, and sets up when it starts, only the clients that it calls.
type Workflow struct {
	Executions   Executions   // package stepfunctions
	Tasks        Tasks        // package stepfunctions
	Orders       Orders       // package invoke
	Containments Containments // package invoke
	Late         Late         // package sqs
}

// The parts of a Workflow promise what the methods of [access.Workflow] do that have their names.
type (
	// Executions starts executions.
	Executions interface {
		Start(ctx context.Context, id, input string) error
	}
	// Tasks answers the tasks of executions.
	Tasks interface {
		Answer(ctx context.Context, token, failure string) error
		Beat(ctx context.Context, token string) error
	}
	// Orders has the function revoke carry orders out.
	Orders interface {
		Revoke(context.Context, access.Order) error
	}
	// Containments has the function contain carry orders out.
	Containments interface {
		Contain(context.Context, access.Order) error
	}
	// Late keeps evidence that could not be stored.
	Late interface {
		Postpone(context.Context, access.Late) error
	}
)

var _ access.Workflow = Workflow{}

// Start is [access.Workflow.Start].
func (w Workflow) Start(ctx context.Context, id, input string) error {
	if w.Executions == nil {
		return notConfigured("start an execution")
	}
	return w.Executions.Start(ctx, id, input)
}

// Answer is [access.Workflow.Answer]. Invalid: this is no token.
func (w Workflow) Answer(ctx context.Context, token, failure string) error {
	if w.Tasks == nil {
		return notConfigured("answer a task")
	}
	return w.Tasks.Answer(ctx, token, failure)
}

// Beat is [access.Workflow.Beat]. Invalid: this is no token.
func (w Workflow) Beat(ctx context.Context, token string) error {
	if w.Tasks == nil {
		return notConfigured("pass on a heartbeat")
	}
	return w.Tasks.Beat(ctx, token)
}

// Revoke is [access.Workflow.Revoke].
func (w Workflow) Revoke(ctx context.Context, o access.Order) error {
	if w.Orders == nil {
		return notConfigured("invoke revoke")
	}
	return w.Orders.Revoke(ctx, o)
}

// Contain is [access.Workflow.Contain].
func (w Workflow) Contain(ctx context.Context, o access.Order) error {
	if w.Containments == nil {
		return notConfigured("invoke contain")
	}
	return w.Containments.Contain(ctx, o)
}

// Postpone is [access.Workflow.Postpone].
func (w Workflow) Postpone(ctx context.Context, l access.Late) error {
	if w.Late == nil {
		return notConfigured("postpone evidence")
	}
	return w.Late.Postpone(ctx, l)
}

// notConfigured: the function was not meant to do this.
func notConfigured(what string) error {
	return fault.Errorf(fault.Internal, "this function is not configured to %s", what)
}
