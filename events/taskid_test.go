package events

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"curfew/shared/task"
)

// endExamples are examples of the events by which each source ends a task; ownTask has its kind in the detail.
func endExamples() []string {
	return []string{
		"backup-job-completed", "restore-job-completed", "copy-job-completed", "alarm-ok", "rotation-succeeded", "states-execution-succeeded",
		"codedeploy-success", "codepipeline-succeeded", "ecs-task-stopped", "batch-job-succeeded", "curfew-task-ended",
	}
}

// startExamples returns the events by which a task starts. RotateSecret has no end.
func startExamples() []string {
	return []string{
		"backup-job-running", "restore-job-running", "copy-job-running", "alarm-alarm", "rotation-started", "rotation-called", "states-execution-running",
		"codedeploy-start", "codepipeline-started", "ecs-task-running", "batch-job-running", "curfew-task-started",
	}
}

func headerOf(t rapid.TB, raw []byte) header {
	e, err := openEnvelope(raw)
	if err != nil {
		t.Fatal(err)
	}
	return header{e.source, e.detailType}
}

// withTask changes an event to report task, in the account of its id.
func withTask(t rapid.TB, raw []byte, k kind, task task.Task) []byte {
	if part := strings.SplitN(task.ID, ":", 6); k.arnService != "" && len(part) == 6 {
		raw = withValue(t, raw, "account", part[4])
	}
	if k.task == "" {
		raw = withValue(t, raw, "detail.kind", task.Kind)
	}
	if k.ids[0] == resources {
		return withValue(t, raw, resources, []string{task.ID})
	}
	return withValue(t, raw, k.ids[0], task.ID)
}

func withValue(t rapid.TB, raw []byte, path string, value any) []byte {
	out, err := set(raw, path, func(at map[string]any, name string) { at[name] = value })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// drawNames are what people call things, and what they should not.
func drawNames() *rapid.Generator[string] {
	parts := []string{
		"Cpu", "High", " ", "  ", "-", "_", "/", ":", ".", "!", "rds!cluster", "#", "%", "(5xx)", "[prod]", ">", "80%", "*", "?", "$", "${", "{", "\\", "\"", "'", "&",
		"é", "e\u0301", "障害", "ж", "🔥", "\ufe0f", "\u200b", "\u202e", "\u00a0", "\u3164", "\ufffd", "\x00", "\n", "\t", "\x7f", strings.Repeat("a", 180), strings.Repeat("高", 70),
	}
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 6).Draw(t, "parts"), "")
	})
}

// tasks are of every kind, with ids of every form, right and nearly right.
func tasks() *rapid.Generator[task.Task] {
	type form struct{ kind, head string }
	forms := []form{
		{"incident", "arn:aws:cloudwatch:us-east-1:111122223333:alarm:"}, {"incident", "arn:aws-us-gov:cloudwatch:us-gov-west-1:111122223333:alarm:"},
		{"workflow", "arn:aws:states:us-east-1:111122223333:execution:machine:"}, {"workflow", "arn:aws:ecs:us-east-1:111122223333:task/jobs/"},
		{"rotation", "arn:aws:secretsmanager:us-east-1:111122223333:secret:"},
		{"change", ""}, {"backup", ""}, {"workflow", ""}, {"incident", "arn:aws:ssm:us-east-1:111122223333:x/"},
		{"incident", "arn:aws:cloudwatch:us-east-1:111122223333:dashboard/"}, {"workflow", "arn:aws:states:us-east-1:111122223333:express:machine:"},
		{"incident", "arn:aws:CloudWatch:us-east-1:111122223333:alarm:"}, {"incident", "arn:aws:cloudwatch::111122223333:alarm:"}, {"incident", "arn:"},
	}
	plain := rapid.StringMatching(`[A-Za-z0-9_.-]{1,12}( [A-Za-z0-9]{1,8})?`)
	return rapid.Custom(func(t *rapid.T) task.Task {
		f := rapid.SampledFrom(forms).Draw(t, "form")
		if rapid.IntRange(0, 9).Draw(t, "another kind") == 0 {
			f.kind = rapid.SampledFrom(task.Kinds()).Draw(t, "kind")
		}
		return task.Task{Kind: f.kind, ID: f.head + rapid.OneOf(drawNames(), plain).Draw(t, "name")}
	})
}

// canServe reports whether events of a kind can be about a task: their own ids are ARNs of their service, or are not.
func canServe(k kind, task task.Task) bool {
	ofService := func(service string) bool {
		return strings.HasPrefix(task.ID, "arn:") && strings.Split(task.ID+":::", ":")[2] == service
	}
	switch {
	case k.task == "":
		return true
	case k.task != task.Kind:
		return false
	case k.arnService != "":
		return ofService(k.arnService)
	}
	return !slices.ContainsFunc([]string{"cloudwatch", "states", "ecs", "secretsmanager"}, ofService)
}

// What can be asked for is read, as a start and as an end, of every source that could name it.
func TestWhatCanBeAskedForIsReadAsAnEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		task := tasks().Draw(t, "task")
		if task.Check() != nil {
			return
		}
		wantRead(t, task, startExamples(), Started)
		by := wantRead(t, task, endExamples(), Ended)
		if strings.HasPrefix(task.ID, "arn:aws") && !strings.HasPrefix(task.ID, "arn:aws:ssm:") && by < 2 {
			t.Errorf("%q: no event of its own service can end it", task.ID)
		}
	})
}

