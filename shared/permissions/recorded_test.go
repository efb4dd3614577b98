package permissions

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/calls.golden.jsonl anew from the folder CURFEW_RECORD_FOLDER")

const golden = "testdata/calls.golden.jsonl"

// call is one kind of call that was seen.
type call struct {
	Function string `json:"function"`
	// In is "home", or "member" for calls of a function's role in a member account.
	In       string `json:"in"`
	Action   string `json:"action"`
	Resource string `json:"resource"`
	// For conditions.
	LeadingKey string `json:"leading_key,omitempty"`
	PolicyARN  string `json:"policy_arn,omitempty"`
	ExternalID string `json:"external_id,omitempty"`
	Prefix     string `json:"prefix,omitempty"`
}

// role is the name of the role that makes it.
func (c call) role() string {
	if c.In == "member" {
		return "curfew-member-" + c.Function
	}
	return "curfew-" + c.Function
}

// sent is one line of a recording.
type sent struct {
	Service, Operation string
	Parameters         map[string]string
	Parts              []sent
}

// TestRecording compares a new recording with the golden file, or rewrites the file.
func TestRecording(t *testing.T) {
	folder := os.Getenv("CURFEW_RECORD_FOLDER")
	if folder == "" {
		t.Skip("set CURFEW_RECORD_FOLDER to a folder of recorded calls: the package's documentation says how to make one")
	}
	got := readRecordings(t, folder)
	if *update {
		var out bytes.Buffer
		e := json.NewEncoder(&out)
		e.SetEscapeHTML(false)
		for _, c := range got {
			if err := e.Encode(c); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	known := calls(t)
	for _, c := range got {
		if !slices.Contains(known, c) {
			t.Errorf("%s made a call that %s does not have: %+v", c.Function, golden, c)
		}
	}
}

// calls are those of the golden file.
func calls(t *testing.T) []call {
	t.Helper()
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	var all []call
	for d := json.NewDecoder(bytes.NewReader(text)); d.More(); {
		var c call
		if err := d.Decode(&c); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// readRecordings reads a folder of files <installation>.<function>.jsonl, and keeps one call of each kind.
func readRecordings(t *testing.T, folder string) []call {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings in %s: %v", folder, err)
	}
	seen := map[call]bool{}
	for _, file := range files {
		name := strings.Split(filepath.Base(file), ".")
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var s sent
			if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			for _, c := range s.calls(t, normalizer{name[0]}, name[1]) {
				seen[c] = true
			}
		}
		if err := errors.Join(lines.Err(), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	var all []call
	for c := range seen {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b call) int {
		return cmp.Or(cmp.Compare(a.Function, b.Function), cmp.Compare(a.In, b.In), cmp.Compare(a.Action, b.Action), cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	return all
}

// calls returns the calls that a line needs authorisation for.
func (s sent) calls(t *testing.T, n normalizer, function string) []call {
	t.Helper()
	if len(s.Parts) == 0 {
		c := call{Function: function, In: "home"}
		n.describe(t, s, &c)
		return []call{c}
	}
	var all []call
	for _, p := range s.Parts {
		all = append(all, p.calls(t, n, function)...)
	}
	return all
}

// normalizer replaces the names of a recorded installation by those of the templates.
type normalizer struct{ name string }

var (
	anID       = regexp.MustCompile(`[0-7][0-9a-hjkmnp-tv-z]{25}`)
	aPart      = regexp.MustCompile(`(<id>)-[123]$`)
	aPrincipal = regexp.MustCompile(`^(engineer-.*|agent-summarizer|backup-runner|key-rotation|reporter|responder)$`) // principals that are elevated
	aSuffix    = regexp.MustCompile(`-[A-Za-z0-9]{6}$`)                                                               // of a secret's ARN
)

func (n normalizer) text(s string) string {
	return anID.ReplaceAllString(strings.ReplaceAll(s, n.name, "curfew"), "<id>")
}

// last is what comes after the last of some separators.
func last(s, separator string) string { return s[strings.LastIndex(s, separator)+1:] }

// describe states the call in IAM's terms.
func (n normalizer) describe(t *testing.T, s sent, c *call) {
	t.Helper()
	p := func(name string) string { return n.text(s.Parameters[name]) }
	at := func(service, resource string) string {
		return "arn:aws:" + service + ":" + region + ":" + home + ":" + resource
	}
	service := map[string]string{"DynamoDB": "dynamodb", "IAM": "iam", "STS": "sts", "SFN": "states", "Lambda": "lambda", "SQS": "sqs", "SNS": "sns", "EventBridge": "events",
		"Backup": "backup", "Secrets Manager": "secretsmanager", "S3": "s3", "KMS": "kms", "SecurityHub": "securityhub"}[s.Service]
	if service == "" {
		t.Fatalf("a call of a service that is not known here: %s:%s", s.Service, s.Operation)
	}
	c.Action = service + ":" + s.Operation
	switch {
	case service == "dynamodb":
		c.Resource = at(service, "table/"+p("TableName"))
		if p("IndexName") != "" {
			c.Resource += "/index/" + p("IndexName")
		} else if kind, _, ok := strings.Cut(p("PartitionKey"), "#"); ok {
			c.LeadingKey = kind + "#…"
		} else {
			c.LeadingKey = kind // the whole key, as for suspensions
		}
	case service == "iam":
		c.In = "member"
		n.describeIAM(s, c)
	case service == "kms":
		c.Resource = logKeyARN
	case service == "s3" && c.Function == "archive":
		name, _, inFolder := strings.Cut(p("Key"), "/")
		if inFolder {
			name += "/<any>"
		}
		c.Resource = "arn:aws:s3:::" + p("Bucket") + "-" + home + "-" + region + "/" + name
	case service == "s3":
		n.describeLogs(s, c)
	case service == "backup" || service == "secretsmanager" || isOtherAccount(s.Parameters["ExecutionArn"]+s.Parameters["StateMachineArn"]):
		c.In = "member"
		n.describeTask(service, s, c)
	case service == "sts":
		c.Resource, c.ExternalID = "arn:aws:iam::"+member+":role/"+last(p("RoleArn"), "/"), p("ExternalId")
	case p("StateMachineArn") != "":
		c.Resource = at(service, "stateMachine:"+last(p("StateMachineArn"), ":"))
	case p("ExecutionArn") != "":
		c.Resource = at(service, "execution:curfew-elevation:"+last(p("ExecutionArn"), ":"))
	case p("FunctionName") != "":
		c.Action, c.Resource = "lambda:InvokeFunction", at(service, "function:"+last(p("FunctionName"), ":"))
	case p("QueueUrl") != "":
		c.Resource = at(service, last(p("QueueUrl"), "/"))
	case p("TopicArn") != "":
		c.Resource = at(service, last(p("TopicArn"), ":"))
	case p("EventBusName") != "":
		c.Resource = at(service, "event-bus/"+last(p("EventBusName"), "/"))
	case p("ProductArn") != "":
		c.Resource = strings.ReplaceAll(p("ProductArn"), recordedHome, home)
	case strings.HasPrefix(s.Operation, "SendTask"):
		c.Resource = "*" // IAM has no resource for it
	default:
		t.Fatalf("a call whose resource is not known here: %+v", s)
	}
}

// recordedHome is moto's account, with the recorded installations.
const recordedHome = "123456789012"

// isOtherAccount reports whether an ARN is in another account: the function calls with its role there.
func isOtherAccount(arn string) bool {
	parts := strings.Split(arn, ":")
	return len(parts) > 4 && parts[4] != recordedHome
}

// What differs in the names of log files: the account, and the day with what follows it.
var (
	anAccount = regexp.MustCompile(`/[0-9]{12}/`)
	aDay      = regexp.MustCompile(`/[0-9]{4}/[0-9]{2}/[0-9]{2}/.*`)
)

// describeLogs is for the files of a trail.
func (n normalizer) describeLogs(s sent, c *call) {
	place := func(name string) string {
		return aDay.ReplaceAllString(anAccount.ReplaceAllString(s.Parameters[name], "/"+member+"/"), "/<day>")
	}
	c.Resource = "arn:aws:s3:::logs-" + home // the bucket of the templates
	if s.Operation == "ListObjectsV2" {
		c.Action, c.Prefix = "s3:ListBucket", place("Prefix")
		return
	}
	c.Resource += "/" + place("Key")
}

// describeTask is for calls that confirm or start tasks in a member account.
func (n normalizer) describeTask(service string, s sent, c *call) {
	at := func(resource string) string {
		return "arn:aws:" + service + ":" + region + ":" + member + ":" + resource
	}
	rest := func(parameter string) string { return n.text(strings.SplitN(s.Parameters[parameter], ":", 6)[5]) }
	switch {
	case service == "backup":
		c.Resource = "*" // IAM has no resource for it
	case service == "secretsmanager":
		c.Resource = at(aSuffix.ReplaceAllString(rest("SecretId"), "-<any>"))
	case s.Parameters["ExecutionArn"] != "":
		c.Resource = at(rest("ExecutionArn"))
	default:
		c.Resource = at(rest("StateMachineArn"))
	}
}

// describeIAM: a principal takes precedence over a policy that is put on it.
func (n normalizer) describeIAM(s sent, c *call) {
	p := func(name string) string { return n.text(s.Parameters[name]) }
	at := func(resource string) string { return "arn:aws:iam::" + member + ":" + resource }
	policy := ""
	if p("PolicyArn") != "" {
		policy = at("policy" + aPart.ReplaceAllString(p("PolicyArn")[strings.Index(p("PolicyArn"), "/"):], "$1-<n>"))
	}
	switch {
	case p("RoleName") != "":
		c.Resource, c.PolicyARN = at("role/"+aPrincipal.ReplaceAllString(p("RoleName"), "engineer")), policy
	case p("UserName") != "":
		c.Resource, c.PolicyARN = at("user/"+aPrincipal.ReplaceAllString(p("UserName"), "engineer")), policy
	case policy != "":
		c.Resource = policy
	case p("PolicyName") != "":
		c.Resource = at("policy" + p("Path") + aPart.ReplaceAllString(p("PolicyName"), "$1-<n>"))
	default:
		c.Resource = "*"
	}
}
