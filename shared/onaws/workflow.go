package onaws

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"curfew/shared/access"
)

// Workflow is [access.Workflow]: executions of Step Functions, the revoke function on Lambda, and a queue of SQS for late
// evidence. A main fills in the fields for what it may do; to ask for what it left out is Internal.
type Workflow struct {
	Steps  Steps
	Lambda Invoker
	Queue  Queue
	// StateMachine is the ARN of the state machine, RevokeFunction the name or ARN of the function, LateQueue the URL of
	// the queue.
	StateMachine, RevokeFunction, LateQueue string
}

// Steps are the calls to Step Functions that a Workflow makes.
type Steps interface {
	StartExecution(context.Context, *sfn.StartExecutionInput, ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error)
	DescribeExecution(context.Context, *sfn.DescribeExecutionInput, ...func(*sfn.Options)) (*sfn.DescribeExecutionOutput, error)
	SendTaskSuccess(context.Context, *sfn.SendTaskSuccessInput, ...func(*sfn.Options)) (*sfn.SendTaskSuccessOutput, error)
	SendTaskFailure(context.Context, *sfn.SendTaskFailureInput, ...func(*sfn.Options)) (*sfn.SendTaskFailureOutput, error)
	SendTaskHeartbeat(context.Context, *sfn.SendTaskHeartbeatInput, ...func(*sfn.Options)) (*sfn.SendTaskHeartbeatOutput, error)
}

// Invoker is the call to Lambda that a Workflow makes.
type Invoker interface {
	Invoke(context.Context, *lambda.InvokeInput, ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// Queue is the call to SQS that a Workflow makes.
type Queue interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

var (
	_ access.Workflow = (*Workflow)(nil)
	_ Steps           = (*sfn.Client)(nil)
	_ Invoker         = (*lambda.Client)(nil)
	_ Queue           = (*sqs.Client)(nil)
)

// WithSteps lets the Workflow answer tasks.
func (w Workflow) WithSteps(cfg aws.Config) Workflow {
	w.Steps = sfn.NewFromConfig(cfg)
	return w
}

// WithExecutions lets the Workflow answer tasks, and start executions.
func (w Workflow) WithExecutions(cfg aws.Config, c ExecutionsConfig) Workflow {
	w.StateMachine = c.StateMachine
	return w.WithSteps(cfg)
}

// WithOrders lets the Workflow invoke the revoke function.
func (w Workflow) WithOrders(cfg aws.Config, c OrdersConfig) Workflow {
	w.Lambda, w.RevokeFunction = lambda.NewFromConfig(cfg), c.RevokeFunction
	return w
}

// WithLate lets the Workflow postpone evidence.
func (w Workflow) WithLate(cfg aws.Config, c LateConfig) Workflow {
	w.Queue, w.LateQueue = sqs.NewFromConfig(cfg), c.LateQueue
	return w
}

// Start is [access.Workflow.Start]. Step Functions takes a second start of the same name and input for the same while the
// execution runs; whatever else it calls a conflict is looked at.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
func (w *Workflow) Start(ctx context.Context, id, input string) error {
	if w.Steps == nil || w.StateMachine == "" {
		return notConfigured("start an execution")
	}
	_, err := w.Steps.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: aws.String(w.StateMachine), Name: aws.String(id), Input: aws.String(input),
	})
	if codeOf(err) != "ExecutionAlreadyExists" {
		return workflowError("starting "+id, err)
	}
	out, err := w.Steps.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(w.execution(id))})
	if err != nil {
		return workflowError("looking at the execution of "+id, err)
	}
	if out.Status != types.ExecutionStatusRunning {
		return access.Errorf(access.Over, "the execution of %s is closed: %s", id, out.Status)
	}
	return nil
}

// execution is the ARN of the execution of an id.
func (w *Workflow) execution(id string) string {
	return strings.Replace(w.StateMachine, ":stateMachine:", ":execution:", 1) + ":" + id
}

// Answer is [access.Workflow.Answer]. Invalid: this is no token.
func (w *Workflow) Answer(ctx context.Context, token, failure string) error {
	if w.Steps == nil {
		return notConfigured("answer a task")
	}
	var err error
	if failure == "" {
		_, err = w.Steps.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: &token, Output: aws.String("{}")})
	} else {
		_, err = w.Steps.SendTaskFailure(ctx, &sfn.SendTaskFailureInput{TaskToken: &token, Error: &failure})
	}
	return unless(ofToken(err), access.Over)
}

// Beat is [access.Workflow.Beat]. Invalid: this is no token.
func (w *Workflow) Beat(ctx context.Context, token string) error {
	if w.Steps == nil {
		return notConfigured("pass on a heartbeat")
	}
	_, err := w.Steps.SendTaskHeartbeat(ctx, &sfn.SendTaskHeartbeatInput{TaskToken: &token})
	return ofToken(err)
}

// ofToken says what an answer about a token means. TaskTimedOut is also said of a task that is closed.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
func ofToken(err error) error {
	switch codeOf(err) {
	case "TaskTimedOut", "TaskDoesNotExist":
		return access.Errorf(access.Over, "the task is over: %w", err)
	case "InvalidToken":
		return access.Errorf(access.Invalid, "no token of a task: %w", err)
	}
	return workflowError("answering a task", err)
}

// Revoke is [access.Workflow.Revoke]: an asynchronous invocation. Lambda repeats it twice if it fails, and then it is a
// dead letter.
func (w *Workflow) Revoke(ctx context.Context, o access.Order) error {
	if w.Lambda == nil {
		return notConfigured("invoke revoke")
	}
	payload, err := json.Marshal(o)
	if err != nil {
		return access.Errorf(access.Invalid, "order for %s: %w", o.ID, err)
	}
	_, err = w.Lambda.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: aws.String(w.RevokeFunction), InvocationType: lambdatypes.InvocationTypeEvent, Payload: payload,
	})
	return workflowError("invoking revoke for "+o.ID, err)
}

// Postpone is [access.Workflow.Postpone]. It may be kept twice.
func (w *Workflow) Postpone(ctx context.Context, l access.Late) error {
	if w.Queue == nil {
		return notConfigured("postpone evidence")
	}
	body, err := json.Marshal(l)
	if err != nil {
		return access.Errorf(access.Invalid, "late evidence of %s: %w", l.Elevation, err)
	}
	_, err = w.Queue.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(w.LateQueue), MessageBody: aws.String(string(body))})
	return workflowError("postponing evidence of "+l.Elevation, err)
}

// notConfigured: the function was not meant to do this.
func notConfigured(what string) error {
	return access.Errorf(access.Internal, "this function is not configured to %s", what)
}

// workflowError gives an error its kind. What is not known may have taken effect. What is not there, or may not be called,
// is a fault of the installation.
func workflowError(doing string, err error) error {
	if err == nil {
		return nil
	}
	kind := access.Transient
	switch codeOf(err) {
	case "InvalidName", "InvalidExecutionInput", "InvalidArn", "InvalidRequestContentException", "RequestTooLargeException", "InvalidMessageContents":
		kind = access.Invalid
	case "StateMachineDoesNotExist", "StateMachineDeleting", "ResourceNotFoundException", "AccessDeniedException", "AccessDenied",
		"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "NotFound", "AuthorizationError":
		kind = access.Internal
	}
	return &access.Error{Kind: kind, Text: doing + ": " + err.Error(), Err: err}
}
