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
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"curfew/shared/access"
	"curfew/shared/evidence"
	"curfew/shared/onaws/lambdatest"
)

// elevation is as much of one as these stories look at.
type elevation struct {
	ID, Digest string
	State      access.State
	Cause      access.Cause
	Why        string
	Overstay   *int64 `json:"overstay_seconds"`
	Evidence   evidence.Verdict
	Receipt    *struct {
		Seen string
		Due  time.Time
	}
}

// story is one elevation on a role of its own.
type story struct {
	*installation
	t    *testing.T
	name string
	arn  string // of the role
	e    elevation
}

// roleName is the last part of the role's ARN.
func (s *story) roleName() *string { return aws.String(s.arn[strings.LastIndexByte(s.arn, '/')+1:]) }

// call makes a person's call, which must succeed, and reads the elevation from the answer.
func (s *story) call(p *lambdatest.Process, who, group, method, path, body string) {
	s.t.Helper()
	s.e = elevation{}
	if err := json.Unmarshal([]byte(s.serve(p, who, group, method, path, body)), &s.e); err != nil {
		s.t.Fatal(err)
	}
}

// serve makes a person's call, which must succeed, and returns the answer.
func (s *story) serve(p *lambdatest.Process, who, group, method, path, body string) string {
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
	return answer.Body
}

func (s *story) ask(entitlement string, seconds int) {
	s.t.Helper()
	s.call(s.api, "ana", "engineers", "POST", "/v1/elevations", fmt.Sprintf(
		`{"entitlement":%q,"principal":%q,"task":{"kind":"change","id":"7"},"reason":"a test","duration_seconds":%d}`, entitlement, s.arn, seconds))
}

func (s *story) postDecision(decision string) {
	s.t.Helper()
	s.waitsIn("AskApprovers")
	s.call(s.decide, "ben", "leads", "POST", "/v1/elevations/"+s.e.ID+"/decisions", fmt.Sprintf(`{"decision":%q,"digest":%q}`, decision, s.e.Digest))
}

// patience is how long a story waits. It is no claim about speed: a busy machine must not fail a test.
const patience = 4 * time.Minute

// waitUntil polls until the answer is yes, and reports want if it never is.
func (s *story) waitUntil(happened func() bool, want string, args ...any) {
	s.t.Helper()
	for ends := time.Now().Add(patience); !happened(); pause(s.t.Context(), 200*time.Millisecond) {
		if time.Now().After(ends) {
			s.t.Fatalf("not within %s: %s", patience, fmt.Sprintf(want, args...))
		}
	}
}

// waitFor until the elevation is in this state, as an operator sees it. An end that is not expected ends the test: nothing follows it.
func (s *story) waitFor(state access.State) {
	s.t.Helper()
	id := s.e.ID
	s.waitUntil(func() bool {
		s.call(s.api, "dee", "operators", "GET", "/v1/elevations/"+id, "")
		if s.e.State.Terminal() && s.e.State != state {
			s.t.Fatalf("%s is %s (%s: %s), and will not be %s", id, s.e.State, s.e.Cause, s.e.Why, state)
		}
		return s.e.State == state
	}, "%s is %s", id, state)
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// policies returns the role's policies without its permanent ones.
func (s *story) policies() []string {
	s.t.Helper()
	list, err := s.iam.ListRolePolicies(s.t.Context(), &iam.ListRolePoliciesInput{RoleName: s.roleName()})
	if err != nil {
		s.t.Fatal(err)
	}
	return slices.DeleteFunc(list.PolicyNames, func(name string) bool { return name == standing })
}

// standing is a policy of another owner.
const standing = "others"

// putOtherPolicy puts a policy of another owner on the role, as most roles have.
func (s *story) putOtherPolicy() {
	s.t.Helper()
	_, err := s.iam.PutRolePolicy(s.t.Context(), &iam.PutRolePolicyInput{RoleName: s.roleName(), PolicyName: aws.String(standing), PolicyDocument: aws.String(byHand)})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *story) wantAttached() {
	s.t.Helper()
	if got, want := strings.Join(s.policies(), " "), s.installation.name+"-"+s.e.ID; got != want {
		s.t.Errorf("policies on the role = %q, want %q", got, want)
	}
}

// attachedPolicies returns the managed policies on the role.
func (s *story) attachedPolicies() []iamtypes.AttachedPolicy {
	s.t.Helper()
	list, err := s.iam.ListAttachedRolePolicies(s.t.Context(), &iam.ListAttachedRolePoliciesInput{RoleName: s.roleName()})
	if err != nil {
		s.t.Fatal(err)
	}
	return list.AttachedPolicies
}

// waitUntilClean waits until nothing is on the role.
func (s *story) waitUntilClean() {
	s.t.Helper()
	s.waitUntil(func() bool { return len(s.policies())+len(s.attachedPolicies()) == 0 }, "nothing is on the role")
}

// wantPath waits for the end of the execution and compares its states.
func (s *story) wantPath(want string) {
	s.t.Helper()
	var status sfntypes.ExecutionStatus
	s.waitUntil(func() bool {
		x, err := s.steps.DescribeExecution(s.t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: s.execution()})
		if err != nil {
			s.t.Fatal(err)
		}
		status = x.Status
		return status != sfntypes.ExecutionStatusRunning
	}, "the execution is over")
	if status != sfntypes.ExecutionStatusSucceeded {
		s.t.Errorf("execution = %s, want SUCCEEDED", status)
	}
	var path []string
	for _, event := range s.history() {
		if entered := event.StateEnteredEventDetails; entered != nil {
			path = append(path, aws.ToString(entered.Name))
		}
	}
	if got := strings.Join(path, " "); got != want {
		s.t.Errorf("path = %s, want %s", got, want)
	}
}

