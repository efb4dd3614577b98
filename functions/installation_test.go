package functions_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"curfew/shared/catalog"
	"curfew/shared/onaws"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/onaws/lambdatest"
	"curfew/shared/registry"
	"curfew/statemachines"
)

// account is where moto puts everything without other credentials.
const account = "123456789012"

// installation is a whole Curfew on emulators: tables, a state machine, the built functions.
type installation struct {
	dist
	name    string      // prefix of its names, different for each test and run
	machine string      // ARN
	member  string      // the account of its principals
	iam     *iam.Client // of that account
	steps   *sfn.Client
	issuer  *issuer
	env     []string

	api, decide *lambdatest.Process
}

// install makes an installation with the catalog of these tests, in one account with its principals.
func install(t *testing.T) *installation { return installFor(t, account, catalogs(t)) }

// installFor makes an installation for principals of an account, with the catalogs of a folder. moto's engine and the
// functions call functions by Invoke, as on AWS.
func installFor(t *testing.T, member, catalogs string) *installation {
	t.Helper()
	sdk := sdkOf(t, account)
	i := &installation{
		dist: build(t), name: "c" + strings.ToLower(rand.Text()[:8]), member: member,
		iam: iam.NewFromConfig(sdkOf(t, member)), steps: sfn.NewFromConfig(sdk), issuer: newIssuer(t),
	}
	i.tables(t, dynamodb.NewFromConfig(sdk))
	add, err := registry.Rehearsed(member, time.Now())
	if err == nil {
		err = dynamo.New(sdk, onaws.TablesConfig{AccessTable: i.name + "-access", AuditTable: i.name + "-audit"}).Write(t.Context(), add)
	}
	if err != nil {
		t.Fatal(err)
	}
	i.stateMachine(t)
	queue, err := sqs.NewFromConfig(sdk).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String(i.name + "-late")})
	if err != nil {
		t.Fatal(err)
	}
	i.env = []string{
		"AWS_ENDPOINT_URL=" + os.Getenv("AWS_ENDPOINT_URL"), "CURFEW_NAME=" + i.name, "CURFEW_HOME=" + account,
		"CURFEW_ACCOUNT=", "CURFEW_EXTERNAL_ID=" + i.name,
		"CURFEW_BOUNDARIES=" + i.boundary(), "CURFEW_OPERATORS=group:operators",
		"CURFEW_ACCESS_TABLE=" + i.name + "-access", "CURFEW_AUDIT_TABLE=" + i.name + "-audit",
		"CURFEW_STATE_MACHINE=" + i.machine, "CURFEW_REVOKE_FUNCTION=" + i.name + "-revoke", "CURFEW_CONTAIN_FUNCTION=" + i.name + "-contain",
		"CURFEW_LATE_QUEUE=" + aws.ToString(queue.QueueUrl), "CURFEW_ISSUER=" + i.issuer.url, "CURFEW_CATALOGS=" + catalogs,
	}
	i.api, i.decide = i.start(t, "api", i.envOf("api")...), i.start(t, "decide", i.envOf("decide")...)
	for _, name := range []string{"wait", "grant", "revoke", "contain"} {
		i.answerInvoke(t, name, i.start(t, name, i.envOf(name)...))
	}
	return i
}

// sdkOf returns a configuration for an account: moto selects the account by credentials.
func sdkOf(t *testing.T, account string) aws.Config {
	t.Helper()
	cfg, err := onaws.LoadAWS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), "arn:aws:iam::"+account+":role/tests"))
	return cfg
}

func (i *installation) boundary() string {
	return "arn:aws:iam::" + i.member + ":policy/curfew-boundary"
}

// envOf returns the environment of a function, which acts on principals by its own role, as deployed. With
// CURFEW_RECORD_FOLDER set, each function writes its AWS calls to a file there; package permissions compares them
// with the roles.
func (i *installation) envOf(function string) []string {
	env := append(slices.Clone(i.env), "CURFEW_MEMBER_ROLE="+i.name+"-member-"+function)
	if folder := os.Getenv("CURFEW_RECORD_FOLDER"); folder != "" {
		env = append(env, "CURFEW_RECORD_CALLS="+filepath.Join(folder, i.name+"."+function+".jsonl"))
	}
	return env
}

