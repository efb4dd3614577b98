package onaws

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"curfew/shared/access"
)

// fakeServices are the services behind a Workflow and a Notifier: they keep what they got, and fail as they are told.
type fakeServices struct {
	err    error // of every call but DescribeExecution
	status types.ExecutionStatus
	failed int32 // entries that PutEvents refuses

	described string
	invoked   *lambda.InvokeInput
	sent      *sqs.SendMessageInput
	published *sns.PublishInput
	put       *eventbridge.PutEventsInput
	answered  []string
}

func (f *fakeServices) StartExecution(context.Context, *sfn.StartExecutionInput, ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error) {
	return &sfn.StartExecutionOutput{}, f.err
}

func (f *fakeServices) DescribeExecution(_ context.Context, in *sfn.DescribeExecutionInput, _ ...func(*sfn.Options)) (*sfn.DescribeExecutionOutput, error) {
	f.described = *in.ExecutionArn
	if f.status == "" {
		return nil, awsError("ExecutionDoesNotExist")
	}
	return &sfn.DescribeExecutionOutput{Status: f.status}, nil
}

func (f *fakeServices) SendTaskSuccess(_ context.Context, in *sfn.SendTaskSuccessInput, _ ...func(*sfn.Options)) (*sfn.SendTaskSuccessOutput, error) {
	f.answered = append(f.answered, "success "+*in.Output)
	return &sfn.SendTaskSuccessOutput{}, f.err
}

func (f *fakeServices) SendTaskFailure(_ context.Context, in *sfn.SendTaskFailureInput, _ ...func(*sfn.Options)) (*sfn.SendTaskFailureOutput, error) {
	f.answered = append(f.answered, "failure "+*in.Error)
	return &sfn.SendTaskFailureOutput{}, f.err
}

func (f *fakeServices) SendTaskHeartbeat(context.Context, *sfn.SendTaskHeartbeatInput, ...func(*sfn.Options)) (*sfn.SendTaskHeartbeatOutput, error) {
	return &sfn.SendTaskHeartbeatOutput{}, f.err
}

func (f *fakeServices) Invoke(_ context.Context, in *lambda.InvokeInput, _ ...func(*lambda.Options)) (*lambda.InvokeOutput, error) {
	f.invoked = in
	return &lambda.InvokeOutput{}, f.err
}

func (f *fakeServices) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	f.sent = in
	return &sqs.SendMessageOutput{}, f.err
}

func (f *fakeServices) Publish(_ context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	f.published = in
	return &sns.PublishOutput{}, f.err
}

func (f *fakeServices) PutEvents(_ context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	f.put = in
	entry := ebtypes.PutEventsResultEntry{}
	if f.failed > 0 {
		entry.ErrorCode = aws.String("ThrottlingException")
	}
	return &eventbridge.PutEventsOutput{FailedEntryCount: f.failed, Entries: []ebtypes.PutEventsResultEntry{entry}}, f.err
}

func openFakeWorkflow(f *fakeServices) *Workflow {
	return &Workflow{
		Steps: f, Lambda: f, Queue: f, StateMachine: "arn:aws:states:us-east-1:111122223333:stateMachine:elevation",
		RevokeFunction: "curfew-revoke", LateQueue: "https://sqs.us-east-1.amazonaws.com/111122223333/curfew-late",
	}
}

func isKind(t *testing.T, err error, want access.Kind) {
	t.Helper()
	if access.KindOf(err) != want {
		t.Errorf("error = %v (%s), want %s", err, access.KindOf(err), want)
	}
}

func TestWhatAStartMeans(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error
		status types.ExecutionStatus
		want   access.Kind
	}{
		{"started", nil, "", ""},
		{"it runs already", awsError("ExecutionAlreadyExists"), types.ExecutionStatusRunning, ""},
		{"it ran to its end", awsError("ExecutionAlreadyExists"), types.ExecutionStatusSucceeded, access.Over},
		{"it was stopped", awsError("ExecutionAlreadyExists"), types.ExecutionStatusAborted, access.Over},
		{"it is not to be seen yet", awsError("ExecutionAlreadyExists"), "", access.Transient},
		{"too many executions", awsError("ExecutionLimitExceeded"), "", access.Transient},
		{"no such state machine", awsError("StateMachineDoesNotExist"), "", access.Internal},
		{"a lost answer", errors.New("connection reset"), "", access.Transient},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &fakeServices{err: c.err, status: c.status}
			isKind(t, openFakeWorkflow(f).Start(t.Context(), "01k1", "{}"), c.want)
			if want := "arn:aws:states:us-east-1:111122223333:execution:elevation:01k1"; c.status != "" && f.described != want {
				t.Errorf("looked at %s, want %s", f.described, want)
			}
		})
	}
}

