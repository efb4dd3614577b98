package access

import (
	"strings"
	"testing"
	"time"

	"curfew/shared/fault"
	"curfew/shared/task"
)

const alarmHead = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:"

func TestTasksThatCanBeAskedFor(t *testing.T) {
	for _, c := range []struct {
		name string
		task task.Task
		want bool
	}{
		{"a ticket", task.Task{Kind: "change", ID: "CHG-1042"}, true},
		{"a space inside", task.Task{Kind: "change", ID: "CHG 1042"}, true},
		{"200 characters", task.Task{Kind: "change", ID: strings.Repeat("a", 200)}, true},
		{"201 characters", task.Task{Kind: "change", ID: strings.Repeat("a", 201)}, false},
		{"nothing", task.Task{Kind: "change"}, false},
		{"a space at the end", task.Task{Kind: "change", ID: "CHG-1042 "}, false},
		{"a space before", task.Task{Kind: "change", ID: " CHG-1042"}, false},
		{"a look-alike", task.Task{Kind: "change", ID: "СHG-1042"}, false},
		{"no kind", task.Task{Kind: "errand", ID: "CHG-1042"}, false},
		{"an ARN that no service reports", task.Task{Kind: "workflow", ID: "arn:aws:ssm:us-east-1:111122223333:automation-execution/x"}, true},
		{"an alarm", task.Task{Kind: "incident", ID: alarmHead + "Cpu High"}, true},
		{"an alarm whose name ends in a space", task.Task{Kind: "incident", ID: alarmHead + "Cpu "}, false},
		{"an alarm without a name", task.Task{Kind: "incident", ID: alarmHead}, false},
		{"an alarm with a tab", task.Task{Kind: "incident", ID: alarmHead + "a\tb"}, false},
		{"an alarm with an invisible character", task.Task{Kind: "incident", ID: alarmHead + "a\u200bb"}, false},
		{"an alarm with an invisible letter", task.Task{Kind: "incident", ID: alarmHead + "a\u3164b"}, false},
		{"an alarm that turns the direction", task.Task{Kind: "incident", ID: alarmHead + "a\u202eb"}, false},
		{"an alarm with what was no text", task.Task{Kind: "incident", ID: alarmHead + "a\ufffdb"}, false},
		{"an alarm that is not UTF-8", task.Task{Kind: "incident", ID: alarmHead + "a\xffb"}, false},
		{"850 bytes", task.Task{Kind: "incident", ID: alarmHead + strings.Repeat("a", task.MaxID-len(alarmHead))}, true},
		{"851 bytes", task.Task{Kind: "incident", ID: alarmHead + strings.Repeat("a", task.MaxID-len(alarmHead)+1)}, false},
		{"an alarm as another kind", task.Task{Kind: "change", ID: alarmHead + "errors"}, false},
		{"an alarm by another case", task.Task{Kind: "incident", ID: "arn:aws:CloudWatch:us-east-1:111122223333:alarm:errors"}, false},
		{"a dashboard", task.Task{Kind: "incident", ID: "arn:aws:cloudwatch:us-east-1:111122223333:dashboard/x"}, false},
		{"an express execution, which sends no events", task.Task{Kind: "workflow", ID: "arn:aws:states:us-east-1:111122223333:express:m:e:1"}, false},
		{"an execution with a wildcard", task.Task{Kind: "workflow", ID: "arn:aws:states:us-east-1:111122223333:execution:m:*"}, false},
		{"a secret with a wildcard", task.Task{Kind: "rotation", ID: "arn:aws:secretsmanager:us-east-1:111122223333:secret:a*"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Request{Entitlement: "x", Principal: "arn:aws:iam::111122223333:role/x", Reason: "x", Duration: time.Hour, Task: c.task}
			if err := r.Check(time.Now()); (err == nil) != c.want || err != nil && fault.KindOf(err) != fault.Invalid {
				t.Errorf("check = %v, want it to be right: %v", err, c.want)
			}
		})
	}
}

// DynamoDB refuses a longer key, so retries would never succeed.
func TestTheLongestTaskFitsIntoItsKeys(t *testing.T) {
	terms := Terms{
		Requester: triggerCaller(strings.Repeat("t", maxName)), Session: Session{Value: strings.Repeat("s", 64)},
		Task: task.Task{Kind: "incident", ID: strings.Repeat("a", task.MaxID)}, Entitlement: strings.Repeat("e", maxName),
	}
	if n := len(pendingKey(terms).Sort); n > 1024 {
		t.Errorf("sort key of %d bytes, want at most 1024", n)
	}
	if n := len(task.Key(terms.Task).Partition); n > 2048 {
		t.Errorf("partition key of %d bytes, want at most 2048", n)
	}
}
