package catalog

import (
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/trigger"
)

const (
	jobFile     = "entitlements/job.yaml"
	triggerFile = "triggers/nightly.yaml"
	runner      = "arn:aws:iam::111122223333:role/runner"
)

// withTrigger is the small catalog with an entitlement for a trigger.
func withTrigger() map[string]string {
	files := smallCatalog()
	files[jobFile] = `about: Reading one vault
owners: ["group:leads"]
principals: ["arn:aws:iam::111122223333:role/*"]
requesters: ["trigger:nightly"]
tasks: [{kind: backup, known: required}]
max: 1h
session: none
parameters: {vault: name}
policy: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "backup:DescribeBackupVault", Resource: "arn:aws:backup:*:111122223333:backup-vault:{{vault}}"}]}
`
	files[triggerFile] = `about: While a backup job runs
entitlement: job
principals: ["arn:aws:iam::111122223333:role/runner"]
principal: detail.iamRoleArn
start: {source: [aws.backup], detail-type: [Backup Job State Change], detail: {state: [RUNNING]}}
parameters: {vault: nightly}
reason: a backup job runs
max: 1h
`
	return files
}

// change replaces old by new in a file; without old, new is the whole file.
type change struct{ file, old, new string }

func changedFiles(t testing.TB, changes ...change) map[string]string {
	t.Helper()
	files := withTrigger()
	for _, c := range changes {
		if c.old == "" {
			files[c.file] = c.new
			continue
		}
		if !strings.Contains(files[c.file], c.old) {
			t.Fatalf("%q is not in %s", c.old, c.file)
		}
		files[c.file] = strings.Replace(files[c.file], c.old, c.new, 1)
	}
	return files
}

func TestTriggerIsRead(t *testing.T) {
	c := load(t, changedFiles(t, change{triggerFile, "max: 1h\n", `max: 45m
session: nightly-run
ends: [{pattern: {source: [my.tool], detail-type: [Job Over], detail: {note: [null]}}, task: detail.job}]
schedule: {expression: cron(0 2 * * ? *), zone: Europe/Berlin}
job: {service: backup, input: {BackupVaultName: nightly, IamRoleArn: "arn:aws:iam::111122223333:role/runner", ResourceArn: "arn:aws:s3:::data"}}
`}, change{jobFile, "session: none", "session: userid"}))
	got, err := NewSet(c).Triggers(t.Context())
	if err != nil || len(got) != 1 {
		t.Fatalf("triggers = %v, %v; want one", got, err)
	}
	tr := got[0]
	want := trigger.Trigger{
		Name: "nightly", Catalog: c.Hash(), About: "While a backup job runs", Entitlement: "job",
		Principals: []string{runner}, PrincipalAt: "detail.iamRoleArn", Accounts: []string{"111122223333"},
		Start:   []byte(`{"detail":{"state":["RUNNING"]},"detail-type":["Backup Job State Change"],"source":["aws.backup"]}`),
		Ends:    []trigger.End{{Pattern: []byte(`{"detail":{"note":[null]},"detail-type":["Job Over"],"source":["my.tool"]}`), TaskAt: "detail.job"}},
		Session: "nightly-run", Parameters: map[string]string{"vault": "nightly"}, Reason: "a backup job runs", Max: 45 * time.Minute,
		Schedule: &trigger.Schedule{Expression: "cron(0 2 * * ? *)", Zone: "Europe/Berlin"},
		Job:      &trigger.Job{Service: "backup", Input: []byte(`{"BackupVaultName":"nightly","IamRoleArn":"arn:aws:iam::111122223333:role/runner","ResourceArn":"arn:aws:s3:::data"}`)},
	}
	wantEqual(t, tr, want)
	d, err := Decode(c.JSON())
	if err != nil {
		t.Fatal(err)
	}
	wantEqual(t, d.Triggers(), c.Triggers())
}

func TestTriggersAreInOrderOfName(t *testing.T) {
	files := withTrigger()
	for _, name := range []string{"weekly", "daily"} {
		files["triggers/"+name+".yaml"] = files[triggerFile]
	}
	files[jobFile] = strings.Replace(files[jobFile], `["trigger:nightly"]`, `["trigger:weekly", "trigger:nightly", "trigger:daily"]`, 1)
	var got []string
	for _, tr := range load(t, files).Triggers() {
		got = append(got, tr.Name)
	}
	if want := []string{"daily", "nightly", "weekly"}; !slices.Equal(got, want) {
		t.Errorf("triggers = %v, want %v", got, want)
	}
}

