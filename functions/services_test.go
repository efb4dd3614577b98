package functions_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// The services whose events start something, and which confirm it. Step Functions and Secrets Manager are moto's.
// moto has no backup jobs: backups is a server for the one call.

// backups is AWS Backup with these jobs.
type backups struct {
	url string

	mu   sync.Mutex // guards what follows
	jobs map[string]map[string]any
	away bool // the next call fails
}

func newBackups(t *testing.T) *backups {
	t.Helper()
	b := &backups{jobs: map[string]map[string]any{}}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

// ServeHTTP is DescribeBackupJob.
func (b *backups) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id, isJob := strings.CutPrefix(r.URL.Path, "/backup-jobs/")
	switch job, known := b.jobs[id]; {
	case b.away:
		b.away = false
		_, _ = w.Write([]byte("<html>")) // not retried at once, to keep the test fast
	case r.Method == http.MethodGet && isJob && known:
		_ = json.NewEncoder(w).Encode(job)
	default:
		w.Header().Set("X-Amzn-Errortype", "ResourceNotFoundException")
		http.Error(w, `{"Message":"there is no such job"}`, http.StatusNotFound)
	}
}

// startJob makes the job of an event run, and the service fail on its first call.
func (b *backups) startJob(t *testing.T, event string) {
	t.Helper()
	var e struct {
		Detail struct {
			BackupJobID, IamRoleArn, ResourceArn string
			CreationDate                         time.Time
		}
	}
	if err := json.Unmarshal([]byte(event), &e); err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away = true
	b.jobs[e.Detail.BackupJobID] = map[string]any{
		"BackupJobId": e.Detail.BackupJobID, "State": "RUNNING", "IamRoleArn": e.Detail.IamRoleArn, "ResourceArn": e.Detail.ResourceArn,
		"CreationDate": float64(e.Detail.CreationDate.UnixMilli()) / 1000,
	}
}

// workflow is a state machine on moto's Step Functions, with one run.
type workflow struct {
	steps   *sfn.Client
	name    string
	machine *string // ARN
	run     string  // its name
	since   string  // as in its events
}

// newWorkflow makes one whose runs wait longer than any story.
func newWorkflow(t *testing.T, account, name string) *workflow {
	t.Helper()
	w := &workflow{steps: sfn.NewFromConfig(sdkOf(t, account)), name: name}
	made, err := w.steps.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
		Name: aws.String(name), RoleArn: aws.String("arn:aws:iam::" + account + ":role/" + name),
		Definition: aws.String(`{"StartAt":"Work","States":{"Work":{"Type":"Wait","Seconds":3600,"End":true}}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.machine = made.StateMachineArn
	return w
}

func (w *workflow) startRun(t *testing.T, run string) {
	t.Helper()
	if _, err := w.steps.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: w.machine, Name: aws.String(run)}); err != nil {
		t.Fatal(err)
	}
	if !w.selectRun(t, run) {
		t.Errorf("%s was started, and does not run", run)
	}
}

// selectRun reports whether there is a run of this name, and selects it.
func (w *workflow) selectRun(t *testing.T, run string) bool {
	t.Helper()
	all, err := w.steps.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: w.machine})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range all.Executions {
		if aws.ToString(x.Name) == run {
			w.run, w.since = run, strconv.FormatInt(x.StartDate.UnixMilli(), 10)
			return true
		}
	}
	return false
}

func (w *workflow) stopRun(t *testing.T) {
	t.Helper()
	run := strings.Replace(aws.ToString(w.machine), ":stateMachine:", ":execution:", 1) + ":" + w.run
	if _, err := w.steps.StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: aws.String(run)}); err != nil {
		t.Fatal(err)
	}
}

// secret is a secret with rotation in moto's Secrets Manager.
type secret struct {
	client *secretsmanager.Client
	arn    string
}

// newSecret makes a secret with the example's name, rotated once, now.
func newSecret(t *testing.T, account string) secret {
	t.Helper()
	client := secretsmanager.NewFromConfig(sdkOf(t, account))
	made, err := client.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("signing/key"), SecretString: aws.String("old")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.RotateSecret(t.Context(), &secretsmanager.RotateSecretInput{SecretId: made.ARN, RotationRules: &types.RotationRulesType{AutomaticallyAfterDays: aws.Int64(30)}})
	if err != nil {
		t.Fatal(err)
	}
	return secret{client: client, arn: *made.ARN}
}

// suffix is the service's suffix of the ARN, which replaces that of the examples.
func (s secret) suffix() string { return s.arn[strings.LastIndexByte(s.arn, '-')+1:] }

// rotate makes a new version that is not yet current, as a rotation does.
func (s secret) rotate(t *testing.T) {
	t.Helper()
	_, err := s.client.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{
		SecretId: aws.String(s.arn), SecretString: aws.String("new"), VersionStages: []string{"AWSPENDING"},
	})
	if err != nil {
		t.Fatal(err)
	}
}