// wantRead wants every event that can be about the task to be read, and gives how many can be.
func wantRead(t *rapid.T, task task.Task, names []string, want State) (by int) {
	for _, name := range names {
		raw, err := Example(name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		k := kinds[headerOf(t, raw)]
		if !canServe(k, task) {
			continue
		}
		got, err := Read(withTask(t, raw, k, task))
		if err != nil || got.State != want || got.Task != task {
			t.Errorf("%s: %+v, %v; want %q as %s", name, got, err, task, want)
		}
		by++
	}
	return by
}

// What is read, as a start or an end, can be asked for.
func TestWhatIsReadCanBeAskedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		task := tasks().Draw(t, "task")
		name := rapid.SampledFrom(slices.Concat(endExamples(), startExamples())).Draw(t, "event")
		raw, err := Example(name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		got, err := Read(withTask(t, raw, kinds[headerOf(t, raw)], task))
		if err != nil {
			return
		}
		if err := got.Task.Check(); err != nil {
			t.Errorf("%s: %q was read and cannot be asked for: %v", name, got.Task, err)
		}
	})
}

// Every kind of event that ends a task is among those that the properties hold.
func TestTheExamplesOfEndsAreOfEveryKind(t *testing.T) {
	for h, k := range kinds {
		for _, c := range []struct {
			state State
			names []string
		}{{Ended, endExamples()}, {Started, startExamples()}} {
			tells := false
			for _, m := range k.states {
				tells = tells || m.state == c.state
			}
			has := slices.ContainsFunc(c.names, func(name string) bool { return headerOf(t, example(t, name+".json")) == h })
			if tells != has {
				t.Errorf("%v can report %s: %v; it has an example here: %v", h, c.state, tells, has)
			}
		}
	}
}

func TestNamesThatServicesPermit(t *testing.T) {
	const in = "us-east-1:" + ours
	for _, c := range []struct{ name, example, field, id string }{
		{"a space", "alarm-ok", "", "arn:aws:cloudwatch:" + in + ":alarm:Cpu High"},
		{"signs of every sort", "alarm-ok", "", `arn:aws:cloudwatch:` + in + `:alarm:[prod] "errors" (5xx) > 80% & <'\*?${x}`},
		{"another script", "alarm-ok", "", "arn:aws:cloudwatch:" + in + ":alarm:障害 é"},
		{"255 characters of three bytes", "alarm-ok", "", "arn:aws:cloudwatch:" + in + ":alarm:" + strings.Repeat("高", 255)},
		{"the longest secret", "rotation-succeeded", "detail.additionalEventData.SecretId", "arn:aws:secretsmanager:" + in + ":secret:" + strings.Repeat("a", 512) + "-AbCdEf"},
		{"a secret that RDS manages", "rotation-succeeded", "detail.additionalEventData.SecretId", "arn:aws:secretsmanager:" + in + ":secret:rds!cluster-8c4f-AbCdEf"},
		{"the longest execution", "states-execution-succeeded", "detail.executionArn", "arn:aws:states:" + in + ":execution:" + strings.Repeat("m", 80) + ":" + strings.Repeat("e", 80)},
		{"a child of a map run", "states-execution-succeeded", "detail.executionArn", "arn:aws:states:" + in + ":execution:import/Map:f4b7d6f8-8d4d-3bf6-a3d2-1f5b3b6f0d7b"},
		{"the longest cluster", "ecs-task-stopped", "detail.taskArn", "arn:aws:ecs:" + in + ":task/" + strings.Repeat("c", 255) + "/c13b4cb40f1f4fe4a2971f76ae5a47ad"},
		{"a job of an array", "batch-job-succeeded", "detail.jobId", "4c7599ae-0a82-49aa-ba5a-4727fcce14a8:17"},
		{"a node of a job", "batch-job-succeeded", "detail.jobId", "4c7599ae-0a82-49aa-ba5a-4727fcce14a8#0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := with(t, example(t, c.example), resources, []any{c.id})
			if c.field != "" {
				raw = with(t, example(t, c.example), c.field, c.id)
			}
			got, err := Read(raw)
			if err != nil || got.Task.ID != c.id || got.State != Ended {
				t.Errorf("read %+v, %v; want the end of %q", got, err, c.id)
			}
		})
	}
}

// An end is not lost for what only a start is judged by.
func TestAnEndIsNotLostForItsRoleOrResource(t *testing.T) {
	for _, c := range []struct{ example, field string }{
		{"backup-job-completed", "detail.iamRoleArn"}, {"backup-job-completed", "detail.resourceArn"}, {"restore-job-completed", "detail.sourceResourceArn"},
		{"states-execution-succeeded", "detail.stateMachineArn"}, {"codedeploy-success", "resources"}, {"codepipeline-succeeded", "resources"},
		{"ecs-task-stopped", "detail.taskDefinitionArn"}, {"batch-job-succeeded", "detail.jobDefinition"},
	} {
		for _, v := range []any{"no ARN", "arn:aws:x\u202e", 7, []any{1}, map[string]any{}} {
			if got, err := Read(with(t, example(t, c.example), c.field, v)); err != nil || got.State != Ended {
				t.Errorf("%s with %s %v: %+v, %v; want an end", c.example, c.field, v, got, err)
			}
		}
	}
}