func (s *story) execution() *string {
	return aws.String(strings.Replace(s.machine, ":stateMachine:", ":execution:", 1) + ":" + s.e.ID)
}

func (s *story) history() []sfntypes.HistoryEvent {
	s.t.Helper()
	history, err := s.steps.GetExecutionHistory(s.t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: s.execution(), MaxResults: 1000})
	if err != nil {
		s.t.Fatal(err)
	}
	return history.Events
}

// waitsIn waits until the execution waits in this state: the function that stores the token was invoked and has
// logged it.
func (s *story) waitsIn(state string) {
	s.t.Helper()
	s.waitUntil(func() bool {
		in := ""
		for _, event := range s.history() {
			if entered := event.StateEnteredEventDetails; entered != nil {
				in = aws.ToString(entered.Name)
			}
			if in == state && event.Type == sfntypes.HistoryEventTypeTaskSubmitted {
				return true
			}
		}
		return false
	}, "the execution waits in %s", state)
}

// wantEnded checks that the access is confirmed gone for this cause, that its evidence verifies, and that IAM has
// nothing left.
func (s *story) wantEnded(cause access.Cause) {
	s.t.Helper()
	s.waitFor(access.Ended)
	if s.e.Cause != cause || s.e.Overstay == nil {
		s.t.Errorf("ended for %q, overstay told: %t, want %q and true", s.e.Cause, s.e.Overstay != nil, cause)
	}
	if s.e.Evidence.State != evidence.Verified || s.e.Receipt == nil || s.e.Receipt.Seen != "not there" {
		s.t.Errorf("evidence: %v, receipt %+v, want it verified and that it is not there", s.e.Evidence, s.e.Receipt)
	}
	if got := s.policies(); len(got) > 0 {
		s.t.Errorf("left on the role: %v", got)
	}
}

// The paths are those that the interpreter of package asl takes; its tests hold the same ones.
const (
	pathEnded  = "Route AskApprovers Grant Hold Revoke"
	pathFailed = "Route AskApprovers Grant Revoke"
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
	t.Parallel()
	i := install(t)
	for name, tell := range map[string]func(s *story){
		"deadline": func(s *story) {
			s.ask("deploy", 30)
			s.postDecision("approve")
			s.waitFor(access.Active)
			s.wantAttached()
			s.wantEnded(access.Deadline)
			s.wantPath(pathEnded)
		},
		"released": func(s *story) {
			s.ask("deploy", 1200)
			s.postDecision("approve")
			s.waitFor(access.Active)
			s.waitsIn("Hold")
			s.call(s.api, "ana", "engineers", "POST", "/v1/elevations/"+s.e.ID+"/end", "")
			s.wantEnded(access.Released)
			s.wantPath(pathEnded)
		},
		"denied": func(s *story) {
			s.ask("deploy", 1200)
			s.postDecision("deny")
			s.waitFor(access.DeniedState)
			s.wantPath(pathDenied)
		},
		"lapsed": func(s *story) {
			s.ask("hasty", 1200)
			s.waitFor(access.LapsedState)
			s.wantPath(pathLapsed)
		},
		"dies": func(s *story) {
			s.ask("deploy", 1200)
			s.postDecision("approve")
			s.wantEnded(access.Failed)
			s.wantPath(pathFailed)
		},
		"heartbeat": func(s *story) {
			s.ask("watched", 1200)
			s.postDecision("approve")
			s.waitFor(access.Active)
			s.wantEnded(access.HeartbeatLost)
			s.wantPath(pathEnded)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &story{installation: i, t: t, name: name, arn: i.makeRole(t, i.role(name))}
			tell(s)
			if got := s.policies(); len(got) > 0 {
				t.Errorf("left on the role: %v", got)
			}
		})
	}
}
