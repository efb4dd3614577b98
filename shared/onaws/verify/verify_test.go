package verify_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/events"
	"curfew/shared/access"
	"curfew/shared/trigger"
)

// told is what an event of the examples tells.
func told(t *testing.T, name string) events.Signal {
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

// changed is a body with some members replaced; nil takes one away.
func changed(body map[string]any, more ...any) map[string]any {
	body = maps.Clone(body)
	for i := 0; i < len(more); i += 2 {
		if body[more[i].(string)] = more[i+1]; more[i+1] == nil {
			delete(body, more[i].(string))
		}
	}
	return body
}

// one is a body that lists one thing.
func one(name string, body map[string]any) map[string]any {
	return map[string]any{name: []any{body}}
}

type confirmed struct {
	name, event string
	role        string // that a trigger's principal_at picked; empty: as the event says
	answers     map[string]answer
	want        trigger.Truth
}

func TestConfirm(t *testing.T) {
	for _, c := range slices.Concat(ofBackup(), ofBatch(), ofExecutions(), ofECS(), ofChanges(), ofAlarms(), ofRotations()) {
		t.Run(c.name, func(t *testing.T) {
			f := serve(t, c.answers)
			s := told(t, c.event)
			if c.role != "" {
				s.Role = c.role
			}
			got, err := f.facts().Confirm(t.Context(), s)
			if err != nil || got.Truth != c.want {
				t.Errorf("truth = %q, %v, want %q; asked %q", got.Truth, err, c.want, f.calls)
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
		{"a backup job that runs", "backup-job-running", "", is(job), trigger.So},
		{"one that is over already", "backup-job-running", "", is(changed(job, "State", "COMPLETED")), trigger.Over},
		{"one that waits", "backup-job-running", "", is(changed(job, "State", "CREATED")), trigger.NotSo},
		{"one that is another role's", "backup-job-running", "", is(changed(job, "IamRoleArn", otherRole)), trigger.NotSo},
		{"one of another role that is over", "backup-job-running", "", is(changed(job, "IamRoleArn", otherRole, "State", "FAILED")), trigger.NotSo},
		{"one that names no role", "backup-job-running", "", is(changed(job, "IamRoleArn", nil)), trigger.NotSo},
		{"one of something else", "backup-job-running", "", is(changed(job, "ResourceArn", volume+"f")), trigger.NotSo},
		{"one that began later", "backup-job-running", "", is(changed(job, "CreationDate", instant("2026-08-06T03:00:04Z"))), trigger.Again},
		{"one that there is not", "backup-job-running", "", nil, trigger.NotSo},
		{"one that may not be asked for", "backup-job-running", "", map[string]answer{asksJob: {code: "AccessDeniedException"}}, trigger.CannotBeAsked},
		{"an account that lets nobody in", "backup-job-running", "", map[string]answer{"AssumeRole": {code: "AccessDenied"}}, trigger.CannotBeAsked},
		{"a restore", "restore-job-running", "", map[string]answer{asksRestore: {body: restore}}, trigger.So},
		{"a restore by another role", "restore-job-running", "", map[string]answer{asksRestore: {body: changed(restore, "IamRoleArn", otherRole)}}, trigger.NotSo},
		{"a copy", "copy-job-running", "", map[string]answer{asksCopy: {body: cp}}, trigger.So},
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
		{"a batch job that runs", "batch-job-running", "", is(), trigger.So},
		{"one that is tried again", "batch-job-running", "", is("status", "RUNNABLE"), trigger.Over},
		{"a later try", "batch-job-running", "", is("startedAt", 1786025045999+3_600_000), trigger.Again},
		{"a batch job of another role", "batch-job-running", "", is("container", map[string]any{"jobRoleArn": otherRole}), trigger.NotSo},
		{"one of several nodes", "batch-job-running", "", is("container", nil), trigger.CannotBeAsked},
		{"no batch job", "batch-job-running", "", map[string]answer{"POST /v1/describejobs": {body: map[string]any{}}}, trigger.NotSo},
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
		{"an execution that runs", "states-execution-running", "", is(), trigger.So},
		{"one that failed", "states-execution-running", "", is("status", "FAILED"), trigger.Over},
		{"one of another machine", "states-execution-running", "", is("stateMachineArn", "arn:aws:states:us-east-1:111122223333:stateMachine:other"), trigger.NotSo},
		{"one by the role that was picked", "states-execution-running", backupRole, is(), trigger.So},
		{"one by another role than was picked", "states-execution-running", otherRole, is(), trigger.NotSo},
		{"no execution", "states-execution-running", "", map[string]answer{"DescribeExecution": {code: "ExecutionDoesNotExist"}}, trigger.NotSo},
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
		{"an ECS task that runs", "ecs-task-running", "", is(), trigger.So},
		{"one that stopped", "ecs-task-running", "", is("lastStatus", "STOPPED"), trigger.Over},
		{"one of another definition", "ecs-task-running", "", is("taskDefinitionArn", "arn:aws:ecs:us-east-1:111122223333:task-definition/import:2"), trigger.NotSo},
		{"one by its definition's role", "ecs-task-running", backupRole, is(), trigger.So},
		{"one that was run with another role", "ecs-task-running", backupRole, is("overrides", map[string]any{"taskRoleArn": otherRole}), trigger.NotSo},
		{"no ECS task", "ecs-task-running", "", map[string]answer{"DescribeTasks": {body: map[string]any{}}}, trigger.NotSo},
		{"no cluster", "ecs-task-running", "", map[string]answer{"DescribeTasks": {code: "ClusterNotFoundException"}}, trigger.NotSo},
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
		{"a deployment in progress", "codedeploy-start", "", deployed("InProgress", "2026-08-06T11:00:00Z"), trigger.So},
		{"one that was only made", "codedeploy-start", "", deployed("Created", "2026-08-06T11:00:00Z"), trigger.So},
		{"one that was stopped", "codedeploy-start", "", deployed("Stopped", "2026-08-06T11:00:00Z"), trigger.Over},
		{"one whose role is not told", "codedeploy-start", backupRole, deployed("InProgress", "2026-08-06T11:00:00Z"), trigger.CannotBeAsked},
		{"no deployment", "codedeploy-start", "", map[string]answer{"GetDeployment": {code: "DeploymentDoesNotExistException"}}, trigger.NotSo},
		{"a pipeline in progress", "codepipeline-started", "", execution("InProgress"), trigger.So},
		{"one that was superseded", "codepipeline-started", "", execution("Superseded"), trigger.Over},
		{"no pipeline", "codepipeline-started", "", map[string]answer{"GetPipelineExecution": {code: "PipelineNotFoundException"}}, trigger.NotSo},
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
		{"an alarm that rings", "alarm-alarm", "", is("MetricAlarms"), trigger.So},
		{"one of alarms", "alarm-alarm", "", is("CompositeAlarms"), trigger.So},
		{"one of logs", "alarm-alarm", "", is("LogAlarms"), trigger.So},
		{"one that closed", "alarm-alarm", "", is("MetricAlarms", "StateValue", "OK"), trigger.Over},
		{"one that rings again", "alarm-alarm", "", is("MetricAlarms", "StateTransitionedTimestamp", instant("2026-08-06T11:00:00Z")), trigger.Again},
		{"one of another ARN", "alarm-alarm", "", is("MetricAlarms", "AlarmArn", "arn:aws:cloudwatch:us-east-1:111122223333:alarm:Checkout-errors"), trigger.NotSo},
		{"one that is to pick a role", "alarm-alarm", backupRole, is("MetricAlarms"), trigger.CannotBeAsked},
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
		{"a rotation under way", "rotation-started", "", is(), trigger.So},
		{"a first one", "rotation-started", "", is("LastRotatedDate", nil), trigger.So},
		{"one that is done", "rotation-started", "", is("LastRotatedDate", instant("2026-08-06T04:00:09Z")), trigger.Over},
		{"one whose version is current", "rotation-started", "", is("VersionIdsToStages", map[string]any{"a": []any{"AWSCURRENT", "AWSPENDING"}}), trigger.NotSo},
		{"a secret that is not rotated", "rotation-started", "", is("RotationEnabled", false), trigger.NotSo},
		{"a secret that is deleted", "rotation-started", "", is("DeletedDate", instant("2026-08-05T04:00:09Z")), trigger.NotSo},
		{"no secret", "rotation-started", "", nil, trigger.NotSo},
	}
}

// What the services are asked, as it goes over the wire.
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
			if _, err := f.facts().Confirm(t.Context(), told(t, c.event)); err != nil && len(f.calls) == 0 {
				t.Fatal(err)
			}
			if f.calls[0] != c.want {
				t.Errorf("asked %s\nwant  %s", f.calls[0], c.want)
			}
		})
	}
}