func TestOtherGoodTriggers(t *testing.T) {
	const start = "start: {source: [aws.backup], detail-type: [Backup Job State Change], detail: {state: [RUNNING]}}"
	for name, changes := range map[string][]change{
		"the event does not say which":  {{triggerFile, "principal: detail.iamRoleArn\n", ""}},
		"every state":                   {{triggerFile, ", detail: {state: [RUNNING]}", ""}},
		"a state and others":            {{triggerFile, "[RUNNING]", "[COMPLETED, RUNNING]"}},
		"states by a prefix":            {{triggerFile, "[RUNNING]", "[{prefix: RUN}]"}},
		"jobs and copies":               {{triggerFile, "[Backup Job State Change]", "[Backup Job State Change, Copy Job State Change]"}},
		"a parameter from the event":    {{triggerFile, "vault: nightly", `vault: "{detail.backupVaultName}"`}},
		"two principals":                {{triggerFile, `role/runner"]`, `role/runner", "arn:aws:iam::111122223333:role/other"]`}},
		"another account":               {{triggerFile, "max: 1h", "max: 1h\naccounts: [\"444455556666\"]"}},
		"a user":                        {{jobFile, "role/*", "user/*"}, {jobFile, "session: none", "session: userid"}, {triggerFile, "role/runner", "user/runner"}, {identitiesFile, "principal: \"arn:aws:iam::111122223333:role/runner\"", "principal: \"arn:aws:iam::111122223333:user/runner\""}},
		"approval by others":            {{jobFile, "max: 1h", "max: 1h\napproval: {need: 1, of: [\"group:engineers\"], within: 1h}"}},
		"our own tasks, of one kind":    {{triggerFile, start, "start: {source: [curfew.task], detail-type: [Task State Change], detail: {kind: [backup]}}"}},
		"unconfirmed, and said so":      {{jobFile, "kind: backup", "kind: rotation"}, {triggerFile, start, "unconfirmed: true\nstart: {source: [aws.secretsmanager], detail-type: [AWS API Call via CloudTrail], detail: {eventName: [RotateSecret]}}"}},
		"one state machine":             {{jobFile, "kind: backup", "kind: workflow"}, {triggerFile, start, `start: {source: [aws.states], detail-type: [Step Functions Execution Status Change], detail: {stateMachineArn: ["arn:aws:states:us-east-1:111122223333:stateMachine:tickets"]}}`}},
		"a job of another kind":         {{triggerFile, "max: 1h", "max: 1h\njob: {service: states, input: {stateMachineArn: \"arn:aws:states:us-east-1:111122223333:stateMachine:tickets\", input: \"{}\"}}"}},
		"a job that no event reports":   {{triggerFile, "max: 1h", "max: 1h\njob: {service: codebuild, input: {projectName: docs}}"}},
		"its own job, on a schedule":    {{triggerFile, "max: 1h", "max: 1h\nschedule: {expression: rate(1 day), zone: UTC}\njob: {service: backup, input: {BackupVaultName: v, ResourceArn: r, IamRoleArn: \"" + runner + "\"}}"}},
		"ends by an alarm, on its list": {{triggerFile, "max: 1h", "max: 1h\nends: [{pattern: {source: [aws.cloudwatch], detail-type: [CloudWatch Alarm State Change]}, task: resources}]"}},
	} {
		t.Run(name, func(t *testing.T) {
			files := changedFiles(t, changes...)
			files[identitiesFile] = strings.Replace(files[identitiesFile], "principals:", "#", 1)
			files[identitiesFile] += `  - {name: other, principal: "arn:aws:iam::111122223333:role/other", groups: []}` + "\n"
			load(t, files)
		})
	}
}

