// Package events publishes events on an EventBridge bus.
package events

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/onaws"
)

// Notifier is [onaws.Publisher]. The installation's name is the events' source.
type Notifier struct {
	Bus      Bus
	EventBus string // name or ARN
	Source   string // the installation's name
}

type Bus interface {
	PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
}

var (
	_ onaws.Publisher = (*Notifier)(nil)
	_ Bus             = (*eventbridge.Client)(nil)
)

// New returns the Notifier of an installation.
func New(cfg aws.Config, i onaws.InstallationConfig, c onaws.ChannelsConfig) *Notifier {
	return &Notifier{Bus: eventbridge.NewFromConfig(cfg), EventBus: c.EventBus, Source: i.Name}
}

// Publish is [access.Notifier.Publish]. PutEvents succeeds even if it refuses an entry; Publish returns an error then.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
func (n *Notifier) Publish(ctx context.Context, e access.Event) error {
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return fault.Errorf(fault.Invalid, "event of %s: %w", e.Detail.Elevation, err)
	}
	out, err := n.Bus.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{
		EventBusName: aws.String(n.EventBus), Source: aws.String(n.Source), DetailType: aws.String(e.DetailType),
		Detail: aws.String(string(detail)), Time: aws.Time(e.At),
	}}})
	if err != nil {
		return onaws.CallError("publishing the state of "+e.Detail.Elevation, err)
	}
	if out.FailedEntryCount == 0 {
		return nil
	}
	for _, entry := range out.Entries {
		if code := aws.ToString(entry.ErrorCode); code != "" {
			return fault.Errorf(fault.Transient, "event of %s was refused: %s: %s", e.Detail.Elevation, code, aws.ToString(entry.ErrorMessage))
		}
	}
	return fault.Errorf(fault.Transient, "event of %s was refused", e.Detail.Elevation)
}
