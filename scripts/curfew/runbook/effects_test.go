package runbook

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/shared/onaws/emulated"
)

// stage is moto with what the commands need, and what the placeholders stand for.
type stage struct {
	*testing.T
	cfg    aws.Config
	folder string            // of the files that commands read
	values map[string]string // by placeholder
}

// effect makes what a command needs, runs it, and checks what it did.
type effect func(s stage, c instruction)

// effectsByKey has every aws command of the runbook.
func effectsByKey() map[string]effect {
	all := map[string]effect{}
	for _, some := range []map[string]effect{homeEffects(), queueEffects(), memberEffects(), emergencyEffects()} {
		maps.Copy(all, some)
	}
	return all
}

// TestTheRunbookOnMoto runs each command as it is written. Those of services that go together keep their order: a queue is
// read before its messages are deleted.
func TestTheRunbookOnMoto(t *testing.T) {
	cfg := emulated.Config(t, "IAM")
	if out, err := exec.Command("aws", "--version").Output(); err != nil || !strings.HasPrefix(string(out), "aws-cli/1.") {
		t.Fatalf("aws --version: %s, %v: version 1 is needed: python3 -m pip install awscli", out, err)
	}
	effects, all := effectsByKey(), instructions(t)
	for _, together := range [][]string{{"iam", "sts"}, {"sqs", "lambda", "dynamodb"}, {"cloudwatch", "logs", "events", "stepfunctions", "cloudformation"}} {
		t.Run(strings.Join(together, " "), func(t *testing.T) {
			t.Parallel() // a start of the AWS CLI takes about a second
			s := newStage(t, cfg)
			for _, c := range all {
				if c.words[0] != "aws" || !slices.Contains(together, c.words[1]) {
					continue
				}
				t.Run(c.text, func(t *testing.T) {
					here := s
					here.T = t
					effects[c.key()](here, c)
				})
			}
		})
	}
}

func newStage(t *testing.T, cfg aws.Config) stage {
	t.Helper()
	return stage{T: t, cfg: cfg, folder: t.TempDir(), values: map[string]string{"REGION": region, "HOME": homeAccount, "ACCOUNT": homeAccount}}
}

// output runs a command and returns what it writes.
func (s stage) output(c instruction) string {
	s.Helper()
	out, err := s.run(forVersion1(c.words[1:]))
	if err != nil {
		s.Fatalf("%v", err)
	}
	return out
}

// forVersion1 makes a command one of the AWS CLI's version 1. The runbook is for version 2.
//
//   - Version 1 takes a payload as it is written, and has no --cli-binary-format.
//     https://docs.aws.amazon.com/cli/latest/userguide/cliv2-migration-changes.html#cliv2-migration-binaryparam
//   - It has no logs tail, which is filter-log-events since an instant.
func forVersion1(words []string) (args []string) {
	if words[0] == "logs" && words[1] == "tail" {
		since := fmt.Sprint(time.Now().Add(-time.Hour).UnixMilli())
		return append([]string{"logs", "filter-log-events", "--log-group-name", words[2], "--start-time", since}, words[slices.Index(words, "--filter-pattern"):]...)
	}
	for i := 0; i < len(words); i++ {
		if words[i] == "--cli-binary-format" {
			i++
			continue
		}
		args = append(args, words[i])
	}
	return args
}

var aPlaceholder = regexp.MustCompile(`\$url|\b(ROLE|ID|ARN|HANDLE|REGION|HOME|ACCOUNT|USER|MFA|CODE)\b|arn:aws:iam::aws:policy/\w+`)

// run fills the placeholders. --endpoint-url is needed: version 1 ignores AWS_ENDPOINT_URL for SQS, and would call AWS.
func (s stage) run(args []string) (string, error) {
	s.Helper()
	args = slices.Clone(args)
	for i := range args {
		args[i] = aPlaceholder.ReplaceAllStringFunc(args[i], func(name string) string { return cmp.Or(s.values[name], name) })
	}
	var out, wrong bytes.Buffer
	cmd := exec.CommandContext(s.Context(), "aws", append([]string{"--endpoint-url", os.Getenv("AWS_ENDPOINT_URL")}, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.folder, &out, &wrong
	cmd.Env = slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "AWS_PROFILE=") })
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("aws %s: %w: %s", strings.Join(args, " "), err, wrong.String())
	}
	return out.String(), nil
}

func (s stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// shows runs a command and requires these texts, and not those.
func (s stage) shows(c instruction, want []string, not ...string) {
	s.Helper()
	out := s.output(c)
	for _, w := range want {
		if !strings.Contains(out, w) {
			s.Errorf("%s does not show %q: %s", c.text, w, out)
		}
	}
	for _, w := range not {
		if strings.Contains(out, w) {
			s.Errorf("%s shows %q: %s", c.text, w, out)
		}
	}
}

func (s stage) file(name, text string) {
	s.Helper()
	s.must(os.WriteFile(filepath.Join(s.folder, name), []byte(text), 0o600))
}

// register lets a function of moto be invoked, and returns the payloads that it gets.
func (s stage) register(name string) <-chan string {
	s.Helper()
	got := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		got <- string(body)
		_, _ = w.Write([]byte(`"answered"`)) // the command would show an error
	}))
	s.Cleanup(server.Close)
	req, err := http.NewRequestWithContext(s.Context(), http.MethodPut, os.Getenv("AWS_ENDPOINT_URL")+"/curfew/functions/"+name, strings.NewReader(server.URL))
	s.must(err)
	answer, err := http.DefaultClient.Do(req)
	s.must(err)
	s.must(answer.Body.Close())
	return got
}

// lacking is what moto lacks of what the runbook is about, with a command that moto refuses until it has it.
var lacking = []struct {
	what, why string
	try       []string
}{
	{
		"composite alarms in cloudwatch describe-alarms", "PutCompositeAlarm fails: only a metric alarm is shown",
		[]string{"cloudwatch", "put-composite-alarm", "--alarm-name", "curfew-composite", "--alarm-rule", `ALARM("curfew-stuck")`},
	},
	{
		"sqs start-message-move-task", "it is sent, and fails: messages are not seen to move",
		[]string{"sqs", "start-message-move-task", "--source-arn", "arn:aws:sqs:us-east-1:123456789012:curfew-dead-late"},
	},
	{
		"AWS's managed policies", "iam attach-role-policy is run with a policy of the account",
		[]string{"iam", "get-policy", "--policy-arn", "arn:aws:iam::aws:policy/AdministratorAccess"},
	},
}

// TestTheRunbookOnMotoLacksWhatMotoLacks: what moto has now needs an effect.
func TestTheRunbookOnMotoLacksWhatMotoLacks(t *testing.T) {
	s := newStage(t, emulated.Config(t, "SQS"))
	for _, name := range []string{"curfew-dead-late", "curfew-late"} {
		s.queue(name)
	}
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	for _, l := range lacking {
		if _, err := s.run(l.try); err == nil {
			t.Errorf("moto has %s now: take it off the list, and test its effect", l.what)
		} else if !strings.Contains(err.Error(), "An error occurred (") {
			t.Errorf("%s: want an answer of moto: %v", l.what, err)
		} else {
			t.Logf("not tested: %s: %s", l.what, l.why)
		}
	}
}
