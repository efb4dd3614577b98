package doctor_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/encoding/cbor"

	"curfew/scripts/curfew/doctor"
	"curfew/shared/access"
)

const home = "eu-central-1:444455556666"

var now = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

func settings() doctor.Settings {
	return doctor.Settings{Name: "curfew", Region: "eu-central-1", Now: func() time.Time { return now }, Definition: []byte(`{"Grant":"${grant}","Revoke":"${revoke}","Wait":"${wait}"}`)}
}

// fake is AWS over HTTP. It answers each action with a text.
type fake struct {
	answers map[string]string
	date    time.Time // of its answers
	missing string    // of this thing it says that it is not there
	denied  string    // this action may not be asked
}

// healthy is an installation in which all is well.
func healthy() *fake {
	function := "arn:aws:lambda:" + home + ":function:curfew-"
	f := &fake{date: now}
	f.answers = map[string]string{
		"GetCallerIdentity": `<R><GetCallerIdentityResult><Account>444455556666</Account></GetCallerIdentityResult></R>`,
		"DescribeStacks":    `<R><DescribeStacksResult><Stacks><member><StackStatus>CREATE_COMPLETE</StackStatus><EnableTerminationProtection>true</EnableTerminationProtection></member></Stacks></DescribeStacksResult></R>`,
		"account-settings":  `{"AccountLimit":{"ConcurrentExecutions":10}}`,
		"GetTrailStatus":    `{"IsLogging":true}`,
		"DescribeTable": `{"Table":{"TableStatus":"ACTIVE","DeletionProtectionEnabled":true,"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"},"SSEDescription":{"Status":"ENABLED","SSEType":"KMS"},
			"GlobalSecondaryIndexes":[{"IndexName":"due","IndexStatus":"ACTIVE"},{"IndexName":"principal","IndexStatus":"ACTIVE"},{"IndexName":"requester","IndexStatus":"ACTIVE"},{"IndexName":"state","IndexStatus":"ACTIVE"}]}}`,
		"DescribeContinuousBackups":            `{"ContinuousBackupsDescription":{"PointInTimeRecoveryDescription":{"PointInTimeRecoveryStatus":"ENABLED"}}}`,
		"DescribeTimeToLive":                   `{"TimeToLiveDescription":{"TimeToLiveStatus":"ENABLED","AttributeName":"expires"}}`,
		"GetFunctionConfiguration":             `{"State":"Active","LastUpdateStatus":"Successful","Version":"$LATEST","CodeSha256":"c0de","LastModified":"2026-10-05T08:55:00.000+0000","Environment":{"Variables":{"CURFEW_NAME":"curfew","CURFEW_MEMBER_ROLE":"curfew-member-grant"}}}`,
		"GetFunctionConcurrency":               `{"ReservedConcurrentExecutions":20}`,
		"GetFunctionConcurrency curfew-revoke": `{"ReservedConcurrentExecutions":60}`,
		"DescribeRule":                         `{"State":"ENABLED","ScheduleExpression":"rate(1 minute)","EventPattern":"{\"stateMachineArn\":[\"arn:aws:states:` + home + `:stateMachine:curfew-elevation\"]}"}`,
		"ListTargetsByRule curfew-sweep":       `{"Targets":[{"Arn":"` + function + `reconcile","DeadLetterConfig":{"Arn":"arn:aws:sqs:` + home + `:curfew-dead-reconcile"}}]}`,
		"ListTargetsByRule":                    `{"Targets":[{"Arn":"` + function + `revoke","DeadLetterConfig":{"Arn":"arn:aws:sqs:` + home + `:curfew-dead-revoke"}}]}`,
		"ListEventSourceMappings":              `{"EventSourceMappings":[{"State":"Enabled","EventSourceArn":"arn:aws:dynamodb:` + home + `:table/curfew-access/stream/2026","LastProcessingResult":"OK","DestinationConfig":{"OnFailure":{"Destination":"arn:aws:sqs:` + home + `:curfew-dead-FUNCTION"}}}]}`,
		"ListTargetsByRule curfew-campaign":    `{"Targets":[{"Arn":"arn:aws:sqs:` + home + `:curfew-reviews","DeadLetterConfig":{"Arn":"arn:aws:sqs:` + home + `:curfew-dead-reviews"}}]}`,
		"DescribeStateMachine":                 `{"status":"ACTIVE","definition":"{\"Grant\":\"` + function + `grant\",\"Revoke\":\"` + function + `revoke\",\"Wait\":\"` + function + `wait\"}","loggingConfiguration":{"level":"ALL","includeExecutionData":false}}`,
		"GetQueueUrl":                          `{"QueueUrl":"https://sqs/NAME"}`,
		"GetQueueAttributes":                   `{"Attributes":{"ApproximateNumberOfMessages":"0"}}`,
		"GetMetricStatistics":                  `{"Datapoints":[{"Timestamp":"2026-10-05T08:58:00Z","Sum":1},{"Timestamp":"2026-10-05T08:30:00Z","Sum":1}]}`,
		"DescribeTrails":                       `{"trailList":[{"TrailARN":"arn:aws:cloudtrail:` + home + `:trail/all"}]}`,
		"GetEventSelectors":                    `{"EventSelectors":[{"IncludeManagementEvents":true,"ReadWriteType":"WriteOnly","DataResources":[{"Type":"AWS::Lambda::Function"}]}],"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::SQS::Queue"]}]}]}`,
		"ListSubscriptionsByTopic":             `<R><ListSubscriptionsByTopicResult><Subscriptions><member><SubscriptionArn>arn:aws:sns:x:1</SubscriptionArn><Protocol>email</Protocol></member></Subscriptions></ListSubscriptionsByTopicResult></R>`,
		"GetAccountAuthorizationDetails":       `<R><GetAccountAuthorizationDetailsResult><IsTruncated>false</IsTruncated><RoleDetailList><member><Arn>arn:aws:iam::444455556666:role/a</Arn><Tags><member><Key>team</Key></member></Tags></member></RoleDetailList></GetAccountAuthorizationDetailsResult></R>`,
	}
	for function, queue := range map[string]string{"trigger": "triggers", "correlate": "trail", "review": "reviews"} {
		f.answers["ListEventSourceMappings curfew-"+function] = `{"EventSourceMappings":[{"State":"Enabled","EventSourceArn":"arn:aws:sqs:` + home + `:curfew-` + queue + `"}]}`
	}
	var alarms []string
	for _, name := range doctor.AlarmNames() {
		alarms = append(alarms, alarm("curfew-"+name, "OK"))
	}
	sweep := slices.Index(doctor.AlarmNames(), "sweep-silent")
	f.answers["DescribeAlarms"] = `{"CompositeAlarms":[` + alarms[sweep] + `],"MetricAlarms":[` + strings.Join(append(alarms[:sweep:sweep], alarms[sweep+1:]...), ",") + `]}`
	return f
}

