package onaws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/statemachines"
)

// These tests hold the adapters against the contracts over the wire. They make tables, roles, users, policies, a state
// machine and a queue, all named curfew-contract…, and leave the tables to the emulator's end.

// emulated gives the configuration of the emulators, or skips the test and says how to run it. Each service that the test
// calls must have an address: what has none would be AWS itself.
func emulated(t *testing.T, services ...string) aws.Config {
	t.Helper()
	for _, service := range services {
		if os.Getenv("CURFEW_EMULATORS") != "1" || os.Getenv("AWS_ENDPOINT_URL") == "" && os.Getenv("AWS_ENDPOINT_URL_"+service) == "" {
			t.Skipf("not run without an emulator of %s: go run ./scripts/emulators -- go test ./shared/onaws/...", service)
		}
	}
	cfg, err := LoadAWS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// unique is a name that no other test has.
func unique(prefix string) string { return fmt.Sprintf("%s-%d", prefix, time.Now().UnixNano()) }

// newTables makes the two tables with the keys and indexes that the deployed ones have.
func newTables(t *testing.T, cfg aws.Config) TablesConfig {
	t.Helper()
	name := unique("curfew-contract")
	c := TablesConfig{AccessTable: name + "-access", AuditTable: name + "-audit"}
	client := dynamodb.NewFromConfig(cfg)
	attributes := []string{partitionKey, sortKey}
	var indexed []ddbtypes.GlobalSecondaryIndex
	for _, i := range indexes() {
		attributes = append(attributes, partitionAttribute(i), sortAttribute(i))
		indexed = append(indexed, ddbtypes.GlobalSecondaryIndex{
			IndexName: aws.String(string(i)), KeySchema: keySchema(partitionAttribute(i), sortAttribute(i)),
			Projection: &ddbtypes.Projection{ProjectionType: ddbtypes.ProjectionTypeKeysOnly},
		})
	}
	for _, in := range []*dynamodb.CreateTableInput{
		{TableName: &c.AccessTable, AttributeDefinitions: definitions(attributes), GlobalSecondaryIndexes: indexed},
		{TableName: &c.AuditTable, AttributeDefinitions: definitions(attributes[:2])},
	} {
		in.KeySchema, in.BillingMode = keySchema(partitionKey, sortKey), ddbtypes.BillingModePayPerRequest
		_, err := client.CreateTable(t.Context(), in)
		must(t, err)
		must(t, dynamodb.NewTableExistsWaiter(client).Wait(t.Context(), &dynamodb.DescribeTableInput{TableName: in.TableName}, time.Minute))
	}
	t.Cleanup(func() {
		for _, table := range []string{c.AccessTable, c.AuditTable} {
			_, err := client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &table})
			must(t, err)
		}
	})
	return c
}

func keySchema(partition, sort string) []ddbtypes.KeySchemaElement {
	return []ddbtypes.KeySchemaElement{
		{AttributeName: &partition, KeyType: ddbtypes.KeyTypeHash}, {AttributeName: &sort, KeyType: ddbtypes.KeyTypeRange},
	}
}

func definitions(names []string) []ddbtypes.AttributeDefinition {
	var all []ddbtypes.AttributeDefinition
	for _, n := range names {
		all = append(all, ddbtypes.AttributeDefinition{AttributeName: &n, AttributeType: ddbtypes.ScalarAttributeTypeS})
	}
	return all
}

func TestStoreOnDynamoDB(t *testing.T) {
	cfg := emulated(t, "DYNAMODB")
	tables := newTables(t, cfg)
	accesstest.StoreContract(t, func(*testing.T) accesstest.StoreUnderTest {
		return accesstest.StoreUnderTest{Store: NewStore(cfg, tables), Lag: 5 * time.Second}
	})
}

// The names of the account that moto gives to everybody, and of a member account.
const (
	ownAccount    = "123456789012"
	memberAccount = "111122223333"
)

