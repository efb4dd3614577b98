package functions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"curfew/shared/access"
	"curfew/shared/onaws/lambdatest"
)

// elevation is as much of one as these stories look at.
type elevation struct {
	ID, Digest string
	State      access.State
	Cause      access.Cause
	Overstay   *int64 `json:"overstay_seconds"`
}

// story is one elevation on a role of its own.
type story struct {
	*installation
	t    *testing.T
	name string
	arn  string // of the role
	e    elevation
}

// call makes a call of a person and wants it to be served.
func (s *story) call(p *lambdatest.Process, who, group, method, path, body string) {
	s.t.Helper()
	a, err := p.Invoke(s.t.Context(), []byte(s.issuer.event(s.t, who, group, method, path, body)), 30*time.Second)
	if err != nil || a.ErrorType != "" {
		s.t.Fatalf("%s %s: %v %+v", method, path, err, a)
	}
	var answer struct {
		StatusCode int
		Body       string
	}
	if err := json.Unmarshal(a.Payload, &answer); err != nil || answer.StatusCode >= http.StatusBadRequest {
		s.t.Fatalf("%s %s as %s: %d %s", method, path, who, answer.StatusCode, answer.Body)
	}
	s.e = elevation{}
	if err := json.Unmarshal([]byte(answer.Body), &s.e); err != nil {
		s.t.Fatal(err)
	}
}

func (s *story) asks(entitlement string, seconds int) {
	s.t.Helper()
	s.call(s.api, "ana", "engineers", "POST", "/v1/elevations", fmt.Sprintf(
		`{"entitlement":%q,"principal":%q,"task":{"kind":"change","id":"7"},"reason":"a test","duration_seconds":%d}`, entitlement, s.arn, seconds))
}

func (s *story) decides(decision string) {
	s.t.Helper()
	s.waitsIn("AskApprovers", time.Minute)
	s.call(s.decide, "ben", "leads", "POST", "/v1/elevations/"+s.e.ID+"/decisions", fmt.Sprintf(`{"decision":%q,"digest":%q}`, decision, s.e.Digest))
}

// waits until the elevation is in this state.
func (s *story) waits(state access.State, atMost time.Duration) {
	s.t.Helper()
	id, ends := s.e.ID, time.Now().Add(atMost)
	for {
		s.call(s.api, "ana", "engineers", "GET", "/v1/elevations/"+id, "")
		if s.e.State == state {
			return
		}
		if time.Now().After(ends) {
			s.t.Fatalf("state = %s, want %s within %s", s.e.State, state, atMost)
		}
		pause(s.t.Context(), 200*time.Millisecond)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// policies are the names of what is on the role.
func (s *story) policies() []string {
	s.t.Helper()
	list, err := s.iam.ListRolePolicies(s.t.Context(), &iam.ListRolePoliciesInput{RoleName: aws.String(s.role(s.name))})
	if err != nil {
		s.t.Fatal(err)
	}
	return list.PolicyNames
}

func (s *story) wantAttached() {
	s.t.Helper()
	if got, want := strings.Join(s.policies(), " "), s.installation.name+"-"+s.e.ID; got != want {
		s.t.Errorf("policies on the role = %q, want %q", got, want)
	}
}

// wantPath waits until the execution is over and holds its states against a path.
func (s *story) wantPath(want string, atMost time.Duration) {
	s.t.Helper()
	execution := s.execution()
	ends := time.Now().Add(atMost)
	for {
		x, err := s.steps.DescribeExecution(s.t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: execution})
		if err != nil {
			s.t.Fatal(err)
		}
		if x.Status != "RUNNING" {
			if x.Status != "SUCCEEDED" {
				s.t.Errorf("execution = %s, want SUCCEEDED", x.Status)
			}
			break
		}
		if time.Now().After(ends) {
			s.t.Fatalf("the execution still runs after %s", atMost)
		}
		pause(s.t.Context(), 200*time.Millisecond)
	}
	if got := strings.Join(s.path(execution), " "); got != want {
		s.t.Errorf("path = %s, want %s", got, want)
	}
}

func (s *story) execution() *string {
	return aws.String(strings.Replace(s.machine, ":stateMachine:", ":execution:", 1) + ":" + s.e.ID)
}

// path are the states that an execution has entered.
func (s *story) path(execution *string) []string {
	s.t.Helper()
	history, err := s.steps.GetExecutionHistory(s.t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: execution, MaxResults: 1000})
	if err != nil {
		s.t.Fatal(err)
	}
	var path []string
	for _, event := range history.Events {
		if event.StateEnteredEventDetails != nil {
			path = append(path, aws.ToString(event.StateEnteredEventDetails.Name))
		}
	}
	return path
}