func alarm(name, state string) string {
	return fmt.Sprintf(`{"AlarmName":%q,"AlarmDescription":"about","ActionsEnabled":true,"AlarmActions":["arn:aws:sns:%s:curfew-alarms"],"StateValue":%q}`, name, home, state)
}

// RoundTrip answers in the protocol of the call.
func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	action, asked := actionOf(r, string(body)), r.URL.String()+" "+string(body)
	header := http.Header{}
	if !f.date.IsZero() {
		header.Set("Date", f.date.UTC().Format(http.TimeFormat))
	}
	status, text := http.StatusOK, f.answers[action]
	for key, own := range f.answers {
		if of, thing, ok := strings.Cut(key, " "); ok && of == action && strings.Contains(asked, thing) {
			text = own
		}
	}
	_, function, _ := strings.Cut(asked, "FunctionName=curfew-")
	text = strings.ReplaceAll(text, "FUNCTION", strings.TrimSpace(function))
	switch {
	case action == f.denied:
		status, text = http.StatusForbidden, `{"__type":"AccessDeniedException"}`
	case f.missing != "" && strings.Contains(asked, f.missing):
		status, text = http.StatusNotFound, `{"__type":"ResourceNotFoundException"}`
		header.Set("X-Amzn-Errortype", "ResourceNotFoundException")
	case r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor":
		header.Set("Smithy-Protocol", "rpc-v2-cbor")
		header.Set("Content-Type", "application/cbor")
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			return nil, err
		}
		text = string(cbor.Encode(toCBOR("", v)))
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

