package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// needed are the fields without which an event means nothing, beside those of the envelope.
var needed = map[string][]string{
	"backup-job-created":      {"detail.backupJobId", "detail.state"},
	"backup-job-running":      {"detail.backupJobId", "detail.state"},
	"backup-job-completed":    {"detail.backupJobId", "detail.state"},
	"restore-job-running":     {"detail.restoreJobId", "detail.status"},
	"copy-job-running":        {"detail.copyJobId", "detail.state"},
	"alarm-alarm":             {"resources", "detail.state", "detail.state.value"},
	"rotation-started":        {"detail.additionalEventData", "detail.additionalEventData.SecretId", "detail.eventName"},
	"states-execution-failed": {"detail.executionArn", "detail.status"},
	"codedeploy-start":        {"detail.deploymentId", "detail.state"},
	"codepipeline-started":    {"detail.execution-id", "detail.state"},
	"ecs-task-running":        {"detail.taskArn", "detail.lastStatus"},
	"batch-job-running":       {"detail.jobId", "detail.status"},
	"curfew-task-started":     {"detail.kind", "detail.id", "detail.state"},
}

func envelopeFields() []string {
	return []string{"source", "detail-type", "id", "account", "region", "time", "detail"}
}

func TestAFieldThatIsNeededIsMissing(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(needed)) {
		for _, field := range append(envelopeFields(), needed[name]...) {
			t.Run(name+" "+field, func(t *testing.T) {
				for _, raw := range [][]byte{without(t, example(t, name), field), with(t, example(t, name), field, nil)} {
					wantShape(t, raw, field)
				}
			})
		}
	}
}

func TestAFieldThatIsNeededIsOfAnotherType(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(needed)) {
		for _, field := range append(envelopeFields(), needed[name]...) {
			t.Run(name+" "+field, func(t *testing.T) {
				for _, v := range []any{true, []any{"x"}, 1.5} {
					wantShape(t, with(t, example(t, name), field, v), field)
				}
			})
		}
	}
}

func TestFieldsThatAreThereMustBeRight(t *testing.T) {
	const other = "444455556666"
	for _, c := range []struct {
		name, example, field string
		value                any
	}{
		{"empty account", "alarm-ok", "account", ""},
		{"account of letters", "alarm-ok", "account", "aaaabbbbcccc"},
		{"account as a number", "alarm-ok", "account", 111122223333},
		{"region with a line break", "alarm-ok", "region", "us-east-1\n"},
		{"envelope id with a space", "alarm-ok", "id", "a b"},
		{"time without zone", "alarm-ok", "time", "2026-08-06T10:00:00"},
		{"time before there were events", "alarm-ok", "time", "1970-01-01T00:00:00Z"},
		{"time after the last year", "alarm-ok", "time", "9999-01-01T00:00:00Z"},
		{"detail is text", "alarm-ok", "detail", "{}"},
		{"source of spaces", "alarm-ok", "source", " "},
		{"unknown state", "backup-job-running", "detail.state", "PAUSED"},
		{"state in lower case", "backup-job-running", "detail.state", "running"},
		{"instant of the end", "backup-job-completed", "detail.completionDate", "soon"},
		{"end in seconds", "states-execution-failed", "detail.stopDate", 1785999849},
		{"end as a fraction", "states-execution-failed", "detail.stopDate", 1785999849875.5},
		{"role that is no ARN", "backup-job-running", "detail.iamRoleArn", "backup-runner"},
		{"role with a space", "backup-job-running", "detail.iamRoleArn", "arn:aws:iam::111122223333:role/a b"},
		{"role as an object", "backup-job-running", "detail.iamRoleArn", map[string]any{}},
		{"resource as a number", "backup-job-running", "detail.resourceArn", 1},
		{"resources of numbers", "alarm-ok", "resources", []any{1}},
		{"job id with a space at its end", "backup-job-running", "detail.backupJobId", "a "},
		{"job id with a look-alike", "backup-job-running", "detail.backupJobId", "jоb"},
		{"job id of 201", "backup-job-running", "detail.backupJobId", strings.Repeat("a", 201)},
		{"alarm of another account", "alarm-alarm", "resources", []any{"arn:aws:cloudwatch:us-east-1:" + other + ":alarm:checkout-errors"}},
		{"execution by name", "states-execution-running", "detail.executionArn", "run-2026-08-06"},
		{"execution of another account", "states-execution-running", "detail.executionArn", strings.Replace(run, ours, other, 1)},
		{"execution that is a function", "states-execution-running", "detail.executionArn", strings.Replace(run, ":states:", ":lambda:", 1)},
		{"task of another account", "ecs-task-running", "detail.taskArn", strings.Replace(ecsRun, ours, other, 1)},
		{"secret of another account", "rotation-started", "detail.additionalEventData.SecretId", strings.Replace(secret, ours, other, 1)},
		{"secret by name", "rotation-started", "detail.additionalEventData.SecretId", "signing/key"},
		{"secret with a wildcard", "rotation-started", "detail.additionalEventData.SecretId", strings.Replace(secret, "signing/key", "rds*", 1)},
		{"unknown kind", "curfew-task-started", "detail.kind", "errand"},
		{"kind in capitals", "curfew-task-started", "detail.kind", "Change"},
		{"unknown own state", "curfew-task-started", "detail.state", "paused"},
	} {
		t.Run(c.name, func(t *testing.T) { wantShape(t, with(t, example(t, c.example), c.field, c.value), c.field) })
	}
}

