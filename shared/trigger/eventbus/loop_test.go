package eventbus_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/accesstest"
	"curfew/shared/trigger"
)

// Curfew's own actions cause events. A trigger that listens to everything gets all of them repeatedly, in every state
// of an elevation, and they begin nothing.
func TestNothingOfOurOwnBeginsAnything(t *testing.T) {
	tell(t, func(h *readerWorld) {
		matchAnything(&h.list[0])
		addSchedule(&h.list[0])
		h.list[0].Principals = []string{accesstest.Backup}
		id := h.wantStarted(event(t, running), trigger.Began)
		echoes := 0
		for _, step := range []func(){
			func() {},
			func() { h.take(event(t, completed)) },
			func() { h.Advance(2 * time.Minute) },
			func() { h.Sweeps() },
			func() { h.Advance(2 * time.Hour) },
		} {
			step()
			for _, raw := range h.caused(id) {
				echoes++
				out, err := h.take(raw)
				if err != nil {
					t.Errorf("%s: %v", raw, err)
				}
				for _, o := range out {
					if o.Started != "" || o.Elevation != "" {
						t.Errorf("%s\nbegan %+v", raw, o)
					}
				}
			}
		}
		h.Want(id, "ended completed")
		if n := len(h.lives()); n != 1 || len(h.facts.asked) != 1 || len(h.jobs.started) != 0 {
			t.Errorf("%d elevations, %d confirmed, %d jobs; want one, one and none", n, len(h.facts.asked), len(h.jobs.started))
		}
		if echoes < 100 {
			t.Errorf("only %d events were fed", echoes)
		}
		h.wantFindings()
		h.WantClean()
	})
}

// caused returns the events of everything so far: announcements, AWS calls by CloudTrail, and the execution's events
// from Step Functions.
func (h *readerWorld) caused(id string) [][]byte {
	var all [][]byte
	for _, e := range h.Notifier.Events() {
		d := e.Detail
		all = append(all, event(h.t, "elevation-active.json", "time", e.At.Format(time.RFC3339), "detail.elevation", d.Elevation, "detail.version", d.Version,
			"detail.state", string(d.State), "detail.principal", d.Principal, "detail.entitlement", d.Entitlement, "detail.requester", d.Requester))
	}
	calls := slices.Sorted(maps.Keys(h.IAM.Calls()))
	calls = append(calls, []string{"states:StartExecution", "states:SendTaskSuccess", "lambda:Invoke", "events:PutEvents", "dynamodb:TransactWriteItems", "sns:Publish"}...)
	for _, call := range calls {
		service, action, _ := strings.Cut(call, ":")
		for _, detailType := range []string{"AWS API Call via CloudTrail", "AWS Service Event via CloudTrail"} {
			all = append(all, event(h.t, "rotation-called.json", "source", "aws."+service, "detail-type", detailType, "time", time.Now().UTC().Format(time.RFC3339),
				"detail.eventSource", service+".amazonaws.com", "detail.eventName", action, "detail.requestParameters", map[string]string{"roleName": "backup-runner"}))
		}
	}
	for _, status := range []string{"RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"} {
		execution := h.Workflow.Execution(id)
		all = append(all, event(h.t, "states-execution-running.json", "detail.executionArn", execution, "detail.stateMachineArn", machine,
			"detail.name", id, "detail.status", status, "resources", []string{execution}))
	}
	return all
}

// The executions identify the state machine too. One with a longer name is another's.
func TestStateMachinesThatAreNotOurs(t *testing.T) {
	for name, begins := range map[string]bool{"elevation": false, "elevation-2": true, "summarize": true} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(h *readerWorld) {
				matchAnything(&h.list[0])
				raw := event(t, "states-execution-running.json",
					"detail.executionArn", fmt.Sprintf("arn:aws:states:us-east-1:%s:execution:%s:run-1", account, name),
					"detail.stateMachineArn", fmt.Sprintf("arn:aws:states:us-east-1:%s:stateMachine:%s", account, name))
				if begins {
					h.wantStarted(raw, trigger.Began)
				} else {
					h.wantNothingStarted(raw, "own state machine")
				}
			})
		})
	}
}