// actionOf is the name of the action that a request asks for.
func actionOf(r *http.Request, body string) string {
	_, target, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	_, form, _ := strings.Cut(body, "Action=")
	form, _, _ = strings.Cut(form, "&")
	switch last := path.Base(r.URL.Path); {
	case target != "":
		return target
	case form != "":
		return form
	case last == "configuration":
		return "GetFunctionConfiguration"
	case last == "concurrency":
		return "GetFunctionConcurrency"
	case last == "event-source-mappings":
		return "ListEventSourceMappings"
	default:
		return last
	}
}

// toCBOR is a value of JSON in CBOR; a Timestamp is an instant.
func toCBOR(name string, v any) cbor.Value {
	switch v := v.(type) {
	case map[string]any:
		m := cbor.Map{}
		for k, x := range v {
			m[k] = toCBOR(k, x)
		}
		return m
	case []any:
		l := cbor.List{}
		for _, x := range v {
			l = append(l, toCBOR(name, x))
		}
		return l
	case bool:
		return cbor.Bool(v)
	case float64:
		return cbor.Float64(v)
	}
	text := fmt.Sprint(v)
	if at, err := time.Parse(time.RFC3339, text); name == "Timestamp" && err == nil {
		return &cbor.Tag{ID: 1, Value: cbor.Float64(at.Unix())}
	}
	return cbor.String(text)
}

// examine makes all checks against a fake.
func examine(t *testing.T, f *fake) ([]doctor.Finding, error) { return examineWith(t, f, nil) }

func examineWith(t *testing.T, f *fake, granted []access.Entitlement) ([]doctor.Finding, error) {
	set := settings()
	set.Entitlements = granted
	return doctor.Examine(t.Context(), aws.Config{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: f}, Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
		RetryMaxAttempts: 1,
	}, set)
}

// wrong are the findings that are not well, one line each.
func wrong(t *testing.T, f *fake) []string {
	t.Helper()
	all, err := examine(t, f)
	if err != nil || len(all) < 40 {
		t.Fatalf("%d findings, %v", len(all), err)
	}
	var lines []string
	for _, finding := range all {
		if finding.State == doctor.Wrong {
			lines = append(lines, finding.Check+": "+finding.Says)
		}
		if (finding.State == doctor.OK) != (finding.Do == "") {
			t.Errorf("%s is %s, and what to do is %q", finding.Check, finding.State, finding.Do)
		}
	}
	return lines
}

func TestAllIsWell(t *testing.T) {
	if got := wrong(t, healthy()); len(got) > 0 {
		t.Errorf("wrong: %q", got)
	}
}

