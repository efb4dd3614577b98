package events

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"

	"curfew/shared/access"
	"curfew/shared/fault"
)

// fakeBus keeps what it gets, and fails on request.
type fakeBus struct {
	err    error
	failed int32 // entries that PutEvents refuses

	put *eventbridge.PutEventsInput
}

func (f *fakeBus) PutEvents(_ context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	f.put = in
	entry := types.PutEventsResultEntry{}
	if f.failed > 0 {
		entry.ErrorCode = aws.String("ThrottlingException")
	}
	return &eventbridge.PutEventsOutput{FailedEntryCount: f.failed, Entries: []types.PutEventsResultEntry{entry}}, f.err
}

func TestAnEventThatIsRefusedIsAnError(t *testing.T) {
	e := access.Event{DetailType: "Elevation State Change", At: time.Now(), Detail: access.Changed{Elevation: "01k1", State: access.Active}}
	for _, c := range []struct {
		name string
		f    fakeBus
		want fault.Kind
	}{
		{"taken", fakeBus{}, ""},
		{"refused, in a call that succeeded", fakeBus{failed: 1}, fault.Transient},
		{"not sent", fakeBus{err: errors.New("connection reset")}, fault.Transient},
		{"no such bus", fakeBus{err: &smithy.GenericAPIError{Code: "ResourceNotFoundException"}}, fault.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := (&Notifier{Bus: &c.f, EventBus: "curfew", Source: "curfew"}).Publish(t.Context(), e)
			if got := fault.KindOf(err); got != c.want {
				t.Errorf("error = %v (%s), want %s", err, got, c.want)
			}
			if entry := c.f.put.Entries[0]; *entry.Source != "curfew" || !strings.Contains(*entry.Detail, `"state":"active"`) {
				t.Errorf("event = %+v", entry)
			}
		})
	}
}
