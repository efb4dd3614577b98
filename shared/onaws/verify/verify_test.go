package verify_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/events"
	"curfew/shared/fault"
	"curfew/shared/trigger/eventbus"
)

// exampleSignal is an example event's signal.
func exampleSignal(t *testing.T, name string) events.Signal {
	t.Helper()
	raw, err := os.ReadFile("../../../events/examples/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := events.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func instant(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at
}

const (
	backupRole = "arn:aws:iam::111122223333:role/backup-runner"
	otherRole  = "arn:aws:iam::111122223333:role/other"
	volume     = "arn:aws:ec2:us-east-1:111122223333:volume/vol-0a1b2c3d4e5f60718"
)

// changed is a body with members replaced; nil removes one.
func changed(body map[string]any, more ...any) map[string]any {
	body = maps.Clone(body)
	for i := 0; i < len(more); i += 2 {
		if body[more[i].(string)] = more[i+1]; more[i+1] == nil {
			delete(body, more[i].(string))
		}
	}
	return body
}

// one is a body with a list of one.
func one(name string, body map[string]any) map[string]any {
	return map[string]any{name: []any{body}}
}

type confirmed struct {
	name, event string
	role        string // that principal_at picked; empty: the event's
	answers     map[string]answer
	want        eventbus.Confirmation
}

func TestConfirm(t *testing.T) {
	for _, c := range slices.Concat(ofBackup(), ofBatch(), ofExecutions(), ofECS(), ofChanges(), ofAlarms(), ofRotations()) {
		t.Run(c.name, func(t *testing.T) {
			f := serve(t, c.answers)
			s := exampleSignal(t, c.event)
			if c.role != "" {
				s.Role = c.role
			}
			got, err := f.facts().Confirm(t.Context(), s)
			if err != nil || got.Confirmation != c.want {
				t.Errorf("truth = %q, %v, want %q; asked %q", got.Confirmation, err, c.want, f.calls)
			}
			for _, call := range f.calls {
				if !strings.HasPrefix(call, "us-east-1 ") {
					t.Errorf("asked %q, want it in the event's Region", call)
				}
			}
		})
	}
}

func ofBackup() []confirmed {
	job := map[string]any{"BackupJobId": "B6EC38D2-CB3C-EF0A-F5A4-3CF324EF4945", "State": "RUNNING", "IamRoleArn": backupRole, "ResourceArn": volume, "CreationDate": instant("2026-08-06T02:00:04Z")}
	restore := changed(job, "State", nil, "Status", "RUNNING", "CreationDate", instant("2026-08-06T09:00:26Z"))
	cp := map[string]any{"CopyJob": changed(job, "CreationDate", instant("2026-08-06T02:50:27Z"))}
	const (
		asksJob     = "GET /backup-jobs/B6EC38D2-CB3C-EF0A-F5A4-3CF324EF4945"
		asksRestore = "GET /restore-jobs/AB123456-78C9-0123-456D-789012E34567"
		asksCopy    = "GET /copy-jobs/0175DE71-5784-589F-D8AC-541ACCB4CAC8"
	)
	is := func(body map[string]any) map[string]answer { return map[string]answer{asksJob: {body: body}} }
	return []confirmed{
		{name: "a backup job that runs", event: "backup-job-running", role: "", answers: is(job), want: eventbus.Confirmed},
		{name: "one that is over already", event: "backup-job-running", role: "", answers: is(changed(job, "State", "COMPLETED")), want: eventbus.Finished},
		{name: "one that waits", event: "backup-job-running", role: "", answers: is(changed(job, "State", "CREATED")), want: eventbus.Refuted},
		{name: "one that is another role's", event: "backup-job-running", role: "", answers: is(changed(job, "IamRoleArn", otherRole)), want: eventbus.Refuted},
		{name: "one of another role that is over", event: "backup-job-running", role: "", answers: is(changed(job, "IamRoleArn", otherRole, "State", "FAILED")), want: eventbus.Refuted},
		{name: "one that names no role", event: "backup-job-running", role: "", answers: is(changed(job, "IamRoleArn", nil)), want: eventbus.Refuted},
		{name: "one of something else", event: "backup-job-running", role: "", answers: is(changed(job, "ResourceArn", volume+"f")), want: eventbus.Refuted},
		{name: "one that began later", event: "backup-job-running", role: "", answers: is(changed(job, "CreationDate", instant("2026-08-06T03:00:04Z"))), want: eventbus.Restarted},
		{name: "one that there is not", event: "backup-job-running", role: "", answers: nil, want: eventbus.Refuted},
		{name: "one that may not be asked for", event: "backup-job-running", role: "", answers: map[string]answer{asksJob: {code: "AccessDeniedException"}}, want: eventbus.Unconfirmable},
		{name: "an account that refuses AssumeRole", event: "backup-job-running", role: "", answers: map[string]answer{"AssumeRole": {code: "AccessDenied"}}, want: eventbus.Unconfirmable},
		{name: "a restore", event: "restore-job-running", role: "", answers: map[string]answer{asksRestore: {body: restore}}, want: eventbus.Confirmed},
		{name: "a restore by another role", event: "restore-job-running", role: "", answers: map[string]answer{asksRestore: {body: changed(restore, "IamRoleArn", otherRole)}}, want: eventbus.Refuted},
		{name: "a copy", event: "copy-job-running", role: "", answers: map[string]answer{asksCopy: {body: cp}}, want: eventbus.Confirmed},
	}
}

func ofBatch() []confirmed {
	job := map[string]any{
		"jobId": "4c7599ae-0a82-49aa-ba5a-4727fcce14a8", "status": "RUNNING", "startedAt": 1786025045999,
		"jobDefinition": "arn:aws:batch:us-east-1:111122223333:job-definition/reindex:1", "container": map[string]any{"jobRoleArn": "arn:aws:iam::111122223333:role/reindex"},
	}
	is := func(more ...any) map[string]answer {
		return map[string]answer{"POST /v1/describejobs": {body: one("jobs", changed(job, more...))}}
	}
	return []confirmed{
		{name: "a batch job that runs", event: "batch-job-running", role: "", answers: is(), want: eventbus.Confirmed},
		{name: "one that is tried again", event: "batch-job-running", role: "", answers: is("status", "RUNNABLE"), want: eventbus.Finished},
		{name: "a later try", event: "batch-job-running", role: "", answers: is("startedAt", 1786025045999+3_600_000), want: eventbus.Restarted},
		{name: "a batch job of another role", event: "batch-job-running", role: "", answers: is("container", map[string]any{"jobRoleArn": otherRole}), want: eventbus.Refuted},
		{name: "one of several nodes", event: "batch-job-running", role: "", answers: is("container", nil), want: eventbus.Unconfirmable},
		{name: "no batch job", event: "batch-job-running", role: "", answers: map[string]answer{"POST /v1/describejobs": {body: map[string]any{}}}, want: eventbus.Refuted},
	}
}

func ofExecutions() []confirmed {
	run := map[string]any{
		"executionArn": "arn:aws:states:us-east-1:111122223333:execution:summarize-tickets:run-2026-08-06", "status": "RUNNING",
		"stateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:summarize-tickets", "startDate": instant("2026-08-06T07:00:00Z"),
	}
	is := func(more ...any) map[string]answer {
		return map[string]answer{
			"DescribeExecution":                {body: changed(run, more...)},
			"DescribeStateMachineForExecution": {body: map[string]any{"roleArn": backupRole}},
		}
	}
	return []confirmed{
		{name: "an execution that runs", event: "states-execution-running", role: "", answers: is(), want: eventbus.Confirmed},
		{name: "one that failed", event: "states-execution-running", role: "", answers: is("status", "FAILED"), want: eventbus.Finished},
		{name: "one that was redriven since", event: "states-execution-running", role: "", answers: is("redriveDate", instant("2026-08-06T09:00:00Z")), want: eventbus.Restarted},
		{name: "one of another machine", event: "states-execution-running", role: "", answers: is("stateMachineArn", "arn:aws:states:us-east-1:111122223333:stateMachine:other"), want: eventbus.Refuted},
		{name: "one by the role that was picked", event: "states-execution-running", role: backupRole, answers: is(), want: eventbus.Confirmed},
		{name: "one by another role than was picked", event: "states-execution-running", role: otherRole, answers: is(), want: eventbus.Refuted},
		{name: "no execution", event: "states-execution-running", role: "", answers: map[string]answer{"DescribeExecution": {code: "ExecutionDoesNotExist"}}, want: eventbus.Refuted},
	}
}

func ofECS() []confirmed {
	task := map[string]any{
		"taskArn": "arn:aws:ecs:us-east-1:111122223333:task/jobs/c13b4cb40f1f4fe4a2971f76ae5a47ad", "lastStatus": "RUNNING",
		"taskDefinitionArn": "arn:aws:ecs:us-east-1:111122223333:task-definition/import:1", "startedAt": instant("2026-08-06T13:03:58Z"),
	}
	is := func(more ...any) map[string]answer {
		return map[string]answer{
			"DescribeTasks":          {body: one("tasks", changed(task, more...))},
			"DescribeTaskDefinition": {body: map[string]any{"taskDefinition": map[string]any{"taskRoleArn": backupRole}}},
		}
	}
	return []confirmed{
		{name: "an ECS task that runs", event: "ecs-task-running", role: "", answers: is(), want: eventbus.Confirmed},
		{name: "one that stopped", event: "ecs-task-running", role: "", answers: is("lastStatus", "STOPPED"), want: eventbus.Finished},
		{name: "one of another definition", event: "ecs-task-running", role: "", answers: is("taskDefinitionArn", "arn:aws:ecs:us-east-1:111122223333:task-definition/import:2"), want: eventbus.Refuted},
		{name: "one by its definition's role", event: "ecs-task-running", role: backupRole, answers: is(), want: eventbus.Confirmed},
		{name: "one that was run with another role", event: "ecs-task-running", role: backupRole, answers: is("overrides", map[string]any{"taskRoleArn": otherRole}), want: eventbus.Refuted},
		{name: "no ECS task", event: "ecs-task-running", role: "", answers: map[string]answer{"DescribeTasks": {body: map[string]any{}}}, want: eventbus.Refuted},
		{name: "no cluster", event: "ecs-task-running", role: "", answers: map[string]answer{"DescribeTasks": {code: "ClusterNotFoundException"}}, want: eventbus.Refuted},
	}
}

func ofChanges() []confirmed {
	deployed := func(status, created string) map[string]answer {
		return map[string]answer{"GetDeployment": {body: map[string]any{"deploymentInfo": map[string]any{"status": status, "createTime": instant(created)}}}}
	}
	execution := func(status string) map[string]answer {
		return map[string]answer{"GetPipelineExecution": {body: map[string]any{"pipelineExecution": map[string]any{"status": status}}}}
	}
	return []confirmed{
		{name: "a deployment in progress", event: "codedeploy-start", role: "", answers: deployed("InProgress", "2026-08-06T11:00:00Z"), want: eventbus.Confirmed},
		{name: "one that was only made", event: "codedeploy-start", role: "", answers: deployed("Created", "2026-08-06T11:00:00Z"), want: eventbus.Confirmed},
		{name: "one that was stopped", event: "codedeploy-start", role: "", answers: deployed("Stopped", "2026-08-06T11:00:00Z"), want: eventbus.Finished},
		{name: "one whose role is not told", event: "codedeploy-start", role: backupRole, answers: deployed("InProgress", "2026-08-06T11:00:00Z"), want: eventbus.Unconfirmable},
		{name: "no deployment", event: "codedeploy-start", role: "", answers: map[string]answer{"GetDeployment": {code: "DeploymentDoesNotExistException"}}, want: eventbus.Refuted},
		{name: "a pipeline in progress", event: "codepipeline-started", role: "", answers: execution("InProgress"), want: eventbus.Confirmed},
		{name: "one that was superseded", event: "codepipeline-started", role: "", answers: execution("Superseded"), want: eventbus.Finished},
		{name: "no pipeline", event: "codepipeline-started", role: "", answers: map[string]answer{"GetPipelineExecution": {code: "PipelineNotFoundException"}}, want: eventbus.Refuted},
	}
}

func ofAlarms() []confirmed {
	rings := map[string]any{
		"AlarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:checkout-errors", "StateValue": "ALARM", "StateTransitionedTimestamp": instant("2026-08-06T10:00:00Z"),
	}
	is := func(kind string, more ...any) map[string]answer {
		return map[string]answer{"DescribeAlarms": {body: one(kind, changed(rings, more...))}}
	}
	return []confirmed{
		{name: "an alarm that rings", event: "alarm-alarm", role: "", answers: is("MetricAlarms"), want: eventbus.Confirmed},
		{name: "one of alarms", event: "alarm-alarm", role: "", answers: is("CompositeAlarms"), want: eventbus.Confirmed},
		{name: "one of logs", event: "alarm-alarm", role: "", answers: is("LogAlarms"), want: eventbus.Confirmed},
		{name: "one that closed", event: "alarm-alarm", role: "", answers: is("MetricAlarms", "StateValue", "OK"), want: eventbus.Finished},
		{name: "one that rings again", event: "alarm-alarm", role: "", answers: is("MetricAlarms", "StateTransitionedTimestamp", instant("2026-08-06T11:00:00Z")), want: eventbus.Restarted},
		{name: "one of another ARN", event: "alarm-alarm", role: "", answers: is("MetricAlarms", "AlarmArn", "arn:aws:cloudwatch:us-east-1:111122223333:alarm:Checkout-errors"), want: eventbus.Refuted},
		{name: "one that is to pick a role", event: "alarm-alarm", role: backupRole, answers: is("MetricAlarms"), want: eventbus.Unconfirmable},
	}
}

func ofRotations() []confirmed {
	secret := map[string]any{
		"ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:signing/key-WoDpmU", "RotationEnabled": true,
		"LastRotatedDate":    instant("2026-07-06T04:00:03Z"),
		"VersionIdsToStages": map[string]any{"a": []any{"AWSCURRENT"}, "b": []any{"AWSPENDING"}},
	}
	is := func(more ...any) map[string]answer {
		return map[string]answer{"DescribeSecret": {body: changed(secret, more...)}}
	}
	return []confirmed{
		{name: "a rotation under way", event: "rotation-started", role: "", answers: is(), want: eventbus.Confirmed},
		{name: "a first one", event: "rotation-started", role: "", answers: is("LastRotatedDate", nil), want: eventbus.Confirmed},
		{name: "one that is done", event: "rotation-started", role: "", answers: is("LastRotatedDate", instant("2026-08-06T04:00:09Z")), want: eventbus.Finished},
		{name: "one whose version is current", event: "rotation-started", role: "", answers: is("VersionIdsToStages", map[string]any{"a": []any{"AWSCURRENT", "AWSPENDING"}}), want: eventbus.Refuted},
		{name: "a secret that is not rotated", event: "rotation-started", role: "", answers: is("RotationEnabled", false), want: eventbus.Refuted},
		{name: "a secret that is deleted", event: "rotation-started", role: "", answers: is("DeletedDate", instant("2026-08-05T04:00:09Z")), want: eventbus.Refuted},
		{name: "no secret", event: "rotation-started", role: "", answers: nil, want: eventbus.Refuted},
	}
}

// The requests sent to the services.
func TestWhatIsAsked(t *testing.T) {
	for _, c := range []struct{ event, want string }{
		{"backup-job-running", "us-east-1 GET /backup-jobs/B6EC38D2-CB3C-EF0A-F5A4-3CF324EF4945 "},
		{"batch-job-running", `us-east-1 POST /v1/describejobs {"jobs":["4c7599ae-0a82-49aa-ba5a-4727fcce14a8"]}`},
		{"states-execution-running", `us-east-1 DescribeExecution {"executionArn":"arn:aws:states:us-east-1:111122223333:execution:summarize-tickets:run-2026-08-06","includedData":"METADATA_ONLY"}`},
		{"ecs-task-running", `us-east-1 DescribeTasks {"cluster":"jobs","tasks":["arn:aws:ecs:us-east-1:111122223333:task/jobs/c13b4cb40f1f4fe4a2971f76ae5a47ad"]}`},
		{"codedeploy-start", `us-east-1 GetDeployment {"deploymentId":"d-A1B2C3D4E"}`},
		{"codepipeline-started", `us-east-1 GetPipelineExecution {"pipelineExecutionId":"0a1b2c3d-0123-4567-89ab-0123456789ab","pipelineName":"checkout"}`},
		{"alarm-alarm", `us-east-1 DescribeAlarms {"AlarmNames":["checkout-errors"],"AlarmTypes":["CompositeAlarm","MetricAlarm","LogAlarm"]}`},
		{"rotation-started", `us-east-1 DescribeSecret {"SecretId":"arn:aws:secretsmanager:us-east-1:111122223333:secret:signing/key-WoDpmU"}`},
	} {
		t.Run(c.event, func(t *testing.T) {
			f := serve(t, nil)
			if _, err := f.facts().Confirm(t.Context(), exampleSignal(t, c.event)); err != nil && len(f.calls) == 0 {
				t.Fatal(err)
			}
			if f.calls[0] != c.want {
				t.Errorf("asked %s\nwant  %s", f.calls[0], c.want)
			}
		})
	}
}

// A busy service gives no answer: the event comes again.
func TestBusy(t *testing.T) {
	f := serve(t, map[string]answer{"GetDeployment": {code: "ThrottlingException"}})
	got, err := f.facts().Confirm(t.Context(), exampleSignal(t, "codedeploy-start"))
	if got != (eventbus.Fact{}) || fault.KindOf(err) != fault.Transient {
		t.Errorf("fact = %+v, %v, want an error that is Transient", got, err)
	}
}

// Without a service to ask, or outside configured accounts, no call is made.
func TestNobodyIsAsked(t *testing.T) {
	own := exampleSignal(t, "curfew-task-started")
	with := func(s events.Signal, change func(*events.Signal)) events.Signal {
		change(&s)
		return s
	}
	for _, c := range []struct {
		name string
		s    events.Signal
		want eventbus.Confirmation
	}{
		{"a task of a sender's account", with(own, func(s *events.Signal) { s.Account = "555566667777" }), eventbus.Confirmed},
		{"a task of a member account that may not send", with(own, func(s *events.Signal) { s.Account = "111122223333" }), eventbus.Refuted},
		{"a task without an account", with(own, func(s *events.Signal) { s.Account = "" }), eventbus.Refuted},
		{"a source that is not known", with(exampleSignal(t, "backup-job-running"), func(s *events.Signal) { s.Source = "aws.glue" }), eventbus.Unconfirmable},
		{"an end", exampleSignal(t, "backup-job-completed"), eventbus.Unconfirmable},
		{"a pipeline of another account", with(exampleSignal(t, "codepipeline-started"), func(s *events.Signal) { s.Resource = "arn:aws:codepipeline:us-east-1:555566667777:checkout" }), eventbus.Unconfirmable},
		{"an ECS task whose ARN names no cluster", with(exampleSignal(t, "ecs-task-running"), func(s *events.Signal) { s.Task.ID = "arn:aws:ecs:us-east-1:111122223333:task/c13b4cb4" }), eventbus.Unconfirmable},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := serve(t, nil)
			got, err := f.facts().Confirm(t.Context(), c.s)
			if err != nil || got.Confirmation != c.want || len(f.calls) > 0 {
				t.Errorf("truth = %q, %v, asked %q; want %q and no call", got.Confirmation, err, f.calls, c.want)
			}
		})
	}
}

// The fact includes the run's start: an old start starts nothing.
func TestSinceWhenIsTold(t *testing.T) {
	f := serve(t, map[string]answer{"GetDeployment": {body: map[string]any{"deploymentInfo": map[string]any{"status": "InProgress", "createTime": instant("2026-08-06T11:00:00Z")}}}})
	got, err := f.facts().Confirm(t.Context(), exampleSignal(t, "codedeploy-start"))
	if want := (eventbus.Fact{Confirmation: eventbus.Confirmed, Since: instant("2026-08-06T11:00:00Z")}); err != nil || got.Confirmation != want.Confirmation || !got.Since.Equal(want.Since) {
		t.Errorf("fact = %+v, %v, want %+v", got, err, want)
	}
}