// waitsIn waits until the state machine waits for an answer in this state. An answer that comes while the function that
// keeps the token still runs counts at once on AWS; moto was seen to notice it only when the task timed out.
func (s *story) waitsIn(state string, atMost time.Duration) {
	s.t.Helper()
	for ends := time.Now().Add(atMost); !slices.Contains(s.path(s.execution()), state); pause(s.t.Context(), 200*time.Millisecond) {
		if time.Now().After(ends) {
			s.t.Fatalf("not in %s after %s", state, atMost)
		}
	}
	pause(s.t.Context(), 2*time.Second) // the function wait has answered by then
}

// wantEnded holds that the access is proven gone, in time, for this cause, and that nothing is left in IAM.
func (s *story) wantEnded(cause access.Cause) {
	s.t.Helper()
	s.waits(access.Ended, 3*time.Minute)
	if s.e.Cause != cause || s.e.Overstay == nil || *s.e.Overstay > 60 {
		s.t.Errorf("ended for %s with overstay %d s, want %s and at most 60 s", s.e.Cause, aws.ToInt64(s.e.Overstay), cause)
	}
	if got := s.policies(); len(got) > 0 {
		s.t.Errorf("left on the role: %v", got)
	}
}

// The paths are those that the interpreter of package asl takes; its tests hold the same ones.
const (
	pathEnded  = "Route AskApprovers WaitForStart Grant Hold Revoke"
	pathFailed = "Route AskApprovers WaitForStart Grant Revoke"
	pathDenied = "Route AskApprovers Closed"
	pathLapsed = "Route AskApprovers Lapse Closed"
)

// TestTheMachineOnAnotherEngine tells the lives of elevations with the shipped state machine on moto's Step Functions, the
// built functions behind it, and moto's DynamoDB and IAM. They take as long as they take: an end is proven 50 s after
// granting at the earliest, so all are told at once.
func TestTheMachineOnAnotherEngine(t *testing.T) {
	if os.Getenv("CURFEW_EMULATORS") == "" {
		t.Skip("run it with the stand-ins for AWS: go run ./scripts/emulators -- go test ./functions")
	}
	i := install(t)
	for name, tell := range map[string]func(s *story){
		"deadline": func(s *story) {
			s.asks("deploy", 10)
			s.decides("approve")
			s.waits(access.Active, time.Minute)
			s.wantAttached()
			s.wantEnded(access.Deadline)
			s.wantPath(pathEnded, time.Minute)
		},
		"released": func(s *story) {
			s.asks("deploy", 1200)
			s.decides("approve")
			s.waits(access.Active, time.Minute)
			s.waitsIn("Hold", time.Minute)
			s.call(s.api, "ana", "engineers", "POST", "/v1/elevations/"+s.e.ID+"/end", "")
			s.wantEnded(access.Released)
			s.wantPath(pathEnded, 3*time.Minute)
		},
		"denied": func(s *story) {
			s.asks("deploy", 1200)
			s.decides("deny")
			s.waits(access.DeniedState, time.Minute)
			s.wantPath(pathDenied, time.Minute)
		},
		"lapsed": func(s *story) {
			s.asks("deploy", 1200)
			s.waits(access.LapsedState, 2*time.Minute)
			s.wantPath(pathLapsed, time.Minute)
		},
		"dies": func(s *story) {
			s.asks("deploy", 1200)
			s.decides("approve")
			s.wantEnded(access.Failed)
			s.wantPath(pathFailed, 3*time.Minute)
		},
		"heartbeat": func(s *story) {
			s.asks("watched", 1200)
			s.decides("approve")
			s.waits(access.Active, time.Minute)
			s.wantEnded(access.HeartbeatLost)
			s.wantPath(pathEnded, 3*time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &story{installation: i, t: t, name: name, arn: i.makeRole(t, name)}
			tell(s)
			if got := s.policies(); len(got) > 0 {
				t.Errorf("left on the role: %v", got)
			}
		})
	}
}
