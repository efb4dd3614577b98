package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	lambdaevents "github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"curfew/scripts/curfew/client"
)

// forms are the forms of a grant (package access: Inline, Managed), on roles and users, and the ways to one.
func forms() []step {
	const (
		bound = 3 * time.Minute
		page  = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html"
	)
	form := func(name, proves string, x wish, needs ...need) step {
		return step{name: name, proves: proves, place: "shared/onaws/iam/attach.go", page: page, bound: bound, needs: append(needs, installed),
			do: func(ctx context.Context, w *world) (string, error) { return w.tryForm(ctx, x) }}
	}
	return []step{
		form("inline", "request, approval and an inline policy on a role give access to one session alone",
			wish{"inline", "role", "inline", "change", true, 10 * time.Minute}),
		form("managed", "managed policies on a role give access", wish{"managed", "role", "managed", "change", true, 10 * time.Minute}),
		form("user", "an inline policy on a user gives access", wish{"quick", "user", userName, "change", false, 10 * time.Minute}, userBounds),
		form("break-glass", "break-glass gives access at once", wish{"glass", "role", "glass", "incident", false, 10 * time.Minute}),
		{name: "trigger", proves: "an execution's event in the member account gives access, after it was read back", place: "shared/onaws/verify; infra/intake.go",
			page: "https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html", bound: bound, needs: []need{installed}, do: tryTrigger},
	}
}

// tryForm elevates, calls as the principal, and ends.
func (w *world) tryForm(ctx context.Context, x wish) (string, error) {
	began := time.Now()
	e, err := w.elevate(ctx, x)
	if err != nil {
		return "", err
	}
	return w.useAndEnd(ctx, e.ID, x.kind, x.principal, x.entitlement == "inline", began)
}

// useAndEnd checks the witness where IAM decides, and ends the elevation.
func (w *world) useAndEnd(ctx context.Context, id, kind, principal string, bound bool, began time.Time) (string, error) {
	active := time.Since(began)
	used := "no call was tried: " + w.lacks(enforcement)
	if w.lacks(enforcement) == "" {
		usable, err := w.usable(ctx, kind, principal, bound)
		if err != nil {
			return "", err
		}
		used = "first allowed call " + seconds(usable) + " later"
	}
	left, err := w.end(ctx, id, kind, principal)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("active %s after the request; %s; removed %s after the order to end", seconds(active), used, seconds(left)), nil
}

// usable waits until a call is allowed. With bound, a session of another name must be denied.
func (w *world) usable(ctx context.Context, kind, principal string, bound bool) (time.Duration, error) {
	began := time.Now()
	cfg, err := w.userOrSession(ctx, kind, principal, ana().name)
	if err != nil {
		return 0, err
	}
	if err := waitFor(ctx, poll, "the first allowed call", func() (bool, error) { return isAllowed(ctx, cfg) }); err != nil || !bound {
		return time.Since(began), err
	}
	usable := time.Since(began)
	other, err := w.session(ctx, w.member, principal, "mallory")
	if err != nil {
		return 0, err
	}
	if allowed, err := isAllowed(ctx, other); err != nil || allowed {
		return 0, differs("a session of another name is allowed: %t, %v", allowed, err)
	}
	return usable, nil
}

func (w *world) userOrSession(ctx context.Context, kind, principal, session string) (aws.Config, error) {
	if kind == "user" {
		return w.userConfig(ctx)
	}
	return w.session(ctx, w.member, principal, session)
}

// tryTrigger runs an execution in the member account, whose start elevates a role.
func tryTrigger(ctx context.Context, w *world) (measured string, err error) {
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"states.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	if err := w.makeRole(ctx, w.member, "work", iam.CreateRoleInput{AssumeRolePolicyDocument: &trust}); err != nil {
		return "", err
	}
	client := sfn.NewFromConfig(w.member.Config)
	in := &sfn.CreateStateMachineInput{
		Name: aws.String("work-" + w.name), RoleArn: aws.String(w.roleARN(w.member, "work")),
		Definition: aws.String(`{"StartAt":"Work","States":{"Work":{"Type":"Wait","Seconds":600,"End":true}}}`),
	}
	var machine *string
	err = waitFor(ctx, poll, "a state machine with a new role", func() (bool, error) {
		made, err := client.CreateStateMachine(ctx, in)
		if code(err) == "AccessDeniedException" { // the role is not known yet
			return false, nil
		}
		if err == nil {
			machine = made.StateMachineArn
		}
		return err == nil, err
	})
	if err != nil {
		return "", err
	}
	began := time.Now()
	run, err := client.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: machine})
	if err != nil {
		return "", err
	}
	defer func() { // a state machine is deleted when no execution runs
		_, stopped := client.StopExecution(context.WithoutCancel(ctx), &sfn.StopExecutionInput{ExecutionArn: run.ExecutionArn})
		err = errors.Join(err, stopped)
	}()
	message, err := startMessage(w, aws.ToString(machine), aws.ToString(run.ExecutionArn), aws.ToTime(run.StartDate))
	if err != nil {
		return "", err
	}
	if err := w.on.deliver(ctx, w, event{"trigger", message}); err != nil {
		return "", err
	}
	id, err := w.elevationOf(ctx, "triggered")
	if err != nil {
		return "", err
	}
	if _, err := w.waitActive(ctx, id); err != nil {
		return "", err
	}
	w.mu.Lock()
	w.triggered = true
	w.mu.Unlock()
	return w.useAndEnd(ctx, id, "role", "triggered", false, began)
}

// elevationOf waits for the first elevation of a role.
func (w *world) elevationOf(ctx context.Context, role string) (id string, err error) {
	operator, err := w.as(dee())
	if err != nil {
		return "", err
	}
	err = waitFor(ctx, poll, "an elevation of "+role, func() (bool, error) {
		page, err := operator.List(ctx, client.Filter{Principal: w.roleARN(w.member, role)})
		if err != nil || len(page.Elevations) == 0 {
			return false, err
		}
		id = page.Elevations[0].ID
		return true, nil
	})
	return id, err
}

// startMessage is the event of an execution's start, in the batch that Lambda makes of the queue.
func startMessage(w *world, machine, execution string, at time.Time) (string, error) {
	body, err := json.Marshal(map[string]any{
		"version": "0", "id": "a5a5dc44-112a-5375-a977-a9820f6153a0", "source": "aws.states", "detail-type": "Step Functions Execution Status Change",
		"account": w.member.id, "region": w.member.Region, "time": at.UTC().Format(time.RFC3339), "resources": []string{execution},
		"detail": map[string]any{
			"executionArn": execution, "stateMachineArn": machine, "name": execution[len(machine)-len(":stateMachine:")+len(":execution:")+1:],
			"status": "RUNNING", "startDate": at.UnixMilli(), "stopDate": nil,
		},
	})
	if err != nil {
		return "", err
	}
	batch, err := json.Marshal(lambdaevents.SQSEvent{Records: []lambdaevents.SQSMessage{{
		MessageId: "1", Body: string(body), EventSource: "aws:sqs", AWSRegion: w.home.Region,
		EventSourceARN: "arn:aws:sqs:" + w.home.Region + ":" + w.home.id + ":" + w.resource("triggers"),
	}}})
	return string(batch), err
}
