package events

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/task"
)

const (
	ours      = "111122223333"
	backupRun = "arn:aws:iam::" + ours + ":role/backup-runner"
	volume    = "arn:aws:ec2:us-east-1:" + ours + ":volume/vol-0a1b2c3d4e5f60718"
	secret    = "arn:aws:secretsmanager:us-east-1:" + ours + ":secret:signing/key-WoDpmU"
	machine   = "arn:aws:states:us-east-1:" + ours + ":stateMachine:summarize-tickets"
	run       = "arn:aws:states:us-east-1:" + ours + ":execution:summarize-tickets:run-2026-08-06"
	ecsRun    = "arn:aws:ecs:us-east-1:" + ours + ":task/jobs/c13b4cb40f1f4fe4a2971f76ae5a47ad"
	import1   = "arn:aws:ecs:us-east-1:" + ours + ":task-definition/import:1"
	reindex   = "arn:aws:batch:us-east-1:" + ours + ":job-definition/reindex:1"
	app       = "arn:aws:codedeploy:us-east-1:" + ours + ":application:checkout"
	pipe      = "arn:aws:codepipeline:us-east-1:" + ours + ":pipeline:checkout"
	alarmARN  = "arn:aws:cloudwatch:us-east-1:" + ours + ":alarm:checkout-errors"
)

// wantedSignal is what is wanted of one example; the id, account and Region are the same in all.
type wantedSignal struct {
	task         string // kind and id; empty: ErrNotATask
	state        State
	at           string
	role, about  string
	isConfirmed  bool
	fromTheirBus string // source
}