func TestEachFaultIsFound(t *testing.T) {
	for _, c := range []struct{ name, action, from, to, want string }{
		{"no deletion protection", "DescribeTable", `"DeletionProtectionEnabled":true`, `"DeletionProtectionEnabled":false`, "table curfew-access: it has no deletion protection"},
		{"the stream is off", "DescribeTable", `"StreamEnabled":true`, `"StreamEnabled":false`, "table curfew-access: its stream is off, or has no new and old images"},
		{"an index is missing", "DescribeTable", `"due"`, `"other"`, "table curfew-access: the index due does not exist"},
		{"no recovery", "DescribeContinuousBackups", "ENABLED", "DISABLED", "table curfew-access: point-in-time recovery is off"},
		{"TTL is off", "DescribeTimeToLive", "ENABLED", "DISABLED", "table curfew-access: TTL is not on for the attribute expires: a net is down"},
		{"a function failed", "GetFunctionConfiguration", `"Active"`, `"Failed"`, "function curfew-api: it is Failed"},
		{"ending may starve", "GetFunctionConcurrency curfew-revoke", "60", "59", "reservations: revoke has 59 and grant 20: granting can starve ending"},
		{"the first deployment failed", "DescribeStacks", "CREATE_COMPLETE", "ROLLBACK_COMPLETE", "stack curfew-data: it is ROLLBACK_COMPLETE"},
		{"the trail is stopped", "GetTrailStatus", "true", "false", "management events: no trail here logs writes now"},
		{"the trail logs only reads", "GetEventSelectors", "WriteOnly", "ReadOnly", "management events: no trail here logs writes now"},
		{"a mapping is off", "ListEventSourceMappings", "Enabled", "Disabled", "stream to curfew-expire: it is Disabled: a net is down"},
		{"a mapping fails", "ListEventSourceMappings", `"OK"`, `"PROBLEM: Function call failed"`, "stream to curfew-expire: its last result is PROBLEM: Function call failed"},
		{"no mapping", "ListEventSourceMappings", "curfew-access/", "other/", "stream to curfew-expire: nothing maps the stream of curfew-access to it: a net is down"},
		{"a rule is off", "DescribeRule", "ENABLED", "DISABLED", "rule curfew-execution-closed: it is DISABLED: a net is down"},
		{"the sweep is slow", "DescribeRule", "rate(1 minute)", "rate(1 hour)", `rule curfew-sweep: it runs at "rate(1 hour)", not every one to three minutes`},
		{"another target", "ListTargetsByRule curfew-sweep", "reconcile", "other", "rule curfew-sweep: its target is not arn:aws:lambda:" + home + ":function:curfew-reconcile alone"},
		{"no campaign begins", "DescribeRule", "ENABLED", "DISABLED", "rule curfew-campaign: it is DISABLED: no campaign begins"},
		{"a campaign begins nowhere", "ListTargetsByRule curfew-campaign", "curfew-reviews", "other", "rule curfew-campaign: its target is not arn:aws:sqs:" + home + ":curfew-reviews alone"},
		{"a lost campaign is not kept", "ListTargetsByRule curfew-campaign", "dead-reviews", "other", "rule curfew-campaign: undelivered events do not go to arn:aws:sqs:" + home + ":curfew-dead-reviews"},
		{"reviews wait", "ListEventSourceMappings curfew-review", "Enabled", "Disabled", "queue to curfew-review: it is Disabled: messages wait"},
		{"events of tasks wait", "ListEventSourceMappings curfew-trigger", "curfew-triggers", "other", "queue to curfew-trigger: nothing maps the queue curfew-triggers to it"},
		{"another definition", "DescribeStateMachine", `{\"Grant`, `{ \"Grant`, "state machine curfew-elevation: its definition is not the one of this build"},
		{"tokens are logged", "DescribeStateMachine", "false", "true", "state machine curfew-elevation: it logs execution data, which holds task tokens"},
		{"something was given up", "GetQueueAttributes", `"0"`, `"3"`, "queue curfew-late: about 3 messages are in it"},
		{"the sweep is silent", "GetMetricStatistics", "08:58", "08:50", "last sweep: it finished 10m0s ago: a net is down"},

		{"an alarm rings", "DescribeAlarms", `"StateValue":"OK"`, `"StateValue":"ALARM"`, "alarm curfew-dead-expire: it is in ALARM: about"},
		{"alarms without the topic", "DescribeAlarms", "curfew-alarms", "other", "alarm curfew-dead-expire: its action is off, or is not the topic"},
		{"an alarm is missing", "DescribeAlarms", "curfew-stuck", "curfew-other", "alarm curfew-stuck: it does not exist"},
		{"somebody is marked at home", "GetAccountAuthorizationDetails", "team", "curfew:managed", "tags of principals: in this account"},
		{"somebody is marked at home, in another case", "GetAccountAuthorizationDetails", "team", "Curfew:MANAGED", "tags of principals: in this account"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := healthy()
			was := f.answers[c.action]
			if f.answers[c.action] = strings.ReplaceAll(was, c.from, c.to); f.answers[c.action] == was {
				t.Fatalf("%s has no %q", c.action, c.from)
			}
			if got := strings.Join(wrong(t, f), "\n"); !strings.Contains(got, c.want) {
				t.Errorf("wrong:\n%s\nwant %s", got, c.want)
			}
		})
	}
}

