package onaws_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/onaws"
	"curfew/shared/onaws/emulated"
	"curfew/shared/onaws/invoke"
	"curfew/shared/onaws/sqs"
	"curfew/shared/onaws/stepfunctions"
	"curfew/shared/record"
	"curfew/statemachines"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The contract suite on the real services. Names of what it creates begin with curfew-contract.
func TestWorkflowOnStepFunctions(t *testing.T) {
	cfg := emulated.Config(t, "SFN", "LAMBDA", "SQS")
	f := newFunctions(t)
	engine := sfn.NewFromConfig(cfg)
	definition := strings.NewReplacer("${wait}", f.names["wait"], "${grant}", f.names["grant"], "${revoke}", f.names["revoke"]).
		Replace(string(statemachines.Elevation()))
	machine, err := engine.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
		Name: aws.String(emulated.Unique("curfew-contract")), Definition: &definition,
		RoleArn: aws.String("arn:aws:iam::" + emulated.OwnAccount + ":role/curfew-contract"),
	})
	must(t, err)
	queues := awssqs.NewFromConfig(cfg)
	queue, err := queues.CreateQueue(t.Context(), &awssqs.CreateQueueInput{QueueName: aws.String(emulated.Unique("curfew-contract"))})
	must(t, err)
	executions := stepfunctions.NewExecutions(cfg, onaws.ExecutionsConfig{StateMachine: aws.ToString(machine.StateMachineArn)})
	t.Log("moto is put right: it says InvalidToken of a task that is over, closes a task a moment after its answer, " +
		"and takes no heartbeat of a task without HeartbeatSeconds")
	executions.Client = &closedTokens{Client: executions.Client, f: f, answered: map[string]bool{}}
	w := onaws.Workflow{
		Executions: executions, Tasks: executions.Tasks(), Orders: invoke.New(cfg, onaws.OrdersConfig{RevokeFunction: f.names["revoke"]}),
		Deferred: sqs.New(cfg, onaws.LateConfig{LateQueue: aws.ToString(queue.QueueUrl)}),
	}
	accesstest.WorkflowContract(t, func(*testing.T) accesstest.WorkflowUnderTest {
		return accesstest.WorkflowUnderTest{
			Workflow: w, Input: contractInput, Failed: []string{"Denied", "Withdrawn", "Lapsed"},
			Token:   func(t *testing.T, id string) string { return seen(t, f, f.tokens, id) },
			Revoked: func(t *testing.T, id string) access.Order { return seen(t, f, f.orders, id) },
			Closed:  func(t *testing.T, id string) { closed(t, engine, executions.ARN(id)) },
			Late: func(t *testing.T, id string) access.Late {
				return postponed(t, queues, queue.QueueUrl, id)
			},
		}
	})
}

func contractInput(id string) string {
	return access.Input{
		ID: id, Route: "ask", Account: emulated.MemberAccount, Principal: "arn:aws:iam::" + emulated.MemberAccount + ":role/engineer",
		PrincipalID: "AROAEXAMPLE0000000001", StartAt: record.Instant(time.Now()).Add(time.Hour), DecideSeconds: 7200,
	}.String()
}

// closedTokens corrects moto's answers about tokens of closed tasks.
type closedTokens struct {
	stepfunctions.Client
	f        *functions
	mu       sync.Mutex // guards answered
	answered map[string]bool
}

func (c *closedTokens) right(token string, err error) error {
	if onaws.ErrorCode(err) == "InvalidToken" && c.f.gave(token) {
		return &sfntypes.TaskTimedOut{Message: aws.String("moto called it an invalid token")}
	}
	return err
}

func (c *closedTokens) over(token string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answered[token] {
		return &sfntypes.TaskTimedOut{Message: aws.String("moto had not closed it yet")}
	}
	return nil
}

func (c *closedTokens) close(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answered[token] = true
}

func (c *closedTokens) SendTaskSuccess(ctx context.Context, in *sfn.SendTaskSuccessInput, o ...func(*sfn.Options)) (*sfn.SendTaskSuccessOutput, error) {
	if err := c.over(*in.TaskToken); err != nil {
		return nil, err
	}
	out, err := c.Client.SendTaskSuccess(ctx, in, o...)
	if err == nil {
		c.close(*in.TaskToken)
	}
	return out, c.right(*in.TaskToken, err)
}

