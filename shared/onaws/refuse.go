package onaws

import (
	"context"

	"curfew/shared/access"
	"curfew/shared/fault"
)

// A service has all ports, and no function may use them all. What a function may not do is refused here by name, before
// IAM would refuse it: a main shows by what it constructs what it may touch. There is one type for each port that refuses
// all of it, and for Cloud one for each way in which it is used. [Workflow] refuses by itself what it was not given.

// NoCloud is the cloud of a function that knows no principal.
type NoCloud struct{}

var _ access.Cloud = NoCloud{}

// Look is refused.
func (NoCloud) Look(context.Context, string) (access.Sight, error) {
	return access.Sight{}, refuse("look at principals")
}

// Attach is refused.
func (NoCloud) Attach(context.Context, access.Grant) error { return refuse("attach grants") }

// Remove is refused.
func (NoCloud) Remove(context.Context, access.Principal, string) ([]access.Call, error) {
	return nil, refuse("remove grants")
}

// Read is refused.
func (NoCloud) Read(context.Context, access.Principal, string) ([]string, error) {
	return nil, refuse("read grants")
}

// Survey is refused.
func (NoCloud) Survey(context.Context, string) (access.Survey, error) {
	return access.Survey{}, refuse("survey IAM")
}

// LookOnly is the cloud of a function that only looks at principals.
type LookOnly struct {
	NoCloud
	Cloud access.Cloud
}

// Look is [access.Cloud.Look].
func (l LookOnly) Look(ctx context.Context, arn string) (access.Sight, error) {
	return l.Cloud.Look(ctx, arn)
}

// AttachOnly is the cloud of grant and of contain: nothing that removes.
type AttachOnly struct {
	NoCloud
	Cloud access.Cloud
}

// Look is [access.Cloud.Look].
func (a AttachOnly) Look(ctx context.Context, arn string) (access.Sight, error) {
	return a.Cloud.Look(ctx, arn)
}

// Attach is [access.Cloud.Attach].
func (a AttachOnly) Attach(ctx context.Context, g access.Grant) error { return a.Cloud.Attach(ctx, g) }

// Read is [access.Cloud.Read].
func (a AttachOnly) Read(ctx context.Context, p access.Principal, grant string) ([]string, error) {
	return a.Cloud.Read(ctx, p, grant)
}

// RemoveOnly is the cloud of revoke: nothing that adds.
type RemoveOnly struct {
	NoCloud
	Cloud access.Cloud
}

// Remove is [access.Cloud.Remove].
func (r RemoveOnly) Remove(ctx context.Context, p access.Principal, grant string) ([]access.Call, error) {
	return r.Cloud.Remove(ctx, p, grant)
}

// Read is [access.Cloud.Read].
func (r RemoveOnly) Read(ctx context.Context, p access.Principal, grant string) ([]string, error) {
	return r.Cloud.Read(ctx, p, grant)
}

// ReadOnly is the cloud of reconcile, which only reads: what must go it has removed by the function revoke.
type ReadOnly struct {
	NoCloud
	Cloud access.Cloud
}

// Look is [access.Cloud.Look].
func (r ReadOnly) Look(ctx context.Context, arn string) (access.Sight, error) {
	return r.Cloud.Look(ctx, arn)
}

// Read is [access.Cloud.Read].
func (r ReadOnly) Read(ctx context.Context, p access.Principal, grant string) ([]string, error) {
	return r.Cloud.Read(ctx, p, grant)
}

// Survey is [access.Cloud.Survey].
func (r ReadOnly) Survey(ctx context.Context, after string) (access.Survey, error) {
	return r.Cloud.Survey(ctx, after)
}

// NoWorkflow is the workflow of a function that starts, answers and orders nothing.
type NoWorkflow struct{}

var _ access.Workflow = NoWorkflow{}

// Start is refused.
func (NoWorkflow) Start(context.Context, string, string) error { return refuse("start executions") }

// Answer is refused.
func (NoWorkflow) Answer(context.Context, string, string) error { return refuse("answer tasks") }

// Beat is refused.
func (NoWorkflow) Beat(context.Context, string) error { return refuse("tell tasks of heartbeats") }

// Revoke is refused.
func (NoWorkflow) Revoke(context.Context, access.Order) error { return refuse("invoke revoke") }

// Contain is refused.
func (NoWorkflow) Contain(context.Context, access.Order) error { return refuse("invoke contain") }

// Postpone is refused.
func (NoWorkflow) Postpone(context.Context, access.Late) error { return refuse("postpone evidence") }

// NoNotifier is the notifier of all functions but notify.
type NoNotifier struct{}

var _ access.Notifier = NoNotifier{}

// Tell is refused.
func (NoNotifier) Tell(context.Context, access.Message) error { return refuse("tell people") }

// Publish is refused.
func (NoNotifier) Publish(context.Context, access.Event) error { return refuse("publish events") }

// NoDecider is the decider of a function that has no catalog.
type NoDecider struct{}

var _ access.Decider = NoDecider{}

// Entitlement is refused.
func (NoDecider) Entitlement(context.Context, string, string) (access.Entitlement, error) {
	return access.Entitlement{}, refuse("read the catalog")
}

// Entitlements is refused.
func (NoDecider) Entitlements(context.Context) ([]access.Entitlement, error) {
	return nil, refuse("read the catalog")
}

// Groups is refused.
func (NoDecider) Groups(context.Context, string) ([]string, error) {
	return nil, refuse("read the catalog")
}

// Machines is refused.
func (NoDecider) Machines(context.Context) ([]access.CatalogMachine, error) {
	return nil, refuse("read the catalog")
}

// Decide is refused.
func (NoDecider) Decide(context.Context, access.Question) (access.Verdict, error) {
	return access.Verdict{}, refuse("ask policy")
}

// refuse is the error of what a function was not given.
func refuse(what string) error {
	return fault.Errorf(fault.Denied, "this function may not %s", what)
}
