package main

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"curfew/scripts/curfew/client"
)

// wish is an elevation to ask for.
type wish struct {
	entitlement, kind, principal string // kind: "role" or "user"
	task                         string // kind of task
	approved                     bool   // it needs a decision
	duration                     time.Duration
}

// elevate asks, approves if needed, and returns when the elevation is active.
func (w *world) elevate(ctx context.Context, x wish) (client.Elevation, error) {
	requester, err := w.as(ana())
	if err != nil {
		return client.Elevation{}, err
	}
	e, err := requester.Request(ctx, client.Request{
		Entitlement: x.entitlement, Principal: "arn:aws:iam::" + w.member.id + ":" + x.kind + w.path() + x.principal + "-" + w.name,
		Task: client.TaskRef{Kind: x.task, ID: "acceptance"}, Reason: "acceptance", Duration: int64(x.duration / time.Second),
		IdempotencyKey: x.principal + time.Now().Format(time.RFC3339Nano),
	})
	if err != nil {
		return e, err
	}
	if x.approved {
		approver, err := w.as(ben())
		if err != nil {
			return e, err
		}
		if _, err := approver.Decide(ctx, e.ID, client.Decide{Decision: "approve", Digest: e.Digest}); err != nil {
			return e, err
		}
	}
	return w.waitActive(ctx, e.ID)
}

func (w *world) waitActive(ctx context.Context, id string) (e client.Elevation, err error) {
	operator, err := w.as(dee())
	if err != nil {
		return e, err
	}
	err = waitFor(ctx, poll, id+" is active", func() (bool, error) {
		d, err := operator.Show(ctx, id)
		if err != nil {
			return false, err
		}
		e = d.Elevation
		switch e.State {
		case "active":
			return true, nil
		case "requested", "approved", "granting":
			return false, nil
		}
		return false, fmt.Errorf("elevation %s is %s: %s", id, e.State, e.Why)
	})
	return e, err
}

// end orders the end, and returns how long IAM still had the grant.
func (w *world) end(ctx context.Context, id, kind, principal string) (time.Duration, error) {
	operator, err := w.as(dee())
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if _, err := operator.End(ctx, id); err != nil {
		return 0, err
	}
	return w.gone(ctx, kind, principal, began)
}

// gone waits until IAM shows no grant on a principal, and returns the time since then.
func (w *world) gone(ctx context.Context, kind, principal string, since time.Time) (time.Duration, error) {
	err := waitFor(ctx, poll, "IAM shows no grant on "+principal, func() (bool, error) {
		names, err := w.grants(ctx, kind, principal)
		return len(names) == 0, err
	})
	return time.Since(since), err
}

// kill stops the execution of an elevation.
func (w *world) kill(ctx context.Context, id string) error {
	arn := "arn:aws:states:" + w.home.Region + ":" + w.home.id + ":execution:" + w.resource("elevation") + ":" + id
	_, err := sfn.NewFromConfig(w.home.Config).StopExecution(ctx, &sfn.StopExecutionInput{ExecutionArn: &arn, Cause: aws.String("acceptance")})
	return err
}

// until waits for an instant.
func until(ctx context.Context, at time.Time) error { return pause(ctx, time.Until(at)) }
