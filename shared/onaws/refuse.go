package onaws

import (
	"context"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/finding"
)

// Each function gets only the ports it may use; these types refuse the others by name before IAM does. [Workflow]
// refuses what it was not given.

// NoCloud refuses every call.
type NoCloud struct{}

var _ access.Cloud = NoCloud{}

func (NoCloud) Look(context.Context, string) (access.Sight, error) {
	return access.Sight{}, refuse("look at principals")
}

func (NoCloud) Attach(context.Context, access.Grant) error { return refuse("attach grants") }

func (NoCloud) Remove(context.Context, access.Principal, string) ([]access.Call, error) {
	return nil, refuse("remove grants")
}

func (NoCloud) Read(context.Context, access.Principal, string) ([]string, error) {
	return nil, refuse("read grants")
}

func (NoCloud) ReadOther(context.Context, access.Principal, string) (string, bool, error) {
	return "", false, refuse("read policies of others")
}

func (NoCloud) Survey(context.Context, string, string) (access.Survey, error) {
	return access.Survey{}, refuse("survey IAM")
}

// LookOnly can only look at principals.
type LookOnly struct {
	NoCloud
	Cloud access.Cloud
}

func (l LookOnly) Look(ctx context.Context, arn string) (access.Sight, error) {
	return l.Cloud.Look(ctx, arn)
}

// AttachOnly is for grant and contain: it cannot remove.
type AttachOnly struct {
	NoCloud
	Cloud access.Cloud
}

func (a AttachOnly) Look(ctx context.Context, arn string) (access.Sight, error) {
	return a.Cloud.Look(ctx, arn)
}

func (a AttachOnly) Attach(ctx context.Context, g access.Grant) error { return a.Cloud.Attach(ctx, g) }

func (a AttachOnly) Read(ctx context.Context, p access.Principal, grant string) ([]string, error) {
	return a.Cloud.Read(ctx, p, grant)
}

func (a AttachOnly) ReadOther(ctx context.Context, p access.Principal, policy string) (string, bool, error) {
	return a.Cloud.ReadOther(ctx, p, policy)
}

// RemoveOnly is for revoke: it cannot add.
type RemoveOnly struct {
	NoCloud
	Cloud access.Cloud
}

func (r RemoveOnly) Remove(ctx context.Context, p access.Principal, grant string) ([]access.Call, error) {
	return r.Cloud.Remove(ctx, p, grant)
}

func (r RemoveOnly) Read(ctx context.Context, p access.Principal, grant string) ([]string, error) {
	return r.Cloud.Read(ctx, p, grant)
}

// ReadOnly is for reconcile, which removes through the function revoke.
type ReadOnly struct {
	NoCloud
	Cloud access.Cloud
}

func (r ReadOnly) Look(ctx context.Context, arn string) (access.Sight, error) {
	return r.Cloud.Look(ctx, arn)
}

func (r ReadOnly) Read(ctx context.Context, p access.Principal, grant string) ([]string, error) {
	return r.Cloud.Read(ctx, p, grant)
}

func (r ReadOnly) Survey(ctx context.Context, account, after string) (access.Survey, error) {
	return r.Cloud.Survey(ctx, account, after)
}

// NoWorkflow refuses every call.
type NoWorkflow struct{}

var _ access.Workflow = NoWorkflow{}

func (NoWorkflow) Start(context.Context, string, string) error { return refuse("start executions") }

func (NoWorkflow) Answer(context.Context, string, string) error { return refuse("answer tasks") }

func (NoWorkflow) Beat(context.Context, string) error { return refuse("send heartbeats") }

func (NoWorkflow) Revoke(context.Context, access.Order) error { return refuse("invoke revoke") }

func (NoWorkflow) Contain(context.Context, access.Order) error { return refuse("invoke contain") }

func (NoWorkflow) Postpone(context.Context, access.Late) error { return refuse("postpone evidence") }

// NoNotifier refuses every call: only notify notifies.
type NoNotifier struct{}

var _ access.Notifier = NoNotifier{}

func (NoNotifier) Send(context.Context, access.Message) error { return refuse("send messages") }

func (NoNotifier) Publish(context.Context, access.Event) error { return refuse("publish events") }

func (NoNotifier) PublishFinding(context.Context, finding.Stored) error {
	return refuse("publish findings")
}

// NoDecider is for functions without a catalog.
type NoDecider struct{}

var _ access.Decider = NoDecider{}

func (NoDecider) Entitlement(context.Context, string, string) (access.Entitlement, error) {
	return access.Entitlement{}, refuse("read the catalog")
}

func (NoDecider) Entitlements(context.Context) ([]access.Entitlement, error) {
	return nil, refuse("read the catalog")
}

func (NoDecider) Groups(context.Context, string) ([]string, error) {
	return nil, refuse("read the catalog")
}

func (NoDecider) NamedGroups(context.Context, string) ([]string, error) {
	return nil, refuse("read the catalog")
}

func (NoDecider) Machines(context.Context) ([]access.CatalogMachine, error) {
	return nil, refuse("read the catalog")
}

func (NoDecider) Decide(context.Context, access.Question) (access.Verdict, error) {
	return access.Verdict{}, refuse("decide")
}

func refuse(what string) error {
	return fault.Errorf(fault.Denied, "this function may not %s", what)
}