func TestCloudOnIAM(t *testing.T) {
	cfg := emulated(t, "IAM")
	testCloud(t, cfg, AccountsConfig{Account: ownAccount}, ownAccount)
}

func TestCloudInAMemberAccount(t *testing.T) {
	cfg := emulated(t, "IAM", "STS")
	testCloud(t, cfg, AccountsConfig{Members: []string{memberAccount}, MemberRole: "curfew-grant", ExternalID: "example"}, memberAccount)
}

func testCloud(t *testing.T, cfg aws.Config, c AccountsConfig, account string) {
	w := &iamWorld{client: newAccounts(cfg, c).client(account).(*iam.Client), account: account}
	w.prepare(t)
	t.Log("moto is put right: ids of users begin with no AIDA, and whom a policy is attached to that is not there is no error")
	accesstest.CloudContract(t, func(*testing.T) accesstest.CloudUnderTest {
		cloud := NewCloud(cfg, InstallationConfig{Name: "curfew"}, c)
		client := cloud.Client
		cloud.Client = func(account string) IAM { return rightIAM{client(account)} }
		return accesstest.CloudUnderTest{
			Cloud: cloud, Name: "curfew",
			Role: w.role("engineer"), User: w.arn("user/ci"), Other: w.role("responder"), Missing: w.role("nobody"),
			Protected: w.arn("role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef"),
			Lag:       time.Second,
			// moto allows every call, whatever the tag and the boundary are, and has no quotas.
			Lacks:    []string{accesstest.Permissions, accesstest.Quotas},
			Recreate: w.recreate, Delete: w.delete, Mark: w.mark, AttachByHand: w.attach, PutByHand: w.put,
		}
	})
}

// rightIAM puts right what moto says of users and of policies that are not there.
type rightIAM struct{ IAM }

func (r rightIAM) GetUser(ctx context.Context, in *iam.GetUserInput, o ...func(*iam.Options)) (*iam.GetUserOutput, error) {
	out, err := r.IAM.GetUser(ctx, in, o...)
	if err == nil {
		out.User.UserId = aws.String("AIDA" + aws.ToString(out.User.UserId))
	}
	return out, err
}

func (r rightIAM) ListEntitiesForPolicy(ctx context.Context, in *iam.ListEntitiesForPolicyInput, o ...func(*iam.Options)) (*iam.ListEntitiesForPolicyOutput, error) {
	if _, err := r.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: in.PolicyArn}); err != nil {
		return nil, err
	}
	return r.IAM.ListEntitiesForPolicy(ctx, in, o...)
}

// iamWorld is what a person with rights of his own does in one account.
type iamWorld struct {
	client  *iam.Client
	account string
}

func (w *iamWorld) arn(resource string) string { return "arn:aws:iam::" + w.account + ":" + resource }
func (w *iamWorld) role(name string) string    { return w.arn("role/" + name) }

func nameOf(arn string) *string { return aws.String(arn[strings.LastIndexByte(arn, '/')+1:]) }

const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}}]}`

func managedTag() []iamtypes.Tag {
	return []iamtypes.Tag{{Key: aws.String("curfew:managed"), Value: aws.String("true")}}
}

func (w *iamWorld) prepare(t *testing.T) {
	t.Helper()
	_, err := w.client.CreatePolicy(t.Context(), &iam.CreatePolicyInput{
		PolicyName: aws.String("curfew-boundary"), PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`),
	})
	if ErrorCode(err) != "EntityAlreadyExists" {
		must(t, err)
	}
	for _, role := range []string{"engineer", "responder"} {
		w.delete(t, w.role(role))
		w.create(t, w.role(role))
	}
	_, err = w.client.CreateUser(t.Context(), &iam.CreateUserInput{
		UserName: aws.String("ci"), Tags: managedTag(), PermissionsBoundary: aws.String(w.arn("policy/curfew-boundary")),
	})
	if ErrorCode(err) != "EntityAlreadyExists" {
		must(t, err)
	}
}