// What a new installation lacks is not broken.
func TestWhatIsNotSetUpYetIsNotWrong(t *testing.T) {
	for _, c := range []struct{ name, action, from, to, want string }{
		{"no account", "GetFunctionConfiguration", "curfew-member-grant", "", "member accounts: no account may be entered yet: the functions and the sweep run, and every request is refused"},
		{"TTL within the first hour", "DescribeTimeToLive", "ENABLED", "ENABLING", "table curfew-access: TTL is being enabled"},
		{"a stack that can be deleted", "DescribeStacks", "true", "false", "stack curfew: it has no termination protection"},
		{"nothing is reserved", "GetFunctionConcurrency", "", "", "reservations: no function has reserved concurrency, of the account's 10: others can throttle removals. The fence ends grants at the deadline; Revoke is retried, and the sweep repeats it"},
		{"the first sweep", "GetMetricStatistics", `"Sum":1`, `"Sum":0`, "last sweep: none has finished yet: the stack was deployed 5m0s ago"},
		{"no trail", "DescribeTrails", `{"TrailARN":"arn:aws:cloudtrail:` + home + `:trail/all"}`, "", "management events: there is no trail in eu-central-1"},
		{"no confirmed subscription", "ListSubscriptionsByTopic", "arn:aws:sns:x:1", "PendingConfirmation", "subscriptions of curfew-alarms: 0 of 1 are confirmed: alarms reach no subscriber"},
		{"steps reach no requester", "ListSubscriptionsByTopic", "arn:aws:sns:x:1", "PendingConfirmation", "subscriptions of curfew-messages: 0 of 1 are confirmed: messages reach no subscriber"},
		{"requests reach no approver", "ListSubscriptionsByTopic", "arn:aws:sns:x:1", "PendingConfirmation", "subscriptions of curfew-approvals: 0 of 1 are confirmed: approvals reach no subscriber"},
		{"one group of approvers has not confirmed", "ListSubscriptionsByTopic", "</Subscriptions>", "<member><SubscriptionArn>PendingConfirmation</SubscriptionArn><Protocol>https</Protocol><Endpoint>https://hooks.example.com/leads</Endpoint></member></Subscriptions>",
			"subscriptions of curfew-approvals: 1 by email; not confirmed: https https://hooks.example.com/…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := healthy()
			f.answers[c.action] = strings.ReplaceAll(f.answers[c.action], c.from, c.to)
			if c.from == "" {
				f.answers[c.action], f.answers[c.action+" curfew-revoke"] = `{}`, `{}`
			}
			all, err := examine(t, f)
			if err != nil {
				t.Fatal(err)
			}
			var pending []string
			for _, found := range all {
				if found.State == doctor.Wrong {
					t.Errorf("wrong: %s: %s", found.Check, found.Says)
				}
				if found.State == doctor.NotSetUp {
					pending = append(pending, found.Check+": "+found.Says)
				}
			}
			if got := strings.Join(pending, "\n"); !strings.Contains(got, c.want) {
				t.Errorf("not set up:\n%s\nwant %s", got, c.want)
			}
		})
	}
}

// A table that alone has lost its protection is no new installation.
func TestATableWithoutProtectionIsNotSetUpWithItsStack(t *testing.T) {
	f := healthy()
	f.answers["DescribeTable"] = strings.ReplaceAll(f.answers["DescribeTable"], `"DeletionProtectionEnabled":true`, `"DeletionProtectionEnabled":false`)
	f.answers["DescribeStacks"] = strings.ReplaceAll(f.answers["DescribeStacks"], "true", "false")
	if got := wrong(t, f); len(got) != 0 {
		t.Errorf("wrong: %q", got)
	}
}

// A sweep that never ran, in a stack that is old enough, is broken.
func TestASweepThatNeverRanIsWrong(t *testing.T) {
	f := healthy()
	f.answers["GetMetricStatistics"] = strings.ReplaceAll(f.answers["GetMetricStatistics"], `"Sum":1`, `"Sum":0`)
	f.answers["GetFunctionConfiguration"] = strings.ReplaceAll(f.answers["GetFunctionConfiguration"], "08:55", "08:30")
	if got := wrong(t, f); !slices.Contains(got, "last sweep: none has finished within the last hour: a net is down") {
		t.Errorf("wrong: %q", got)
	}
}

// An alarm of another installation, whose name begins like this one, is ignored; that of a door is not.
func TestAlarmsOfOthers(t *testing.T) {
	for name, want := range map[string]int{"curfew-two-stuck": 0, "curfew-people-5xx": 1} {
		f := healthy()
		f.answers["DescribeAlarms"] = strings.Replace(f.answers["DescribeAlarms"], `"MetricAlarms":[`, `"MetricAlarms":[`+alarm(name, "ALARM")+",", 1)
		if got := wrong(t, f); len(got) != want {
			t.Errorf("%s: wrong %q", name, got)
		}
	}
}