func wanted() map[string]wantedSignal {
	backup := func(id string, s State, at, role, about string, ok bool) wantedSignal {
		return wantedSignal{"backup/" + id, s, at, role, about, ok, "aws.backup"}
	}
	const job, restore, copied = "B6EC38D2-CB3C-EF0A-F5A4-3CF324EF4945", "AB123456-78C9-0123-456D-789012E34567", "0175DE71-5784-589F-D8AC-541ACCB4CAC8"
	alarmed := func(s State, at string) wantedSignal {
		return wantedSignal{"incident/" + alarmARN, s, at, "", alarmARN, true, "aws.cloudwatch"}
	}
	rotated := func(s State, at string) wantedSignal {
		return wantedSignal{"rotation/" + secret, s, at, "", "", false, "aws.secretsmanager"}
	}
	ran := func(s State, at string) wantedSignal {
		return wantedSignal{"workflow/" + run, s, at, "", machine, true, "aws.states"}
	}
	deployed := func(s State, at string) wantedSignal {
		return wantedSignal{"change/d-A1B2C3D4E", s, at, "", app, true, "aws.codedeploy"}
	}
	piped := func(s State, at string, ok bool) wantedSignal {
		return wantedSignal{"change/0a1b2c3d-0123-4567-89ab-0123456789ab", s, at, "", pipe, ok, "aws.codepipeline"}
	}
	contained := func(s State, at string, ok bool) wantedSignal {
		return wantedSignal{"workflow/" + ecsRun, s, at, "", import1, ok, "aws.ecs"}
	}
	batched := func(s State, at string) wantedSignal {
		return wantedSignal{"workflow/4c7599ae-0a82-49aa-ba5a-4727fcce14a8", s, at, "arn:aws:iam::" + ours + ":role/reindex", reindex, true, "aws.batch"}
	}
	return map[string]wantedSignal{
		"backup-job-created":   backup(job, Other, "2026-08-06T02:00:09Z", "", "", true),
		"backup-job-pending":   backup(job, Other, "2026-08-06T02:02:11Z", backupRun, volume, true),
		"backup-job-running":   backup(job, Started, "2026-08-06T02:00:04Z", backupRun, volume, true),
		"backup-job-aborting":  backup(job, Other, "2026-08-06T02:09:14Z", backupRun, volume, false),
		"backup-job-aborted":   backup(job, Ended, "2026-08-06T02:11:01Z", backupRun, volume, true),
		"backup-job-completed": backup(job, Ended, "2026-08-06T02:40:05Z", backupRun, volume, true),
		"backup-job-failed":    backup(job, Ended, "2026-08-06T02:41:30Z", backupRun, volume, true),
		"backup-job-expired":   backup(job, Ended, "2026-08-06T03:02:15Z", backupRun, volume, true),
		"backup-job-partial":   backup(job, Ended, "2026-08-06T02:40:05Z", backupRun, volume, false),

		"restore-job-created":   backup(restore, Other, "2026-08-06T09:00:31Z", "", "", true),
		"restore-job-pending":   backup(restore, Other, "2026-08-06T09:01:31Z", backupRun, "", true),
		"restore-job-running":   backup(restore, Started, "2026-08-06T09:00:26Z", backupRun, "", true),
		"restore-job-completed": backup(restore, Ended, "2026-08-06T09:31:53Z", backupRun, volume, true),
		"restore-job-failed":    backup(restore, Ended, "2026-08-06T09:31:53Z", backupRun, "", true),
		"restore-job-aborted":   backup(restore, Ended, "2026-08-06T09:31:53Z", backupRun, "", false),

		"copy-job-created":   {fromTheirBus: "aws.backup", at: "2026-08-06T02:50:32Z"},
		"copy-job-running":   backup(copied, Started, "2026-08-06T02:50:27Z", backupRun, volume, true),
		"copy-job-completed": backup(copied, Ended, "2026-08-06T03:11:58Z", backupRun, volume, true),
		"copy-job-failed":    backup(copied, Ended, "2026-08-06T03:11:58Z", backupRun, volume, true),
		"copy-job-partial":   backup(copied, Ended, "2026-08-06T03:11:58Z", backupRun, volume, false),

		"alarm-alarm":             alarmed(Started, "2026-08-06T10:00:00Z"),
		"alarm-insufficient-data": alarmed(Other, "2026-08-06T10:15:00Z"),
		"alarm-ok":                alarmed(Ended, "2026-08-06T10:25:00Z"),

		"rotation-called":                    rotated(Started, "2026-08-06T04:00:01Z"),
		"rotation-started":                   rotated(Started, "2026-08-06T04:00:03Z"),
		"rotation-succeeded":                 rotated(Ended, "2026-08-06T04:01:40Z"),
		"rotation-succeeded-service-details": rotated(Ended, "2026-08-06T04:01:40Z"),
		"rotation-failed":                    rotated(Ended, "2026-08-06T04:06:12Z"),
		"rotation-abandoned":                 rotated(Ended, "2026-08-06T04:06:12Z"),

		"states-execution-running":   ran(Started, "2026-08-06T07:00:00Z"),
		"states-execution-succeeded": ran(Ended, "2026-08-06T07:04:09Z"),
		"states-execution-failed":    ran(Ended, "2026-08-06T07:04:09Z"),
		"states-execution-timed-out": ran(Ended, "2026-08-06T07:04:09Z"),
		"states-execution-aborted":   ran(Ended, "2026-08-06T07:04:09Z"),

		"codedeploy-start":   deployed(Started, "2026-08-06T11:00:05Z"),
		"codedeploy-ready":   deployed(Other, "2026-08-06T11:03:05Z"),
		"codedeploy-success": deployed(Ended, "2026-08-06T11:09:31Z"),
		"codedeploy-failure": deployed(Ended, "2026-08-06T11:09:31Z"),
		"codedeploy-stop":    deployed(Ended, "2026-08-06T11:09:31Z"),

		"codepipeline-started":    piped(Started, "2026-08-06T12:00:00Z", true),
		"codepipeline-resumed":    piped(Started, "2026-08-06T12:20:00Z", true),
		"codepipeline-stopping":   piped(Other, "2026-08-06T12:25:00Z", false),
		"codepipeline-stopped":    piped(Ended, "2026-08-06T12:30:00Z", false),
		"codepipeline-succeeded":  piped(Ended, "2026-08-06T12:30:00Z", true),
		"codepipeline-failed":     piped(Ended, "2026-08-06T12:30:00Z", true),
		"codepipeline-canceled":   piped(Ended, "2026-08-06T12:30:00Z", true),
		"codepipeline-superseded": piped(Ended, "2026-08-06T12:30:00Z", true),

		"ecs-task-provisioning":   contained(Other, "2026-08-06T13:01:00Z", false),
		"ecs-task-pending":        contained(Other, "2026-08-06T13:02:00Z", true),
		"ecs-task-activating":     contained(Other, "2026-08-06T13:03:00Z", false),
		"ecs-task-running":        contained(Started, "2026-08-06T13:04:00Z", true),
		"ecs-task-deactivating":   contained(Other, "2026-08-06T13:05:00Z", false),
		"ecs-task-stopping":       contained(Other, "2026-08-06T13:06:00Z", false),
		"ecs-task-deprovisioning": contained(Other, "2026-08-06T13:07:00Z", false),
		"ecs-task-stopped":        contained(Ended, "2026-08-06T13:08:00Z", true),

		"batch-job-pending":   batched(Other, "2026-08-06T14:00:10Z"),
		"batch-job-runnable":  batched(Other, "2026-08-06T14:01:10Z"),
		"batch-job-starting":  batched(Other, "2026-08-06T14:02:10Z"),
		"batch-job-running":   batched(Started, "2026-08-06T14:04:05Z"),
		"batch-job-succeeded": batched(Ended, "2026-08-06T14:09:05Z"),
		"batch-job-failed":    batched(Ended, "2026-08-06T14:09:05Z"),

		"curfew-task-started": {"change/CHG-1042", Started, "2026-08-06T15:00:00Z", "", "", true, "curfew.task"},
		"curfew-task-ended":   {"change/CHG-1042", Ended, "2026-08-06T16:00:00Z", "", "", true, "curfew.task"},
		"elevation-active":    {fromTheirBus: "curfew", at: "2026-08-06T15:02:00Z"},
		"elevation-ended":     {fromTheirBus: "curfew", at: "2026-08-06T15:32:01Z"},
		"finding-new":         {fromTheirBus: "curfew", at: "2026-10-05T09:00:00Z"},
	}
}