func (c *closedTokens) SendTaskFailure(ctx context.Context, in *sfn.SendTaskFailureInput, o ...func(*sfn.Options)) (*sfn.SendTaskFailureOutput, error) {
	if err := c.over(*in.TaskToken); err != nil {
		return nil, err
	}
	out, err := c.Client.SendTaskFailure(ctx, in, o...)
	if err == nil {
		c.close(*in.TaskToken)
	}
	return out, c.right(*in.TaskToken, err)
}

func (c *closedTokens) SendTaskHeartbeat(ctx context.Context, in *sfn.SendTaskHeartbeatInput, o ...func(*sfn.Options)) (*sfn.SendTaskHeartbeatOutput, error) {
	if err := c.over(*in.TaskToken); err != nil {
		return nil, err
	}
	out, err := c.Client.SendTaskHeartbeat(ctx, in, o...)
	if onaws.ErrorCode(err) == "InvalidToken" && c.f.gave(*in.TaskToken) {
		return &sfn.SendTaskHeartbeatOutput{}, nil // moto fails without HeartbeatSeconds
	}
	return out, err
}

func closed(t *testing.T, engine *sfn.Client, execution string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		out, err := engine.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &execution})
		must(t, err)
		if out.Status != sfntypes.ExecutionStatusRunning {
			return
		}
	}
	t.Fatalf("%s is not closed", execution)
}

func postponed(t *testing.T, queues *awssqs.Client, url *string, id string) access.Late {
	t.Helper()
	out, err := queues.ReceiveMessage(t.Context(), &awssqs.ReceiveMessageInput{QueueUrl: url, WaitTimeSeconds: 20})
	must(t, err)
	var l access.Late
	for _, m := range out.Messages {
		must(t, json.Unmarshal([]byte(*m.Body), &l))
		if l.Elevation == id {
			return l
		}
	}
	t.Fatalf("nothing late of %s", id)
	return l
}

// functions replace wait, grant and revoke, and keep what they get.
type functions struct {
	names map[string]string

	mu     sync.Mutex // guards what follows
	tokens map[string]string
	orders map[string]access.Order
}

// newFunctions answers invocations; the emulators' front gets their names.
func newFunctions(t *testing.T) *functions {
	t.Helper()
	f := &functions{names: map[string]string{}, tokens: map[string]string{}, orders: map[string]access.Order{}}
	for name, answer := range map[string]func([]byte) error{
		"wait": f.wait, "revoke": f.revoke, "grant": func([]byte) error { return errors.New("nothing is granted in this test") },
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			payload, err := io.ReadAll(r.Body)
			if err == nil {
				err = answer(payload)
			}
			if err != nil {
				w.Header().Set("X-Amz-Function-Error", "Unhandled")
			}
			_, _ = io.WriteString(w, "{}")
		}))
		t.Cleanup(server.Close)
		f.names[name] = emulated.Unique("curfew-contract-" + name)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut,
			os.Getenv("AWS_ENDPOINT_URL")+"/curfew/functions/"+f.names[name], strings.NewReader(server.URL))
		must(t, err)
		out, err := http.DefaultClient.Do(req)
		must(t, err)
		_ = out.Body.Close()
		if out.StatusCode != http.StatusOK {
			t.Skip("no front that invokes functions: go run ./scripts/emulators -- go test ./shared/onaws/...")
		}
	}
	return f
}

func (f *functions) wait(payload []byte) error {
	var in access.WaitIn
	if err := json.Unmarshal(payload, &in); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tokens[in.ID] = in.Token
	return nil
}

func (f *functions) revoke(payload []byte) error {
	var o access.Order
	if err := json.Unmarshal(payload, &o); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.orders[o.ID] = o
	return nil
}

// gave reports whether a task got this token.
func (f *functions) gave(token string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range f.tokens {
		if t == token {
			return true
		}
	}
	return false
}

// seen waits for this id.
func seen[T any](t *testing.T, f *functions, in map[string]T, id string) T {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		f.mu.Lock()
		v, ok := in[id]
		f.mu.Unlock()
		if ok {
			return v
		}
	}
	t.Fatalf("nothing was seen of %s", id)
	var none T
	return none
}
