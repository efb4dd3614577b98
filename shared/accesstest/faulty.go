package accesstest

import (
	"context"
	"time"

	"curfew/shared/access"
	"curfew/shared/record"
)

// FaultyStore injects faults into "store.Read", "store.Partition", "store.Write" and "store.List". Only List can be
// stale: the others are strongly consistent.
type FaultyStore struct {
	Store  record.Store
	Faults *Faults

	memory memory
}

var _ record.Store = (*FaultyStore)(nil)

// Read is [record.Store.Read].
func (s *FaultyStore) Read(ctx context.Context, keys ...record.Key) (record.Rows, error) {
	return callWithFault(ctx, s.Faults, "store.Read", func(ctx context.Context, _ time.Duration) (record.Rows, error) {
		return s.Store.Read(ctx, keys...)
	})
}

// Partition is [record.Store.Partition].
func (s *FaultyStore) Partition(ctx context.Context, table record.Table, partition, prefix string) ([]record.Row, error) {
	return callWithFault(ctx, s.Faults, "store.Partition", func(ctx context.Context, _ time.Duration) ([]record.Row, error) {
		return s.Store.Partition(ctx, table, partition, prefix)
	})
}

// Write is [record.Store.Write].
func (s *FaultyStore) Write(ctx context.Context, changes ...record.Change) error {
	return doWithFault(ctx, s.Faults, "store.Write", func(ctx context.Context, _ time.Duration) error {
		return s.Store.Write(ctx, changes...)
	})
}

// List is [record.Store.List].
func (s *FaultyStore) List(ctx context.Context, q record.Query) (record.Page, error) {
	return recall(ctx, s.Faults, &s.memory, "store.List", question(q), func(ctx context.Context) (record.Page, error) {
		return s.Store.List(ctx, q)
	})
}

// FaultyCloud injects faults into "cloud.Look", "cloud.Attach", "cloud.Remove", "cloud.Read" and "cloud.Survey". Look,
// Read and Survey can be stale. A late Attach was sent before AttachBy, so it takes effect even after AttachBy.
type FaultyCloud struct {
	Cloud  access.Cloud
	Faults *Faults

	memory memory
}

var _ access.Cloud = (*FaultyCloud)(nil)

// Look is [access.Cloud.Look]. The first Look of a principal is never stale.
func (c *FaultyCloud) Look(ctx context.Context, arn string) (access.Sight, error) {
	look := func(ctx context.Context) (access.Sight, error) { return c.Cloud.Look(ctx, arn) }
	sight, err := recall(ctx, c.Faults, &c.memory, "cloud.Look", question(arn), look)
	if err == nil && sight.Principal.ARN == "" {
		return look(ctx)
	}
	return sight, err
}

// Attach is [access.Cloud.Attach].
func (c *FaultyCloud) Attach(ctx context.Context, g access.Grant) error {
	return doWithFault(ctx, c.Faults, "cloud.Attach", func(ctx context.Context, late time.Duration) error {
		g.AttachBy = g.AttachBy.Add(late)
		return c.Cloud.Attach(ctx, g)
	})
}

// Remove is [access.Cloud.Remove]. A lost answer loses its calls too.
func (c *FaultyCloud) Remove(ctx context.Context, p access.Principal, grant string) ([]access.Call, error) {
	return callWithFault(ctx, c.Faults, "cloud.Remove", func(ctx context.Context, _ time.Duration) ([]access.Call, error) {
		return c.Cloud.Remove(ctx, p, grant)
	})
}

// Read is [access.Cloud.Read].
func (c *FaultyCloud) Read(ctx context.Context, p access.Principal, grant string) ([]string, error) {
	return recall(ctx, c.Faults, &c.memory, "cloud.Read", question(p, grant), func(ctx context.Context) ([]string, error) {
		return c.Cloud.Read(ctx, p, grant)
	})
}

// ReadOther is [access.Cloud.ReadOther]. Its faults are those of Read.
func (c *FaultyCloud) ReadOther(ctx context.Context, p access.Principal, policy string) (document string, there bool, err error) {
	err = doWithFault(ctx, c.Faults, "cloud.Read", func(ctx context.Context, _ time.Duration) error {
		document, there, err = c.Cloud.ReadOther(ctx, p, policy)
		return err
	})
	return document, there, err
}

// Survey is [access.Cloud.Survey].
func (c *FaultyCloud) Survey(ctx context.Context, account, after string) (access.Survey, error) {
	return recall(ctx, c.Faults, &c.memory, "cloud.Survey", question(account, after), func(ctx context.Context) (access.Survey, error) {
		return c.Cloud.Survey(ctx, account, after)
	})
}

// FaultyWorkflow injects faults into "workflow.Start", "workflow.Answer", "workflow.Beat", "workflow.Revoke",
// "workflow.Contain" and "workflow.Postpone". They cannot be stale.
type FaultyWorkflow struct {
	Workflow access.Workflow
	Faults   *Faults
}

var _ access.Workflow = (*FaultyWorkflow)(nil)

// Start is [access.Workflow.Start].
func (w *FaultyWorkflow) Start(ctx context.Context, id, input string) error {
	return doWithFault(ctx, w.Faults, "workflow.Start", func(ctx context.Context, _ time.Duration) error {
		return w.Workflow.Start(ctx, id, input)
	})
}

// Answer is [access.Workflow.Answer].
func (w *FaultyWorkflow) Answer(ctx context.Context, token, failure string) error {
	return doWithFault(ctx, w.Faults, "workflow.Answer", func(ctx context.Context, _ time.Duration) error {
		return w.Workflow.Answer(ctx, token, failure)
	})
}

// Beat is [access.Workflow.Beat].
func (w *FaultyWorkflow) Beat(ctx context.Context, token string) error {
	return doWithFault(ctx, w.Faults, "workflow.Beat", func(ctx context.Context, _ time.Duration) error {
		return w.Workflow.Beat(ctx, token)
	})
}

// Revoke is [access.Workflow.Revoke].
func (w *FaultyWorkflow) Revoke(ctx context.Context, o access.Order) error {
	return doWithFault(ctx, w.Faults, "workflow.Revoke", func(ctx context.Context, _ time.Duration) error {
		return w.Workflow.Revoke(ctx, o)
	})
}

// Contain is [access.Workflow.Contain].
func (w *FaultyWorkflow) Contain(ctx context.Context, o access.Order) error {
	return doWithFault(ctx, w.Faults, "workflow.Contain", func(ctx context.Context, _ time.Duration) error {
		return w.Workflow.Contain(ctx, o)
	})
}

// Postpone is [access.Workflow.Postpone].
func (w *FaultyWorkflow) Postpone(ctx context.Context, l access.Late) error {
	return doWithFault(ctx, w.Faults, "workflow.Postpone", func(ctx context.Context, _ time.Duration) error {
		return w.Workflow.Postpone(ctx, l)
	})
}
