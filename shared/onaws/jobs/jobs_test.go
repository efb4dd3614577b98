package jobs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"curfew/shared/fault"
	"curfew/shared/onaws"
	"curfew/shared/onaws/jobs"
	"curfew/shared/trigger"
)

const token = "01k6s3v0w8q2m4n6p8r0t2v4x6"

// fake answers each operation and records it. Without an answer it returns an empty object.
type fake struct {
	t       *testing.T
	answers map[string]string // JSON; an error is "!" and its code
	calls   []string          // "account Region operation input"
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		f.t.Error(err)
	}
	if strings.Contains(string(body), "Action=AssumeRole") {
		_, account, _ := strings.Cut(string(body), "arn%3Aaws%3Aiam%3A%3A")
		fmt.Fprintf(w, `<R><AssumeRoleResult><Credentials><AccessKeyId>in-%s</AccessKeyId><SecretAccessKey>s</SecretAccessKey>`+
			`<SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></R>`, account[:12])
		return
	}
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=in-")
	at := strings.Split(scope, "/") // account, date, Region
	operation := r.Method + " " + r.URL.Path
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		operation = target[strings.LastIndexByte(target, '.')+1:]
	}
	f.calls = append(f.calls, strings.Join([]string{at[0], at[2], operation, string(body)}, " "))
	w.Header().Set("Content-Type", "application/json")
	if code, failed := strings.CutPrefix(f.answers[operation], "!"); failed {
		w.Header().Set("X-Amzn-Errortype", code)
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"__type":%q,"message":"no"}`, code)
		return
	}
	fmt.Fprint(w, f.answers[operation]+map[bool]string{true: "{}"}[f.answers[operation] == ""])
}

func governs(_ context.Context, account string) (bool, error) {
	return slices.Contains([]string{"111122223333", "222233334444"}, account), nil
}

// start starts a job for a principal of account 111122223333.
func start(t *testing.T, answers map[string]string, service, input string) (calls []string, err error) {
	t.Helper()
	f := &fake{t: t, answers: answers}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	cfg := aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(server.URL), Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: credentials.NewStaticCredentialsProvider("home", "secret", ""),
	}
	in := onaws.NewAccounts(cfg, onaws.AccountsConfig{MemberRole: "curfew-member-trigger"})
	err = jobs.New(in, governs).Start(t.Context(), trigger.Job{Service: service, Input: json.RawMessage(input)}, "111122223333", token)
	return f.calls, err
}

const (
	backupInput = `{"BackupVaultName":"nightly","ResourceArn":"arn:aws:s3:::ledger","IamRoleArn":"arn:aws:iam::222233334444:role/backup-runner","RecoveryPointTags":{"by":"curfew"}}`
	statesInput = `{"stateMachineArn":"arn:aws:states:us-east-1:222233334444:stateMachine:nightly","input":"{}"}`
	batchInput  = `{"jobName":"reindex","jobQueue":"arn:aws:batch:us-east-1:222233334444:job-queue/jobs","jobDefinition":"reindex:1","containerOverrides":{"command":["reindex","--all"]}}`
	buildInput  = `{"projectName":"arn:aws:codebuild:us-east-1:222233334444:project/release","sourceVersion":"v1"}`
)

func TestStart(t *testing.T) {
	named := "reindex-" + token
	for _, c := range []struct {
		name, service, input string
		answers              map[string]string
		want                 []string
	}{
		{"a backup, in the account of its role", "backup", backupInput, nil,
			[]string{`222233334444 eu-west-1 PUT /backup-jobs {"BackupVaultName":"nightly","IamRoleArn":"arn:aws:iam::222233334444:role/backup-runner","IdempotencyToken":"` + token + `","RecoveryPointTags":{"by":"curfew"},"ResourceArn":"arn:aws:s3:::ledger"}`}},
		{"an execution, in the Region of its machine", "states", statesInput, nil,
			[]string{`222233334444 us-east-1 StartExecution {"input":"{}","name":"` + token + `","stateMachineArn":"arn:aws:states:us-east-1:222233334444:stateMachine:nightly"}`}},
		{"one that was started before", "states", statesInput, map[string]string{"StartExecution": "!ExecutionAlreadyExists"},
			[]string{`222233334444 us-east-1 StartExecution {"input":"{}","name":"` + token + `","stateMachineArn":"arn:aws:states:us-east-1:222233334444:stateMachine:nightly"}`}},
		{"a build, by the project's name", "codebuild", buildInput, nil,
			[]string{`222233334444 us-east-1 StartBuild {"idempotencyToken":"` + token + `","projectName":"release","sourceVersion":"v1"}`}},
		{"a batch job, after a look", "batch", batchInput, nil, []string{
			`222233334444 us-east-1 POST /v1/listjobs {"filters":[{"name":"JOB_NAME","values":["` + named + `"]}],"jobQueue":"arn:aws:batch:us-east-1:222233334444:job-queue/jobs"}`,
			`222233334444 us-east-1 POST /v1/submitjob {"containerOverrides":{"command":["reindex","--all"]},"jobDefinition":"reindex:1","jobName":"` + named + `","jobQueue":"arn:aws:batch:us-east-1:222233334444:job-queue/jobs"}`,
		}},
		{"a batch job that is there", "batch", batchInput, map[string]string{"POST /v1/listjobs": `{"jobSummaryList":[{"jobId":"1","jobName":"` + named + `"}]}`}, []string{
			`222233334444 us-east-1 POST /v1/listjobs {"filters":[{"name":"JOB_NAME","values":["` + named + `"]}],"jobQueue":"arn:aws:batch:us-east-1:222233334444:job-queue/jobs"}`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := start(t, c.answers, c.service, c.input)
			if err != nil || strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("%v, sent\n%s\nwant\n%s", err, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// An input without an account uses that of the principal.
func TestWhere(t *testing.T) {
	const input = `{"projectName":"release"}`
	got, err := start(t, nil, "codebuild", input)
	if want := `111122223333 eu-west-1 StartBuild {"idempotencyToken":"` + token + `","projectName":"release"}`; err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("%v, sent %q, want %s", err, got, want)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name, service, input string
		answers              map[string]string
		kind                 fault.Kind
		sent                 int
	}{
		{"a service that is not started", "glue", `{}`, nil, fault.Invalid, 0},
		{"a member that the call does not know", "states", strings.Replace(statesInput, `"input"`, `"inputs"`, 1), nil, fault.Invalid, 0},
		{"one further in", "batch", strings.Replace(batchInput, `"command"`, `"commands"`, 1), nil, fault.Invalid, 0},
		{"a token of its own", "backup", strings.Replace(backupInput, "{", `{"IdempotencyToken":"mine",`, 1), nil, fault.Invalid, 0},
		{"a name of its own", "states", strings.Replace(statesInput, "{", `{"name":"mine",`, 1), nil, fault.Invalid, 0},
		{"a build's token", "codebuild", strings.Replace(buildInput, "{", `{"idempotencyToken":"mine",`, 1), nil, fault.Invalid, 0},
		{"two objects", "states", statesInput + "{}", nil, fault.Invalid, 0},
		{"another account", "states", strings.Replace(statesInput, "222233334444", "999988887777", 1), nil, fault.Invalid, 0},
		{"an input without what the call needs", "backup", strings.Replace(backupInput, `"ResourceArn":"arn:aws:s3:::ledger",`, "", 1), nil, fault.Invalid, 0},
		{"a batch job without its queue", "batch", `{"jobDefinition":"reindex:1"}`, nil, fault.Invalid, 1},
		{"an input that the service refuses", "backup", backupInput, map[string]string{"PUT /backup-jobs": "!InvalidParameterValueException"}, fault.Invalid, 1},
		{"no permission", "states", statesInput, map[string]string{"StartExecution": "!AccessDeniedException"}, fault.Internal, 1},
		{"a service that is busy", "codebuild", buildInput, map[string]string{"StartBuild": "!AccountLimitExceededException"}, fault.Transient, 1},
		{"a list that is busy", "batch", batchInput, map[string]string{"POST /v1/listjobs": "!ServerException"}, fault.Transient, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			sent, err := start(t, c.answers, c.service, c.input)
			if fault.KindOf(err) != c.kind || len(sent) != c.sent {
				t.Errorf("%v (%s), %d sent, want %s and %d", err, fault.KindOf(err), len(sent), c.kind, c.sent)
			}
		})
	}
}

// A long name is shortened, the token never.
func TestLongJobName(t *testing.T) {
	long := strings.Replace(batchInput, "reindex\"", strings.Repeat("n", 128)+"\"", 1)
	sent, err := start(t, nil, "batch", long)
	want := `"jobName":"` + strings.Repeat("n", 128-1-len(token)) + "-" + token + `"`
	if err != nil || len(sent) != 2 || !strings.Contains(sent[1], want) {
		t.Errorf("%v, sent %q, want %s", err, sent, want)
	}
}
