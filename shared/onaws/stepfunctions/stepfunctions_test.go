package stepfunctions

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go"

	"curfew/shared/fault"
)

const machine = "arn:aws:states:us-east-1:111122223333:stateMachine:elevation"

func awsError(code string) error { return &smithy.GenericAPIError{Code: code, Message: "in the test"} }

func isKind(t *testing.T, err error, want fault.Kind) {
	t.Helper()
	if fault.KindOf(err) != want {
		t.Errorf("error = %v (%s), want %s", err, fault.KindOf(err), want)
	}
}

// fakeSteps keeps what it gets, and fails on request.
type fakeSteps struct {
	err    error // of every call but DescribeExecution
	status types.ExecutionStatus

	described string
	answered  []string
}

func (f *fakeSteps) StartExecution(context.Context, *sfn.StartExecutionInput, ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error) {
	return &sfn.StartExecutionOutput{}, f.err
}

func (f *fakeSteps) DescribeExecution(_ context.Context, in *sfn.DescribeExecutionInput, _ ...func(*sfn.Options)) (*sfn.DescribeExecutionOutput, error) {
	f.described = *in.ExecutionArn
	if f.status == "" {
		return nil, awsError("ExecutionDoesNotExist")
	}
	return &sfn.DescribeExecutionOutput{Status: f.status}, nil
}

func (f *fakeSteps) SendTaskSuccess(_ context.Context, in *sfn.SendTaskSuccessInput, _ ...func(*sfn.Options)) (*sfn.SendTaskSuccessOutput, error) {
	f.answered = append(f.answered, "success "+*in.Output)
	return &sfn.SendTaskSuccessOutput{}, f.err
}

func (f *fakeSteps) SendTaskFailure(_ context.Context, in *sfn.SendTaskFailureInput, _ ...func(*sfn.Options)) (*sfn.SendTaskFailureOutput, error) {
	f.answered = append(f.answered, "failure "+*in.Error)
	return &sfn.SendTaskFailureOutput{}, f.err
}

func (f *fakeSteps) SendTaskHeartbeat(context.Context, *sfn.SendTaskHeartbeatInput, ...func(*sfn.Options)) (*sfn.SendTaskHeartbeatOutput, error) {
	return &sfn.SendTaskHeartbeatOutput{}, f.err
}

func TestWhatAStartMeans(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error
		status types.ExecutionStatus
		want   fault.Kind
	}{
		{"started", nil, "", ""},
		{"it runs already", awsError("ExecutionAlreadyExists"), types.ExecutionStatusRunning, ""},
		{"it ran to its end", awsError("ExecutionAlreadyExists"), types.ExecutionStatusSucceeded, fault.Over},
		{"it was stopped", awsError("ExecutionAlreadyExists"), types.ExecutionStatusAborted, fault.Over},
		{"it is not to be seen yet", awsError("ExecutionAlreadyExists"), "", fault.Transient},
		{"too many executions", awsError("ExecutionLimitExceeded"), "", fault.Transient},
		{"no such state machine", awsError("StateMachineDoesNotExist"), "", fault.Internal},
		{"a lost answer", errors.New("connection reset"), "", fault.Transient},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &fakeSteps{err: c.err, status: c.status}
			isKind(t, Executions{f, machine}.Start(t.Context(), "01k1", "{}"), c.want)
			if want := "arn:aws:states:us-east-1:111122223333:execution:elevation:01k1"; c.status != "" && f.described != want {
				t.Errorf("looked at %s, want %s", f.described, want)
			}
		})
	}
}

func TestWhatATokensAnswerMeans(t *testing.T) {
	for _, c := range []struct {
		code               string
		wantAnswer, wantOf fault.Kind // of Answer, of Beat
	}{
		{"TaskTimedOut", "", fault.Over},
		{"TaskDoesNotExist", "", fault.Over},
		{"InvalidToken", fault.Invalid, fault.Invalid},
		{"ThrottlingException", fault.Transient, fault.Transient},
		{"AccessDeniedException", fault.Internal, fault.Internal},
	} {
		t.Run(c.code, func(t *testing.T) {
			w := Tasks{&fakeSteps{err: awsError(c.code)}}
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
	f := &fakeSteps{}
	for _, failure := range []string{"", "Withdrawn"} {
		isKind(t, Tasks{f}.Answer(t.Context(), "token", failure), "")
	}
	if want := []string{"success {}", "failure Withdrawn"}; !slices.Equal(f.answered, want) {
		t.Errorf("answers = %q, want %q", f.answered, want)
	}
}
