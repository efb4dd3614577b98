package functions_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io/fs"
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
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"curfew/shared/catalog"
	"curfew/shared/onaws"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/onaws/lambdatest"
	"curfew/shared/onaws/onmoto"
	"curfew/shared/registry"
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
	tables := onaws.TablesConfig{AccessTable: i.name + "-access", AuditTable: i.name + "-audit"}
	err := onmoto.Tables(t.Context(), dynamodb.NewFromConfig(sdk), tables)
	if err != nil {
		t.Fatal(err)
	}
	add, err := registry.Rehearsed(member, time.Now())
	if err == nil {
		err = dynamo.New(sdk, tables).Write(t.Context(), add)
	}
	if err == nil {
		i.machine, err = onmoto.Machine(t.Context(), i.steps, i.name, account)
	}
	if err != nil {
		t.Fatal(err)
	}
	queue, err := sqs.NewFromConfig(sdk).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String(i.name + "-late")})
	if err != nil {
		t.Fatal(err)
	}
	i.env = onmoto.Settings{
		Endpoint: os.Getenv("AWS_ENDPOINT_URL"), Name: i.name, Home: account, Boundary: i.boundary(), Machine: i.machine,
		LateQueue: aws.ToString(queue.QueueUrl), Issuer: i.issuer.URL, Catalogs: catalogs,
	}.Environment()
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
	closing, err := onmoto.Register(t.Context(), os.Getenv("AWS_ENDPOINT_URL"), i.name+"-"+name, func(ctx context.Context, payload []byte) (lambdatest.Answer, error) {
		a, err := p.Invoke(ctx, payload, 30*time.Second)
		if err == nil && name == "grant" && a.ErrorType == "" && i.losesAnswer(payload) {
			a = lambdatest.Answer{ErrorType: "Runtime.ExitError", ErrorMessage: "exit status 1"}
		}
		return a, err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closing)
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
type issuer struct{ *onmoto.Issuer }

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i, closing, err := onmoto.ServeIssuer()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closing)
	return &issuer{i}
}

// event returns a person's call as an HTTP API sends it.
func (i *issuer) event(t *testing.T, name, group, method, path, body string) string {
	t.Helper()
	e, err := i.Event(name, group, method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