func (w *iamWorld) create(t *testing.T, arn string) {
	t.Helper()
	_, err := w.client.CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName: nameOf(arn), AssumeRolePolicyDocument: aws.String(trust), Tags: managedTag(),
		PermissionsBoundary: aws.String(w.arn("policy/curfew-boundary")),
	})
	must(t, err)
}

// delete deletes a role with all that is on it, if it is there.
func (w *iamWorld) delete(t *testing.T, arn string) {
	t.Helper()
	ctx, role := t.Context(), nameOf(arn)
	attached, err := w.client.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: role})
	if ErrorCode(err) == "NoSuchEntity" {
		return
	}
	must(t, err)
	for _, p := range attached.AttachedPolicies {
		_, err := w.client.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: role, PolicyArn: p.PolicyArn})
		must(t, err)
	}
	inline, err := w.client.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: role})
	must(t, err)
	for _, p := range inline.PolicyNames {
		_, err := w.client.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: role, PolicyName: &p})
		must(t, err)
	}
	_, err = w.client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: role})
	must(t, err)
	t.Cleanup(func() { w.restore(t, arn) })
}

// restore makes a role again that a case deleted, for the cases that follow.
func (w *iamWorld) restore(t *testing.T, arn string) {
	_, err := w.client.CreateRole(context.Background(), &iam.CreateRoleInput{
		RoleName: nameOf(arn), AssumeRolePolicyDocument: aws.String(trust), Tags: managedTag(),
		PermissionsBoundary: aws.String(w.arn("policy/curfew-boundary")),
	})
	if ErrorCode(err) != "EntityAlreadyExists" {
		must(t, err)
	}
}

func (w *iamWorld) recreate(t *testing.T, arn string) {
	t.Helper()
	w.delete(t, arn)
	w.create(t, arn)
}

func (w *iamWorld) mark(t *testing.T, arn string, tag, boundary bool) {
	t.Helper()
	ctx, role := context.Background(), nameOf(arn)
	_, err := w.client.UntagRole(ctx, &iam.UntagRoleInput{RoleName: role, TagKeys: []string{"curfew:managed"}})
	must(t, err)
	_, err = w.client.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: role})
	must(t, err)
	if tag {
		_, err := w.client.TagRole(ctx, &iam.TagRoleInput{RoleName: role, Tags: managedTag()})
		must(t, err)
	}
	if boundary {
		_, err := w.client.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{
			RoleName: role, PermissionsBoundary: aws.String(w.arn("policy/curfew-boundary")),
		})
		must(t, err)
	}
}

func (w *iamWorld) attach(t *testing.T, arn, policy string) {
	t.Helper()
	_, err := w.client.AttachRolePolicy(t.Context(), &iam.AttachRolePolicyInput{RoleName: nameOf(arn), PolicyArn: &policy})
	must(t, err)
}

func (w *iamWorld) put(t *testing.T, arn, name, document string) {
	t.Helper()
	_, err := w.client.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: nameOf(arn), PolicyName: &name, PolicyDocument: &document})
	must(t, err)
}

func TestWorkflowOnStepFunctions(t *testing.T) {
	cfg := emulated(t, "SFN", "LAMBDA", "SQS")
	f := newFunctions(t)
	steps := sfn.NewFromConfig(cfg)
	definition := strings.NewReplacer("${wait}", f.names["wait"], "${grant}", f.names["grant"], "${revoke}", f.names["revoke"]).
		Replace(string(statemachines.Elevation()))
	machine, err := steps.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
		Name: aws.String(unique("curfew-contract")), Definition: &definition,
		RoleArn: aws.String("arn:aws:iam::" + ownAccount + ":role/curfew-contract"),
	})
	must(t, err)
	queues := sqs.NewFromConfig(cfg)
	queue, err := queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String(unique("curfew-contract"))})
	must(t, err)
	w := Workflow{}.WithExecutions(cfg, ExecutionsConfig{aws.ToString(machine.StateMachineArn)}).
		WithOrders(cfg, OrdersConfig{f.names["revoke"]}).WithLate(cfg, LateConfig{aws.ToString(queue.QueueUrl)})
	t.Log("moto is put right: it says InvalidToken of a task that is over, closes a task a moment after its answer, " +
		"and takes no heartbeat of a task without HeartbeatSeconds")
	w.Steps = &closedTokens{Steps: w.Steps, f: f, answered: map[string]bool{}}
	accesstest.WorkflowContract(t, func(*testing.T) accesstest.WorkflowUnderTest {
		return accesstest.WorkflowUnderTest{
			Workflow: &w, Input: contractInput, Failed: []string{"Denied", "Withdrawn", "Lapsed"},
			Token:   func(t *testing.T, id string) string { return seen(t, f, f.tokens, id) },
			Revoked: func(t *testing.T, id string) access.Order { return seen(t, f, f.orders, id) },
			Closed:  func(t *testing.T, id string) { closed(t, steps, w.execution(id)) },
			Late: func(t *testing.T, id string) access.Late {
				return late(t, queues, queue.QueueUrl, id)
			},
		}
	})
}