func TestKindsOfTaskSettle(t *testing.T) {
	for tasks, want := range map[string]time.Duration{
		"[incident]":                                    10 * time.Minute,
		"[{kind: incident, known: required}]":           10 * time.Minute,
		"[{kind: incident, settle: 0s}]":                0,
		"[{kind: incident, settle: 24h}]":               24 * time.Hour,
		"[{kind: change, settle: 90s}]":                 90 * time.Second,
		"[{kind: change, known: required}]":             0,
		"[{settle: 2m, kind: change}]":                  2 * time.Minute,
		"[{kind: incident, settle: 1h30m10s}]":          time.Hour + 30*time.Minute + 10*time.Second,
		"[{kind: rotation}]":                            0,
		"[{known: required, kind: incident}]":           10 * time.Minute,
		"[{kind: workflow, settle: 10m}]":               10 * time.Minute,
		"[{kind: backup, settle: 0m, known: required}]": 0,
	} {
		t.Run(tasks, func(t *testing.T) {
			files := smallCatalog()
			delete(files, testsFile)
			files[entitlementFile] = strings.Replace(files[entitlementFile], "[change]", tasks, 1)
			e, _ := load(t, files).Entitlement("read")
			if got := e.Tasks[0].Settle; got != want {
				t.Errorf("settle = %s, want %s", got, want)
			}
		})
	}
}

// A packed catalog outlives the program that wrote it: one from before there were triggers keeps its hash and
// decisions.
func TestCatalogOfBeforeThereWereTriggers(t *testing.T) {
	now := string(load(t, smallCatalog()).JSON())
	then := strings.Replace(now, "(principal in resource.requesters || principal in resource.triggers)", "principal in resource.requesters", 1)
	if then == now || strings.Contains(now, `"triggers":[`) {
		t.Fatalf("there is something of triggers in a catalog without them:\n%s", now)
	}
	c, err := Decode([]byte(then))
	if err != nil {
		t.Fatal(err)
	}
	q := questionOfAna(t, load(t, smallCatalog()))
	if v, err := c.Decide(q); err != nil || !v.Allow {
		t.Errorf("verdict = %+v, %v; want it allowed", v, err)
	}
	if got := c.Triggers(); len(got) != 0 {
		t.Errorf("triggers = %v, want none", got)
	}
}

// AWS documents * alone. A list with it was accepted.
func TestAllAndMoreIsNoCronField(t *testing.T) {
	for expression, ok := range map[string]bool{"cron(*,44 5 * 5 ? *)": false, "cron(0 6 ? * 7,* *)": false, "cron(0 6 ? * * 2040,*)": false, "cron(*/5,3 5 * * ? *)": true} {
		if err := CheckSchedule(expression); (err == nil) != ok {
			t.Errorf("%s: error = %v, want one: %t", expression, err, !ok)
		}
	}
}

func TestScheduleExpressions(t *testing.T) {
	for expression, ok := range map[string]bool{
		"cron(0 2 * * ? *)": true, "cron(0/15 8-17 ? * MON-FRI *)": true, "cron(15 10 L * ? 2026-2030)": true,
		"cron(0 9 3W JAN,JUL ? *)": true, "cron(0 8 ? * 2#1 *)": true, "cron(0 8 ? * FRIL *)": true, "cron(5,35 * ? 1-12 SUN,SAT *)": true,
		"rate(1 minute)": true, "rate(12 hours)": true, "rate(1 day)": true,
		"cron(0 2 * * *)": false, "cron(0 2 * * * *)": false, "cron(0 2 ? * ? *)": false, "cron(60 2 * * ? *)": false,
		"cron(0 24 * * ? *)": false, "cron(0 2 0 * ? *)": false, "cron(0 2 * 13 ? *)": false, "cron(0 2 ? * 8 *)": false,
		"cron(0 2 ? * mon *)": false, "cron(0 2 * * ? 1969)": false, "cron(0 2 ? * MON/2 *)": false, "cron(5-1 2 * * ? *)": false,
		"cron(+1 2 * * ? *)": false, "cron(1/0 2 * * ? *)": false, "cron(, 2 * * ? *)": false, "cron(0 2 * * ? *": false,
		"rate(0 minutes)": false, "rate(1 minutes)": false, "rate(2 minute)": false, "rate(1.5 hours)": false, "rate(1 week)": false,
		"at(2026-11-23T02:00:00)": false, "every night": false,
	} {
		t.Run(expression, func(t *testing.T) {
			files := changedFiles(t, change{triggerFile, "max: 1h", "max: 1h\nschedule: {expression: \"" + expression + "\", zone: UTC}"})
			if _, err := Load(fileSystem(files)); (err == nil) != ok {
				t.Errorf("error = %v, want one: %t", err, !ok)
			}
		})
	}
}
