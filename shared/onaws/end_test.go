package onaws

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/record"
)

func noon() time.Time { return now }

const anID = "01k6s3v0w8q2m4n6p8r0t2v4x6"

// unreachable is a store that cannot be reached.
type unreachable struct{ record.Store }

func (unreachable) Partition(context.Context, record.Table, string, string) ([]record.Row, error) {
	return nil, fault.Errorf(fault.Transient, "not now")
}

// removals records what was removed.
type removals struct {
	NoCloud
	grants []string
}

func (r *removals) Remove(_ context.Context, p access.Principal, grant string) ([]access.Call, error) {
	r.grants = append(r.grants, p.ARN+" "+grant)
	return nil, nil
}

func (r *removals) Read(context.Context, access.Principal, string) ([]string, error) { return nil, nil }

func TestRevokeHasOneDoorForTwoShapes(t *testing.T) {
	order := fmt.Sprintf(`{"id":%q,"account":"111122223333","principal":"arn:aws:iam::111122223333:role/a","by":"workflow","ordered_at":"2026-10-05T08:00:00Z","newer":1}`, anID)
	event := func(source, status, input string) string {
		quoted, err := json.Marshal(input)
		if err != nil {
			t.Fatal(err)
		}
		return `{"version":"0","id":"e","detail-type":"Step Functions Execution Status Change","source":"` + source +
			`","account":"111122223333","time":"2026-10-05T08:59:30Z","detail":{"status":"` + status + `","input":` + string(quoted) + `}}`
	}
	for name, c := range map[string]struct {
		payload string
		removed int
		want    string // the error's type
	}{
		"an order":                    {order, 1, "Transient"}, // the store is unavailable
		"an execution that failed":    {event("aws.states", "FAILED", order), 1, "Transient"},
		"one that was stopped":        {event("aws.states", "ABORTED", order), 1, "Transient"},
		"one that succeeded":          {event("aws.states", "SUCCEEDED", order), 0, ""},
		"one whose input is not told": {event("aws.states", "FAILED", ""), 0, "Invalid"},
		"an event of something else":  {event("aws.ecs", "FAILED", order), 0, "Invalid"},
		"neither":                     {`{}`, 0, "Invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			f, _ := newFunction(t)
			cloud := &removals{}
			svc := &access.Service{
				Base:  record.Base{Store: unreachable{}, Log: f.Log, Now: noon, NewID: newID},
				Cloud: cloud, Workflow: NoWorkflow{}, Notifier: NoNotifier{}, Decider: NoDecider{}, Settings: access.DefaultSettings(),
			}
			_, err := f.Revoke(svc).Invoke(t.Context(), []byte(c.payload))
			if named, _ := err.(messages.InvokeResponse_Error); named.Type != c.want {
				t.Errorf("error = %v, want type %q", err, c.want)
			}
			if len(cloud.grants) != c.removed {
				t.Errorf("removed %v, want %d", cloud.grants, c.removed)
			}
		})
	}
}
