// Package stepfunctions starts executions and answers their tasks.
package stepfunctions

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"curfew/shared/fault"
	"curfew/shared/onaws"
)

type Client interface {
	StartExecution(context.Context, *sfn.StartExecutionInput, ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error)
	DescribeExecution(context.Context, *sfn.DescribeExecutionInput, ...func(*sfn.Options)) (*sfn.DescribeExecutionOutput, error)
	SendTaskSuccess(context.Context, *sfn.SendTaskSuccessInput, ...func(*sfn.Options)) (*sfn.SendTaskSuccessOutput, error)
	SendTaskFailure(context.Context, *sfn.SendTaskFailureInput, ...func(*sfn.Options)) (*sfn.SendTaskFailureOutput, error)
	SendTaskHeartbeat(context.Context, *sfn.SendTaskHeartbeatInput, ...func(*sfn.Options)) (*sfn.SendTaskHeartbeatOutput, error)
}

// Tasks is [onaws.Tasks].
type Tasks struct{ Client Client }

// Executions is [onaws.Executions].
type Executions struct {
	Client       Client
	StateMachine string // ARN
}

var (
	_ Client           = (*sfn.Client)(nil)
	_ onaws.Tasks      = Tasks{}
	_ onaws.Executions = Executions{}
)

func NewTasks(cfg aws.Config) Tasks { return Tasks{Client: sfn.NewFromConfig(cfg)} }

func NewExecutions(cfg aws.Config, c onaws.ExecutionsConfig) Executions {
	return Executions{Client: sfn.NewFromConfig(cfg), StateMachine: c.StateMachine}
}

// Tasks uses the same client.
func (x Executions) Tasks() Tasks { return Tasks{Client: x.Client} }

// Start is [access.Workflow.Start]. A second start with the same name and input succeeds while the execution runs. For
// other conflicts it describes the execution.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
func (x Executions) Start(ctx context.Context, id, input string) error {
	_, err := x.Client.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: aws.String(x.StateMachine), Name: aws.String(id), Input: aws.String(input),
	})
	if onaws.ErrorCode(err) != "ExecutionAlreadyExists" {
		return onaws.CallError("starting "+id, err)
	}
	out, err := x.Client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(x.ARN(id))})
	if err != nil {
		return onaws.CallError("describing the execution of "+id, err)
	}
	if out.Status != types.ExecutionStatusRunning {
		return fault.Errorf(fault.Over, "the execution of %s is closed: %s", id, out.Status)
	}
	return nil
}

// ARN returns the ARN of an id's execution.
func (x Executions) ARN(id string) string {
	return strings.Replace(x.StateMachine, ":stateMachine:", ":execution:", 1) + ":" + id
}

// Answer is [access.Workflow.Answer]. Invalid: not a token.
func (t Tasks) Answer(ctx context.Context, token, failure string) error {
	var err error
	if failure == "" {
		_, err = t.Client.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: &token, Output: aws.String("{}")})
	} else {
		_, err = t.Client.SendTaskFailure(ctx, &sfn.SendTaskFailureInput{TaskToken: &token, Error: &failure})
	}
	if err = tokenError(err); fault.KindOf(err) == fault.Over {
		return nil
	}
	return err
}

// Beat is [access.Workflow.Beat]. Invalid: not a token.
func (t Tasks) Beat(ctx context.Context, token string) error {
	_, err := t.Client.SendTaskHeartbeat(ctx, &sfn.SendTaskHeartbeatInput{TaskToken: &token})
	return tokenError(err)
}

// tokenError gives an error about a token its kind. TaskTimedOut also means a closed task.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
func tokenError(err error) error {
	switch onaws.ErrorCode(err) {
	case "TaskTimedOut", "TaskDoesNotExist":
		return fault.Errorf(fault.Over, "the task is over: %w", err)
	case "InvalidToken":
		return fault.Errorf(fault.Invalid, "not a task token: %w", err)
	}
	return onaws.CallError("answering a task", err)
}
