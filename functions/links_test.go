package functions_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const services = "github.com/aws/aws-sdk-go-v2/service/"

// linkedByAll are the clients that every function links: the first four by the SDK's configuration, which may find
// credentials through them; the last because every function reads records.
func linkedByAll() []string {
	return []string{"signin", "sso", "ssooidc", "sts", "dynamodb"}
}

// TestAFunctionLinksOnlyWhatItCalls compares each function with the services that it may call. A client slows every
// cold start, and absent code cannot be misused.
func TestAFunctionLinksOnlyWhatItCalls(t *testing.T) {
	read(t)
	calls := map[string][]string{
		"api":       {"iam", "lambda", "sfn"}, // reads principals; orders revokes; starts and answers executions
		"archive":   {"kms", "s3"},            // signs, and writes the log
		"backfill":  {"cloudtrail", "s3"},     // verifies digests
		"contain":   {"iam"},
		"correlate": {"lambda"}, // orders ends and containments
		"decide":    {"sfn"},
		"expire":    {"lambda"},
		"grant":     {"iam", "lambda"},
		"notify":    {"eventbridge", "securityhub", "sns"},
		"reconcile": {"cloudtrail", "iam", "lambda", "sfn", "sqs"}, // looks deployers up; stores late evidence
		"review":    {"iam", "sqs"},                                // sends each account to itself
		"revoke":    {"iam", "lambda", "sqs"},                      // orders containment; postpones evidence
		// asks services back, and starts jobs with them; orders revokes; starts and answers executions
		"trigger": {"backup", "batch", "cloudwatch", "codebuild", "codedeploy", "codepipeline", "ecs", "iam", "lambda", "secretsmanager", "sfn"},
		"wait":    {"sfn"},
	}
	for _, name := range names() {
		t.Run(name, func(t *testing.T) {
			more, listed := calls[name]
			if !listed {
				t.Fatal("no services are listed for this function")
			}
			want := slices.Sorted(slices.Values(slices.Concat(linkedByAll(), more)))
			if got := linkedServices(t, name); !slices.Equal(got, want) {
				t.Errorf("services = %v, want %v", got, want)
			}
		})
	}
}

// Anyone may call console: what is not there cannot be misused.
func TestTheConsoleLinksNoClientOfAWS(t *testing.T) {
	read(t)
	if got := linkedServices(t, "console"); len(got) > 0 {
		t.Errorf("services = %v, want none", got)
	}
}

// linkedServices are the services whose clients are among the packages of a function, in order.
func linkedServices(t *testing.T, function string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags", "lambda.norpc", "./"+function).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var clients []string
	for path := range strings.FieldsSeq(string(out)) {
		if name, ok := strings.CutPrefix(path, services); ok && !strings.Contains(name, "/") {
			clients = append(clients, name)
		}
	}
	slices.Sort(clients)
	return clients
}