func (i *installation) tables(t *testing.T, db *dynamodb.Client) {
	t.Helper()
	attribute := func(name string) dynamotypes.AttributeDefinition {
		return dynamotypes.AttributeDefinition{AttributeName: aws.String(name), AttributeType: dynamotypes.ScalarAttributeTypeS}
	}
	keys := func(partition, sort string) []dynamotypes.KeySchemaElement {
		return []dynamotypes.KeySchemaElement{
			{AttributeName: aws.String(partition), KeyType: dynamotypes.KeyTypeHash}, {AttributeName: aws.String(sort), KeyType: dynamotypes.KeyTypeRange},
		}
	}
	for _, table := range []string{"access", "audit"} {
		in := &dynamodb.CreateTableInput{
			TableName: aws.String(i.name + "-" + table), BillingMode: dynamotypes.BillingModePayPerRequest,
			KeySchema: keys("pk", "sk"), AttributeDefinitions: []dynamotypes.AttributeDefinition{attribute("pk"), attribute("sk")},
		}
		if table == "access" {
			for _, index := range []string{"state", "principal", "requester", "due"} {
				in.AttributeDefinitions = append(in.AttributeDefinitions, attribute(index+"_pk"), attribute(index+"_sk"))
				in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, dynamotypes.GlobalSecondaryIndex{
					IndexName: aws.String(index), KeySchema: keys(index+"_pk", index+"_sk"),
					Projection: &dynamotypes.Projection{ProjectionType: dynamotypes.ProjectionTypeKeysOnly},
				})
			}
		}
		if _, err := db.CreateTable(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
}

// stateMachine makes the shipped state machine with the functions' names filled in.
func (i *installation) stateMachine(t *testing.T) {
	t.Helper()
	definition := string(statemachines.Elevation())
	for _, name := range []string{"wait", "grant", "revoke"} {
		definition = strings.ReplaceAll(definition, "${"+name+"}", "arn:aws:lambda:us-east-1:"+account+":function:"+i.name+"-"+name)
	}
	made, err := i.steps.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
		Name: aws.String(i.name + "-elevation"), Definition: aws.String(definition), RoleArn: aws.String("arn:aws:iam::" + account + ":role/machine"),
	})
	if err != nil {
		t.Fatal(err)
	}
	i.machine = aws.ToString(made.StateMachineArn)
}

// catalogs is a folder with the catalog of these tests.
func catalogs(t *testing.T) string {
	t.Helper()
	entitlement := func(policy string, more ...string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(`about: For the tests of the functions
owners: ["group:platform"]
principals: ["arn:aws:iam::` + account + `:role/engineer-*", "arn:aws:iam::` + account + `:user/engineer-*"]
requesters: ["group:engineers"]
tasks: [change]
max: 30m
` + strings.Join(more, "\n") + `
policy: {Version: "2012-10-17", Statement: [` + policy + `]}
`)}
	}
	const little = `{Effect: Allow, Action: "s3:GetObject", Resource: "*"}`
	approval := func(within string) string {
		return `approval: {need: 1, of: ["group:leads"], within: ` + within + "}\nsession: userid"
	}
	return packed(t, fstest.MapFS{
		"identities.yaml": &fstest.MapFile{Data: []byte(`claims: {session: preferred_username, groups: groups}
operators: ["group:operators"]
groups: [engineers, leads, platform, operators]
`)},
		"entitlements/deploy.yaml":  entitlement(little, approval("1h")),
		"entitlements/hasty.yaml":   entitlement(little, approval("1m")),
		"entitlements/watched.yaml": entitlement(little, approval("1h"), "heartbeat: 30s"),
		"entitlements/bulk.yaml":    entitlement(largePolicy(), "session: none", "heartbeat: 20m"),
	})
}

// packed returns a folder with the canonical catalog of these files, as a function has it.
func packed(t *testing.T, files fs.FS) string {
	t.Helper()
	c, err := catalog.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "catalog.json"), c.JSON(), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// largePolicy returns statements that are too large for an inline policy, so that managed policies are used.
