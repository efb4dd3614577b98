package onaws

import (
	"context"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/sweep"
)

// revokeInput is what the function revoke is invoked with: an order, or the event by which EventBridge tells that an execution
// has ended. Two shapes, one door.
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

// Revoke is the handler of the function revoke, for every net and every caller. Members of an order that it does not know
// are passed over: an order of another version is carried out too.
func (f *Function) Revoke(s *access.Service) Handler {
	return Task(f, func(ctx context.Context, in revokeInput) (access.Receipt, error) {
		if in.DetailType == "" && in.Source == "" {
			return f.revoke(ctx, s, in.Order)
		}
		if in.Source != "aws.states" || in.DetailType != "Step Functions Execution Status Change" || in.Time.IsZero() {
			err := fault.Errorf(fault.Invalid, "the event is not of an execution's end")
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

// countDeath counts an execution that ended without Revoke, unless it is a canary's that was to fail. The statuses are those
// of Step Functions: a dimension must not have values without end.
func (f *Function) countDeath(ctx context.Context, s *access.Service, status, input string) {
	switch status {
	case "FAILED", "TIMED_OUT", "ABORTED":
		if !sweep.New(s).DiedOnPurpose(ctx, status, input) {
			f.Metrics.Put(map[string]string{"Status": status}, Value{MetricDied, Count, 1})
		}
	}
}

// revoke carries out an order, and counts.
func (f *Function) revoke(ctx context.Context, s *access.Service, o access.Order) (access.Receipt, error) {
	if o.By == string(access.NetWorkflow) {
		f.Metrics.Beat(access.NetWorkflow)
	}
	r, err := s.Revoke(ctx, o)
	if err != nil && o.By == string(access.NetSweep) {
		// The log and the record have it, and the sweep orders it again: repeated by Lambda as well, the orders of one that
		// stays stuck would pile up before the others', and fill the dead letters.
		return r, nil
	}
	if err == nil && !r.Due.IsZero() && !r.GoneAt.IsZero() && !r.Canary {
		f.Metrics.Put(nil, Value{MetricOverstay, Seconds, float64(r.Overstay)})
	}
	return r, err
}

// revokesHere is the service for one event: the order that it gives is carried out here, by this invocation, with the instant
// at which the execution stopped. EventBridge's tries all bear that instant; the clock's would be another with each.
func (f *Function) revokesHere(s *access.Service, at time.Time, r *access.Receipt) *access.Service {
	c := *s
	c.Workflow = directWorkflow{revoke: func(ctx context.Context, o access.Order) (err error) {
		o.OrderedAt = record.Instant(at)
		*r, err = f.revoke(ctx, s, o)
		return err
	}}
	return &c
}

// directWorkflow is the workflow that carries an order out itself, in the one function that can.
type directWorkflow struct {
	NoWorkflow
	revoke func(context.Context, access.Order) error
}

// Revoke is [access.Workflow.Revoke], and waits.
func (w directWorkflow) Revoke(ctx context.Context, o access.Order) error { return w.revoke(ctx, o) }