func TestWhatIsNoEvent(t *testing.T) {
	ok := string(example(t, "alarm-ok"))
	for _, c := range []struct{ name, raw, field string }{
		{"nothing", "", ""},
		{"null", "null", ""},
		{"a list", "[]", ""},
		{"text", `"event"`, ""},
		{"cut off", ok[:len(ok)/2], ""},
		{"two values", ok + ok, ""},
		{"not UTF-8", strings.Replace(ok, "checkout-errors", "checkout-\xff", 1), ""},
		{"deep", strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), ""},
		{"one byte too large", ok + strings.Repeat(" ", MaxSize-len(ok)+1), ""},
		{"duplicate key in the envelope", strings.Replace(ok, `"account":`, `"account": "444455556666", "account":`, 1), ""},
		{"duplicate key by an escape", strings.Replace(ok, `"account":`, `"acc\u006funt": "444455556666", "account":`, 1), ""},
		{"duplicate key in the detail", strings.Replace(ok, `"alarmName":`, `"alarmName": "other", "alarmName":`, 1), "detail"},
		{"duplicate key in the alarm's state", strings.Replace(ok, `"value": "OK"`, `"value": "ALARM", "value": "OK"`, 1), "detail.state"},
	} {
		t.Run(c.name, func(t *testing.T) { wantShape(t, []byte(c.raw), c.field) })
	}
}

func TestTheLargestEventIsRead(t *testing.T) {
	ok := string(example(t, "alarm-ok"))
	if _, err := Read([]byte(ok + strings.Repeat(" ", MaxSize-len(ok)))); err != nil {
		t.Error(err)
	}
}

func TestAKeyInAnotherCaseIsAnotherKey(t *testing.T) {
	raw := with(t, example(t, "backup-job-running"), "detail.State", "COMPLETED")
	got, err := Read(with(t, raw, "Account", "444455556666"))
	if err != nil {
		t.Fatal(err)
	}
	if got.State != Started || got.Account != ours {
		t.Errorf("read %s of account %s, want %s of %s", got.State, got.Account, Started, ours)
	}
}

func TestWhatTellsOfNoTask(t *testing.T) {
	for _, c := range []struct {
		name, example, field string
		value                any
	}{
		{"another source", "alarm-ok", "source", "aws.guardduty"},
		{"another detail-type", "alarm-ok", "detail-type", "CloudWatch Alarm Configuration Change"},
		{"a stage of a pipeline", "codepipeline-started", "detail-type", "CodePipeline Stage Execution State Change"},
		{"our own source with theirs", "backup-job-running", "source", "curfew.task"},
		{"somebody else's source with ours", "curfew-task-started", "source", "my.app"},
		{"what Curfew tells, by another name", "elevation-active", "source", "curfew-test"},
		{"a rotation that is only tried", "rotation-started", "detail.eventName", "TestRotationStarted"},
		{"another call", "rotation-called", "detail.eventName", "GetSecretValue"},
		{"a call that was refused", "rotation-called", "detail.errorCode", "AccessDenied"},
		{"a call that sets a schedule", "rotation-called", "detail.requestParameters.rotateImmediately", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Read(with(t, example(t, c.example), c.field, c.value))
			if !errors.Is(err, ErrNotATask) {
				t.Fatalf("error = %v, want ErrNotATask", err)
			}
			if got.State != Other || got.Task.ID != "" || got.ID == "" || got.Account != ours {
				t.Errorf("signal = %+v, want what the envelope says and no task", got)
			}
		})
	}
}

