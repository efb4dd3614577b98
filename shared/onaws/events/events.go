// Package events publishes events on an EventBridge bus.
package events

import (
	"context"
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/ocsf"
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
	return n.put(ctx, e.DetailType, e.At, e.Detail, "the state of "+e.Detail.Elevation)
}

// PublishFinding puts a Detection Finding of OCSF.
func (n *Notifier) PublishFinding(ctx context.Context, f finding.Stored) error {
	return n.put(ctx, "Finding State Change", f.ChangedAt(), ocsf.FromFinding(n.Source, f), "finding "+f.Value.ID)
}

func (n *Notifier) put(ctx context.Context, detailType string, at time.Time, detail any, what string) error {
	raw, err := json.Marshal(detail)
	if err != nil {
		return fault.Errorf(fault.Invalid, "event of %s: %w", what, err)
	}
	out, err := n.Bus.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{
		EventBusName: aws.String(n.EventBus), Source: aws.String(n.Source), DetailType: aws.String(detailType),
		Detail: aws.String(string(raw)), Time: aws.Time(at),
	}}})
	if err != nil {
		return onaws.CallError("publishing "+what, err)
	}
	if out.FailedEntryCount == 0 {
		return nil
	}
	for _, entry := range out.Entries {
		if code := aws.ToString(entry.ErrorCode); code != "" {
			return fault.Errorf(fault.Transient, "event of %s was refused: %s: %s", what, code, aws.ToString(entry.ErrorMessage))
		}
	}
	return fault.Errorf(fault.Transient, "event of %s was refused", what)
}
