package onaws

import (
	"context"

	"curfew/shared/access"
	"curfew/shared/fault"
)

// Workflow is [access.Workflow]. main sets the fields that the function may use; calls of others are Internal.
type Workflow struct {
	Executions   Executions       // package stepfunctions
	Tasks        Tasks            // package stepfunctions
	Orders       Orders           // package invoke
	Containments Containments     // package invoke
	Deferred     DeferredEvidence // package sqs
}

// The methods are those of [access.Workflow].
type (
	Executions interface {
		Start(ctx context.Context, id, input string) error
	}
	Tasks interface {
		Answer(ctx context.Context, token, failure string) error
		Beat(ctx context.Context, token string) error
	}
	Orders interface {
		Revoke(context.Context, access.Order) error
	}
	Containments interface {
		Contain(context.Context, access.Order) error
	}
	// DeferredEvidence stores deferred evidence.
	DeferredEvidence interface {
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

// Answer is [access.Workflow.Answer]. Invalid: not a token.
func (w Workflow) Answer(ctx context.Context, token, failure string) error {
	if w.Tasks == nil {
		return notConfigured("answer a task")
	}
	return w.Tasks.Answer(ctx, token, failure)
}

// Beat is [access.Workflow.Beat]. Invalid: not a token.
func (w Workflow) Beat(ctx context.Context, token string) error {
	if w.Tasks == nil {
		return notConfigured("send a heartbeat")
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
	if w.Deferred == nil {
		return notConfigured("postpone evidence")
	}
	return w.Deferred.Postpone(ctx, l)
}

func notConfigured(what string) error {
	return fault.Errorf(fault.Internal, "this function is not configured to %s", what)
}
