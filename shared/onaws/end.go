package onaws

import (
	"context"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/sweep"
)

// revokeInput is an order, or EventBridge's event for an execution that ended.
type revokeInput struct {
	access.Order
	DetailType string    `json:"detail-type"`
	Source     string    `json:"source"`
	Time       time.Time `json:"time"`
	Detail     struct {
		Status string `json:"status"`
		Input  string `json:"input"`
	} `json:"detail"`
}

// Revoke handles the function revoke. It ignores unknown members, so that orders of other versions work.
func (f *Function) Revoke(s *access.Service) Handler {
	return Task(f, func(ctx context.Context, in revokeInput) (access.Receipt, error) {
		if in.DetailType == "" && in.Source == "" {
			return f.revoke(ctx, s, in.Order)
		}
		if in.Source != "aws.states" || in.DetailType != "Step Functions Execution Status Change" || in.Time.IsZero() {
			err := fault.Errorf(fault.Invalid, "the event is not an execution status change")
			f.Log.ErrorContext(ctx, "invocation not understood", "error", err)
			return access.Receipt{}, err
		}
		f.Metrics.Beat(access.NetExecution)
		f.countDeath(ctx, s, in.Detail.Status, in.Detail.Input)
		var r access.Receipt
		err := sweep.New(f.revokesHere(s, in.Time, &r)).ExecutionClosed(ctx, in.Detail.Status, in.Detail.Input)
		return r, err
	})
}

// countDeath counts an execution that ended without Revoke, except a canary that had to. Metric dimensions must stay
// few: only known statuses count.
func (f *Function) countDeath(ctx context.Context, s *access.Service, status, input string) {
	switch status {
	case "FAILED", "TIMED_OUT", "ABORTED":
		if !sweep.New(s).DiedOnPurpose(ctx, status, input) {
			f.Metrics.Put(map[string]string{"Status": status}, Value{MetricDied, Count, 1})
		}
	}
}

func (f *Function) revoke(ctx context.Context, s *access.Service, o access.Order) (access.Receipt, error) {
	if o.By == string(access.NetWorkflow) {
		f.Metrics.Beat(access.NetWorkflow)
	}
	r, err := s.Revoke(ctx, o)
	if err != nil && o.By == string(access.NetSweep) {
		// The sweep repeats its orders. With Lambda's retries as well, the orders of one stuck elevation would delay
		// others and fill the dead-letter queue.
		return r, nil
	}
	if err == nil && !r.Due.IsZero() && !r.GoneAt.IsZero() && !r.Canary {
		f.Metrics.Put(nil, Value{MetricOverstay, Seconds, float64(r.Overstay)})
	}
	return r, err
}

// revokesHere returns a service whose order this invocation carries out itself, timed at, when the execution stopped.
// EventBridge's retries have the same time; the clock would differ on each.
func (f *Function) revokesHere(s *access.Service, at time.Time, r *access.Receipt) *access.Service {
	c := *s
	c.Workflow = directWorkflow{revoke: func(ctx context.Context, o access.Order) (err error) {
		o.OrderedAt = record.Instant(at)
		*r, err = f.revoke(ctx, s, o)
		return err
	}}
	return &c
}

type directWorkflow struct {
	NoWorkflow
	revoke func(context.Context, access.Order) error
}

// Revoke is [access.Workflow.Revoke], but waits.
func (w directWorkflow) Revoke(ctx context.Context, o access.Order) error { return w.revoke(ctx, o) }