func largePolicy() string {
	var statements []string
	for i, action := range []string{"GetObject", "PutObject", "DeleteObject", "GetObjectTagging"} {
		var buckets []string
		for j := range 30 {
			buckets = append(buckets, fmt.Sprintf(`"arn:aws:s3:::%s-%d-%d/*"`, strings.Repeat("bucket-", 8), i, j))
		}
		statements = append(statements, fmt.Sprintf(`{Effect: Allow, Action: "s3:%s", Resource: [%s]}`, action, strings.Join(buckets, ", ")))
	}
	return strings.Join(statements, ", ")
}

// answerInvoke registers a process for a function. For a role with a matching name grant crashes after it has
// attached, so its answer is lost.
func (i *installation) answerInvoke(t *testing.T, name string, p *lambdatest.Process) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		payload, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		a, err := p.Invoke(context.WithoutCancel(r.Context()), payload, 30*time.Second)
		if err == nil && name == "grant" && a.ErrorType == "" && i.losesAnswer(payload) {
			a = lambdatest.Answer{ErrorType: "Runtime.ExitError", ErrorMessage: "exit status 1"}
		}
		switch {
		case err != nil:
			a.ErrorType, a.ErrorMessage = "Sandbox.Timedout", err.Error()
			fallthrough
		case a.ErrorType != "":
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			_ = json.NewEncoder(w).Encode(map[string]string{"errorType": a.ErrorType, "errorMessage": a.ErrorMessage})
		default:
			_, _ = w.Write(a.Payload)
		}
	}))
	t.Cleanup(server.Close)
	where := os.Getenv("AWS_ENDPOINT_URL") + "/curfew/functions/" + i.name + "-" + name
	put, err := http.NewRequestWithContext(t.Context(), http.MethodPut, where, strings.NewReader(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(put)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("registering %s: %s", name, answer.Status)
	}
}

// losesAnswer reports whether the elevation of an invocation is on a role that loses grant's answers.
func (i *installation) losesAnswer(payload []byte) bool {
	var in struct{ ID string }
	if err := json.Unmarshal(payload, &in); err != nil {
		return false
	}
	list, err := i.iam.ListRolePolicies(context.Background(), &iam.ListRolePoliciesInput{RoleName: aws.String(i.role("dies"))})
	if err != nil {
		return false
	}
	for _, policy := range list.PolicyNames {
		if policy == i.name+"-"+in.ID {
			return true
		}
	}
	return false
}

// role is the name of the role of a story.
func (i *installation) role(story string) string { return "engineer-" + i.name + "-" + story }

// makeRole makes a role that can be elevated: marked, bounded, and with a fixed session name.
func (i *installation) makeRole(t *testing.T, name string) (arn string) {
	t.Helper()
	made, err := i.iam.CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName: aws.String(name), PermissionsBoundary: aws.String(i.boundary()),
		AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + i.member +
			`:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}}]}`),
		Tags: []iamtypes.Tag{{Key: aws.String(i.name + ":managed"), Value: aws.String("true")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(made.Role.Arn)
}

// issuer signs people in.
type issuer struct {
	url string
	key *rsa.PrivateKey
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/keys" {
			_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": i.url, "jwks_uri": i.url + "/keys"})
	}))
	t.Cleanup(server.Close)
	i.url = server.URL
	return i
}

// event returns a person's call as an HTTP API sends it.
func (i *issuer) event(t *testing.T, name, group, method, path, body string) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: i.key}, (&jose.SignerOptions{}).WithHeader("kid", "1"))
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(map[string]any{
		"iss": i.url, "sub": name, "aud": "curfew", "exp": time.Now().Add(time.Hour).Unix(), "preferred_username": name, "groups": []string{group},
		"amr": []string{"mfa"}, // required by the example's catalog on weekends
	}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	path, query, _ := strings.Cut(path, "?")
	b, err := json.Marshal(map[string]any{
		"version": "2.0", "rawPath": path, "rawQueryString": query, "body": body,
		"headers": map[string]string{"authorization": "Bearer " + token, "content-type": "application/json"},
		"requestContext": map[string]any{
			"stage": "$default", "http": map[string]string{"method": method},
			"authorizer": map[string]any{"jwt": map[string]any{"claims": map[string]string{"iss": i.url, "sub": name, "groups": fmt.Sprintf("[%s]", group)}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