func contractInput(id string) string {
	return access.Input{
		ID: id, Route: "ask", Account: memberAccount, Principal: "arn:aws:iam::" + memberAccount + ":role/engineer",
		PrincipalID: "AROAEXAMPLE0000000001", StartAt: access.Instant(time.Now()).Add(time.Hour), DecideSeconds: 7200,
	}.String()
}

// closedTokens puts right what moto says of a token that it gave to a task which is over now.
type closedTokens struct {
	Steps
	f        *functions
	mu       sync.Mutex // guards answered
	answered map[string]bool
}

func (c *closedTokens) right(token string, err error) error {
	if ErrorCode(err) == "InvalidToken" && c.f.gave(token) {
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
	out, err := c.Steps.SendTaskSuccess(ctx, in, o...)
	if err == nil {
		c.close(*in.TaskToken)
	}
	return out, c.right(*in.TaskToken, err)
}

func (c *closedTokens) SendTaskFailure(ctx context.Context, in *sfn.SendTaskFailureInput, o ...func(*sfn.Options)) (*sfn.SendTaskFailureOutput, error) {
	if err := c.over(*in.TaskToken); err != nil {
		return nil, err
	}
	out, err := c.Steps.SendTaskFailure(ctx, in, o...)
	if err == nil {
		c.close(*in.TaskToken)
	}
	return out, c.right(*in.TaskToken, err)
}

func (c *closedTokens) SendTaskHeartbeat(ctx context.Context, in *sfn.SendTaskHeartbeatInput, o ...func(*sfn.Options)) (*sfn.SendTaskHeartbeatOutput, error) {
	if err := c.over(*in.TaskToken); err != nil {
		return nil, err
	}
	out, err := c.Steps.SendTaskHeartbeat(ctx, in, o...)
	if ErrorCode(err) == "InvalidToken" && c.f.gave(*in.TaskToken) {
		return &sfn.SendTaskHeartbeatOutput{}, nil // its task has no HeartbeatSeconds, which moto takes amiss
	}
	return out, err
}

func closed(t *testing.T, steps *sfn.Client, execution string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		out, err := steps.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &execution})
		must(t, err)
		if out.Status != sfntypes.ExecutionStatusRunning {
			return
		}
	}
	t.Fatalf("%s is not closed", execution)
}

func late(t *testing.T, queues *sqs.Client, url *string, id string) access.Late {
	t.Helper()
	out, err := queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: url, WaitTimeSeconds: 5})
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

// functions stand where wait, grant and revoke are, and keep what they were given.
type functions struct {
	names map[string]string

	mu     sync.Mutex // guards what follows
	tokens map[string]string
	orders map[string]access.Order
}

// newFunctions answers invocations here, by names that are told to the front of the emulators.
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
		f.names[name] = unique("curfew-contract-" + name)
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

// gave reports whether a task was ever given this token.
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

// seen waits until something of this id was seen.
func seen[T any](t *testing.T, f *functions, in map[string]T, id string) T {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
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