func TestClock(t *testing.T) {
	for _, c := range []struct {
		name string
		date time.Time
		want int // findings that are wrong
	}{
		{"a second", now.Add(-time.Second), 0},
		{"five seconds behind", now.Add(5 * time.Second), 1},
		{"not known", time.Time{}, 1},
	} {
		f := healthy()
		if f.date = c.date; len(wrong(t, f)) != c.want {
			t.Errorf("%s: wrong %q", c.name, wrong(t, f))
		}
	}
}

func TestWhatCannotBeAskedIsNotWell(t *testing.T) {
	f := healthy()
	f.missing, f.denied = "curfew-decide", "DescribeStateMachine"
	got := wrong(t, f)
	if len(got) != 2 || got[0] != "function curfew-decide: it does not exist" || !strings.HasPrefix(got[1], "state machine curfew-elevation: the call failed: ") {
		t.Errorf("wrong: %q", got)
	}
}

// TestExpectsWhatTheStackMakes holds the names against the stack's template.
func TestExpectsWhatTheStackMakes(t *testing.T) {
	b, err := os.ReadFile("../../../infra/testdata/curfew.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Resources map[string]struct {
			Type       string
			Properties struct{ AlarmName, FunctionName, QueueName, Name, AlarmActions any }
		}
	}
	if err := json.Unmarshal(b, &template); err != nil {
		t.Fatal(err)
	}
	made := map[string]map[string]bool{}
	for _, r := range template.Resources {
		if strings.HasSuffix(r.Type, "Alarm") && r.Properties.AlarmActions == nil {
			continue // a part of a composite alarm
		}
		if r.Type == "AWS::CloudWatch::CompositeAlarm" {
			r.Type = "AWS::CloudWatch::Alarm"
		}
		for kind, name := range map[string]any{"AWS::CloudWatch::Alarm": r.Properties.AlarmName, "AWS::Lambda::Function": r.Properties.FunctionName, "AWS::SQS::Queue": r.Properties.QueueName} {
			if text, ok := name.(string); ok && r.Type == kind && !strings.HasSuffix(text, "-5xx") && !strings.HasPrefix(text, "curfew-canary-") && text != "curfew-backfill-silent" { // of what may not be there
				if made[kind] == nil {
					made[kind] = map[string]bool{}
				}
				made[kind][text] = true
			}
		}
	}
	for kind, names := range map[string][]string{"AWS::CloudWatch::Alarm": doctor.AlarmNames(), "AWS::Lambda::Function": doctor.Functions(), "AWS::SQS::Queue": doctor.Queues()} {
		for _, name := range names {
			if !made[kind]["curfew-"+name] {
				t.Errorf("the stack makes no %s curfew-%s", kind, name)
			}
		}
		if len(names) != len(made[kind]) {
			t.Errorf("%s: %d are expected, and the stack makes %d: %v", kind, len(names), len(made[kind]), made[kind])
		}
	}
}

func TestGrantedActionsThatNoTrailShowsAreNamed(t *testing.T) {
	policy := func(actions string) json.RawMessage {
		return json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[` + actions + `],"Resource":"*"}]}`)
	}
	granted := []access.Entitlement{
		{Name: "files", Policy: policy(`"s3:GetObject","s3:CreateBucket","lambda:InvokeFunction"`)},
		{Name: "queues", Policy: policy(`"sqs:SendMessage"`)},
	}
	for _, c := range []struct {
		name   string
		change func(*fake)
		want   string
	}{
		{"some data events", func(*fake) {}, "not seen trail files: the trails here do not show s3:GetObject"},
		{"all of them", func(f *fake) {
			f.answers["GetEventSelectors"] = strings.Replace(f.answers["GetEventSelectors"], "AWS::SQS::Queue", `AWS::SQS::Queue","AWS::S3::Object`, 1)
		}, "ok trail: the trails here log the events of every granted action that is known"},
		{"no trail", func(f *fake) { f.answers["DescribeTrails"] = `{"trailList":[]}` }, ""},
		{"not allowed", func(f *fake) { f.denied = "GetEventSelectors" }, "WRONG trail: the call failed: cloudtrail GetEventSelectors: AccessDeniedException"},
	} {
		f := healthy()
		c.change(f)
		all, err := examineWith(t, f, granted)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, finding := range all {
			if strings.HasPrefix(finding.Check, "trail") {
				got = append(got, fmt.Sprintf("%s %s: %s", finding.State, finding.Check, finding.Says))
			}
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