func TestEveryExampleIsReadAsItSays(t *testing.T) {
	all := wanted()
	for _, name := range Examples() {
		t.Run(name, func(t *testing.T) {
			want, ok := all[strings.TrimSuffix(name, ".json")]
			if !ok {
				t.Fatal("no case for this example")
			}
			got, err := Read(example(t, name))
			if (want.task == "") != errors.Is(err, ErrNotATask) || want.task != "" && err != nil {
				t.Fatalf("error = %v, want a task: %t", err, want.task != "")
			}
			if got.ID == "" {
				t.Error("id is empty")
			}
			if w := want.signal(t, got.ID); got != w {
				t.Errorf("signal\n got %+v\nwant %+v", got, w)
			}
		})
		delete(all, strings.TrimSuffix(name, ".json"))
	}
	for name := range all {
		t.Errorf("no example for the case %s", name)
	}
}

// signal is the whole Signal that w stands for; the id is the example's own.
func (w wantedSignal) signal(t *testing.T, id string) Signal {
	t.Helper()
	at, err := time.Parse(time.RFC3339, w.at)
	if err != nil {
		t.Fatal(err)
	}
	s := Signal{
		State: w.state, Source: w.fromTheirBus, At: at, ID: id, Account: ours, Region: "us-east-1",
		Role: w.role, Resource: w.about, Confirmed: w.isConfirmed,
	}
	if w.task == "" {
		s.State = Other
		return s
	}
	s.Task.Kind, s.Task.ID, _ = strings.Cut(w.task, "/")
	return s
}

func TestAStartThatIsToldLateIsNotAfterTheEnd(t *testing.T) {
	for running, over := range map[string]string{
		"backup-job-running":       "backup-job-completed",
		"restore-job-running":      "restore-job-completed",
		"copy-job-running":         "copy-job-completed",
		"alarm-alarm":              "alarm-ok",
		"rotation-started":         "rotation-succeeded",
		"rotation-called":          "rotation-succeeded",
		"states-execution-running": "states-execution-succeeded",
		"ecs-task-running":         "ecs-task-stopped",
		"batch-job-running":        "batch-job-succeeded",
	} {
		start, err := Read(with(t, example(t, running), "time", "2026-08-07T00:00:00Z"))
		if err != nil {
			t.Fatal(err)
		}
		end, err := Read(example(t, over))
		if err != nil {
			t.Fatal(err)
		}
		if start.Task != end.Task || !start.At.Before(end.At) {
			t.Errorf("%s at %s and %s at %s: want the same task, and the start before the end", running, start.At, over, end.At)
		}
	}
}

func TestExamplesShareNoEnvelopeID(t *testing.T) {
	seen := map[string]string{}
	for _, name := range Examples() {
		s, err := Read(example(t, name))
		if err != nil && !errors.Is(err, ErrNotATask) {
			t.Fatal(err)
		}
		if other := seen[s.ID]; other != "" {
			t.Errorf("%s and %s have the same id %s", name, other, s.ID)
		}
		seen[s.ID] = name
	}
}

func TestEveryKindAndStateHasAnExampleOrAReason(t *testing.T) {
	// Never sent: Batch says nothing of the submission itself, ECS shows the deletion to DescribeTasks only, and a
	// pending redrive is a state of a map's children.
	never := []string{"SUBMITTED", "DELETED", "PENDING_REDRIVE"}
	shown := map[header]map[string]bool{}
	for _, name := range Examples() {
		e, err := openEnvelope(example(t, name))
		if err != nil {
			t.Fatal(err)
		}
		h := header{e.source, e.detailType}
		if k, ok := kinds[h]; ok {
			if shown[h] == nil {
				shown[h] = map[string]bool{}
			}
			_, state, err := e.first(k.state)
			if err != nil {
				t.Fatal(err)
			}
			shown[h][state] = true
		}
	}
	for h, k := range kinds {
		for state := range k.states {
			if !shown[h][state] && !slices.Contains(never, state) {
				t.Errorf("no example of %s %q in state %s", h.source, h.detailType, state)
			}
		}
	}
}

func TestExampleByName(t *testing.T) {
	short, err := Example("alarm-ok")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(short), string(example(t, "alarm-ok.json")); got != want {
		t.Errorf("without .json:\n%s\nwith:\n%s", got, want)
	}
	for _, name := range []string{"", "none", "../doc.go", "../read_test.go", "."} {
		if raw, err := Example(name); err == nil {
			t.Errorf("Example(%q) = %d bytes, want an error", name, len(raw))
		}
	}
}

func TestTaskKindsOfTheTableAreAccess(t *testing.T) {
	for h, k := range kinds {
		if k.task != "" && !slices.Contains(task.Kinds(), k.task) {
			t.Errorf("%s: kind %q is not one of %v", h.source, k.task, task.Kinds())
		}
	}
}

func example(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := Example(name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