func TestWhatATokensAnswerMeans(t *testing.T) {
	for _, c := range []struct {
		code               string
		wantAnswer, wantOf access.Kind // of Answer, of Beat
	}{
		{"TaskTimedOut", "", access.Over},
		{"TaskDoesNotExist", "", access.Over},
		{"InvalidToken", access.Invalid, access.Invalid},
		{"ThrottlingException", access.Transient, access.Transient},
		{"AccessDeniedException", access.Internal, access.Internal},
	} {
		t.Run(c.code, func(t *testing.T) {
			w := openFakeWorkflow(&fakeServices{err: awsError(c.code)})
			isKind(t, w.Answer(t.Context(), "secret", ""), c.wantAnswer)
			isKind(t, w.Answer(t.Context(), "secret", "Denied"), c.wantAnswer)
			isKind(t, w.Beat(t.Context(), "secret"), c.wantOf)
			if err := w.Beat(t.Context(), "secret"); strings.Contains(err.Error(), "secret") {
				t.Errorf("the error %v has the token in it", err)
			}
		})
	}
}

func TestAnswersAsTheyAreSent(t *testing.T) {
	f := &fakeServices{}
	w := openFakeWorkflow(f)
	must(t, w.Answer(t.Context(), "token", ""))
	must(t, w.Answer(t.Context(), "token", "Withdrawn"))
	if want := []string{"success {}", "failure Withdrawn"}; !slices.Equal(f.answered, want) {
		t.Errorf("answers = %q, want %q", f.answered, want)
	}
}

func TestOrdersAndLateEvidenceAsTheyAreSent(t *testing.T) {
	f := &fakeServices{}
	w := openFakeWorkflow(f)
	o := access.Order{ID: "01k1", Principal: "arn:aws:iam::111122223333:role/engineer", By: "ttl", OrderedAt: access.Instant(time.Now())}
	must(t, w.Revoke(t.Context(), o))
	var got access.Order
	must(t, json.Unmarshal(f.invoked.Payload, &got))
	if got != o || f.invoked.InvocationType != "Event" || *f.invoked.FunctionName != "curfew-revoke" {
		t.Errorf("invoked %+v with %+v, want the order, asynchronously", f.invoked, got)
	}
	must(t, w.Postpone(t.Context(), access.Late{Elevation: "01k1"}))
	if *f.sent.QueueUrl != w.LateQueue || !strings.Contains(*f.sent.MessageBody, `"elevation":"01k1"`) {
		t.Errorf("sent %s to %s", *f.sent.MessageBody, *f.sent.QueueUrl)
	}
}

func TestWhatAFunctionIsNotConfiguredForIsInternal(t *testing.T) {
	w, ctx := &Workflow{}, t.Context()
	for name, err := range map[string]error{
		"start": w.Start(ctx, "id", "{}"), "answer": w.Answer(ctx, "t", ""), "beat": w.Beat(ctx, "t"),
		"revoke": w.Revoke(ctx, access.Order{}), "postpone": w.Postpone(ctx, access.Late{}),
	} {
		t.Run(name, func(t *testing.T) { isKind(t, err, access.Internal) })
	}
}

func TestMessagesBearWhatSubscriptionsFilterBy(t *testing.T) {
	f := &fakeServices{}
	n := &Notifier{Topics: f, Topic: "arn:aws:sns:us-east-1:111122223333:curfew", Source: "curfew"}
	must(t, n.Tell(t.Context(), access.Message{Kind: "decide", To: []string{"group:leads"}, Elevation: "01k1", Text: "ana asks"}))
	attributes := f.published.MessageAttributes
	if got := *attributes["kind"].StringValue + " " + *attributes["to"].StringValue; got != `decide ["group:leads"]` {
		t.Errorf("attributes = %s", got)
	}
	if *f.published.Subject != "curfew: decide" || !strings.HasPrefix(*f.published.Message, "ana asks") {
		t.Errorf("message = %q: %q", *f.published.Subject, *f.published.Message)
	}
}

func TestAnEventThatIsRefusedIsAnError(t *testing.T) {
	e := access.Event{DetailType: "Elevation State Change", At: time.Now(), Detail: access.Changed{Elevation: "01k1", State: access.Active}}
	for _, c := range []struct {
		name string
		f    fakeServices
		want access.Kind
	}{
		{"taken", fakeServices{}, ""},
		{"refused, in a call that succeeded", fakeServices{failed: 1}, access.Transient},
		{"not sent", fakeServices{err: errors.New("connection reset")}, access.Transient},
		{"no such bus", fakeServices{err: awsError("ResourceNotFoundException")}, access.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			isKind(t, (&Notifier{Bus: &c.f, EventBus: "curfew", Source: "curfew"}).Publish(t.Context(), e), c.want)
			if entry := c.f.put.Entries[0]; *entry.Source != "curfew" || !strings.Contains(*entry.Detail, `"state":"active"`) {
				t.Errorf("event = %+v", entry)
			}
		})
	}
}