// A service that is busy says nothing: the event is to come again.
func TestBusy(t *testing.T) {
	f := serve(t, map[string]answer{"GetDeployment": {code: "ThrottlingException"}})
	got, err := f.facts().Confirm(t.Context(), told(t, "codedeploy-start"))
	if got != (trigger.Fact{}) || access.KindOf(err) != access.Transient {
		t.Errorf("fact = %+v, %v, want an error that is Transient", got, err)
	}
}

// What is told by nobody who can be asked, or of where nothing is to be done, is asked of nobody.
func TestNobodyIsAsked(t *testing.T) {
	own := told(t, "curfew-task-started")
	with := func(s events.Signal, change func(*events.Signal)) events.Signal {
		change(&s)
		return s
	}
	for _, c := range []struct {
		name string
		s    events.Signal
		want trigger.Truth
	}{
		{"a task of a sender's account", with(own, func(s *events.Signal) { s.Account = "555566667777" }), trigger.So},
		{"a task of a member account that may not send", with(own, func(s *events.Signal) { s.Account = "111122223333" }), trigger.NotSo},
		{"a task without an account", with(own, func(s *events.Signal) { s.Account = "" }), trigger.NotSo},
		{"an account that is no member", with(told(t, "backup-job-running"), func(s *events.Signal) { s.Account = "999988887777" }), trigger.CannotBeAsked},
		{"a source that is not known", with(told(t, "backup-job-running"), func(s *events.Signal) { s.Source = "aws.glue" }), trigger.CannotBeAsked},
		{"an end", told(t, "backup-job-completed"), trigger.CannotBeAsked},
		{"a pipeline of another account", with(told(t, "codepipeline-started"), func(s *events.Signal) { s.Resource = "arn:aws:codepipeline:us-east-1:555566667777:checkout" }), trigger.CannotBeAsked},
		{"an ECS task whose ARN names no cluster", with(told(t, "ecs-task-running"), func(s *events.Signal) { s.Task.ID = "arn:aws:ecs:us-east-1:111122223333:task/c13b4cb4" }), trigger.CannotBeAsked},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := serve(t, nil)
			got, err := f.facts().Confirm(t.Context(), c.s)
			if err != nil || got.Truth != c.want || len(f.calls) > 0 {
				t.Errorf("truth = %q, %v, asked %q; want %q and nobody asked", got.Truth, err, f.calls, c.want)
			}
		})
	}
}

// When the run began is told with the fact: a start of long ago begins nothing.
func TestSinceWhenIsTold(t *testing.T) {
	f := serve(t, map[string]answer{"GetDeployment": {body: map[string]any{"deploymentInfo": map[string]any{"status": "InProgress", "createTime": instant("2026-08-06T11:00:00Z")}}}})
	got, err := f.facts().Confirm(t.Context(), told(t, "codedeploy-start"))
	if want := (trigger.Fact{Truth: trigger.So, Since: instant("2026-08-06T11:00:00Z")}); err != nil || got.Truth != want.Truth || !got.Since.Equal(want.Since) {
		t.Errorf("fact = %+v, %v, want %+v", got, err, want)
	}
}