func TestTheSecretIsFoundInEveryPlace(t *testing.T) {
	bare := without(t, example(t, "rotation-started"), "detail.additionalEventData")
	for _, place := range []map[string]any{
		{"detail.additionalEventData": map[string]any{"SecretId": secret}},
		{"detail.serviceEventDetails": map[string]any{"secretId": secret}},
		{"detail.requestParameters": map[string]any{"secretId": secret}},
	} {
		for field, value := range place {
			got, err := Read(with(t, bare, field, value))
			if err != nil || got.Task.ID != secret {
				t.Errorf("%s: task %q, %v; want %q", field, got.Task.ID, err, secret)
			}
		}
	}
}

func TestACallThatNamesTheSecretInShort(t *testing.T) {
	raw := with(t, example(t, "rotation-called"), "detail.requestParameters.secretId", "signing/key")
	if got, err := Read(raw); err != nil || got.Task.ID != secret {
		t.Errorf("task %q, %v; want %q, from the answer", got.Task.ID, err, secret)
	}
	wantShape(t, with(t, raw, "detail.responseElements", nil), "detail.requestParameters.secretId")
}

func TestInstantsInEveryForm(t *testing.T) {
	want := time.Date(2026, 8, 6, 10, 0, 0, 0, time.UTC)
	for _, v := range []any{
		"2026-08-06T10:00:00Z", "2026-08-06T10:00:00.999Z", "2026-08-06T12:00:00+02:00", "2026-08-06T10:00:00.000+0000",
		"2026-08-06T10:00:00+0000", "2026-08-06T12:00:00.5+0200", "Aug 6, 2026 10:00:00 AM", 1786010400000, 1786010400999,
	} {
		got, err := Read(with(t, example(t, "alarm-ok"), "detail.state.timestamp", v))
		if err != nil || got.At != want {
			t.Errorf("%v: at %s, %v; want %s", v, got.At, err, want)
		}
	}
}

func TestAnErrorShowsLittleOfWhatItRefuses(t *testing.T) {
	long := strings.Repeat("a", 10_000) + "\n"
	named := with(t, example(t, "alarm-ok"), "detail-type", long)
	for name, raw := range map[string][]byte{
		"detail-type":   with(t, named, "account", "x"),
		"id":            with(t, example(t, "alarm-ok"), "id", long),
		"account":       with(t, example(t, "alarm-ok"), "account", long),
		"time":          with(t, example(t, "alarm-ok"), "time", long),
		"detail":        with(t, example(t, "alarm-ok"), "detail", long),
		"alarm's state": with(t, example(t, "alarm-ok"), "detail.state.value", long),
		"resource":      with(t, example(t, "alarm-ok"), "resources", []any{long}),
		"kind":          with(t, example(t, "curfew-task-ended"), "detail.kind", long),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(raw)
			if err == nil {
				t.Fatal("no error")
			}
			if text := err.Error(); len(text) > 500 || strings.Contains(text, "\n") {
				t.Errorf("error of %d bytes: %.600q", len(text), text)
			}
		})
	}
}

// wantShape wants raw refused for the field: its own path, or the one above it that is not an object.
func wantShape(t *testing.T, raw []byte, field string) {
	t.Helper()
	got, err := Read(raw)
	shape, ok := errors.AsType[*ShapeError](err)
	if !ok {
		t.Fatalf("Read = %+v, %v; want a ShapeError", got, err)
	}
	if shape.Field != field && !strings.HasPrefix(shape.Field, field+".") && !strings.HasPrefix(field, shape.Field+".") {
		t.Errorf("field = %q, want %q: %v", shape.Field, field, err)
	}
	if shape.Why == "" {
		t.Error("the error gives no reason")
	}
	if got != (Signal{}) {
		t.Errorf("signal = %+v with an error, want none", got)
	}
}

// with gives raw with another value at path; without, with none.
func with(t testing.TB, raw []byte, path string, value any) []byte {
	t.Helper()
	return edit(t, raw, path, func(at map[string]any, name string) { at[name] = value })
}

func without(t testing.TB, raw []byte, path string) []byte {
	t.Helper()
	return edit(t, raw, path, func(at map[string]any, name string) { delete(at, name) })
}

func edit(t testing.TB, raw []byte, path string, change func(at map[string]any, name string)) []byte {
	t.Helper()
	out, err := set(raw, path, change)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// set gives raw with a change at path.
func set(raw []byte, path string, change func(at map[string]any, name string)) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var all map[string]any
	if err := dec.Decode(&all); err != nil {
		return nil, err
	}
	at, names := all, strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		inner, ok := at[name].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s: %s is no object", path, name)
		}
		at = inner
	}
	change(at, names[len(names)-1])
	return json.Marshal(all)
}
