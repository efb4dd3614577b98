// Package channels is where Curfew tells people and systems: a topic of SNS, and a bus of EventBridge.
package channels

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"curfew/shared/access"
	"curfew/shared/onaws"
)

// Notifier is [access.Notifier]: messages for people go to a topic of SNS, events for systems to a bus of EventBridge.
//
// A message bears the attributes kind ("decide", "loud", "page", "ended"), elevation, and to (a list), by which
// subscriptions filter. An event has the installation's name as its source.
type Notifier struct {
	Topics   Topics
	Bus      Bus
	Topic    string // ARN
	EventBus string // name or ARN
	Source   string // the installation's name
}

// Topics is the call to SNS that a Notifier makes.
type Topics interface {
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// Bus is the call to EventBridge that a Notifier makes.
type Bus interface {
	PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
}

var (
	_ access.Notifier = (*Notifier)(nil)
	_ Topics          = (*sns.Client)(nil)
	_ Bus             = (*eventbridge.Client)(nil)
)

// New makes the Notifier of an installation.
func New(cfg aws.Config, i onaws.InstallationConfig, c onaws.ChannelsConfig) *Notifier {
	return &Notifier{
		Topics: sns.NewFromConfig(cfg), Bus: eventbridge.NewFromConfig(cfg), Topic: c.Topic, EventBus: c.EventBus, Source: i.Name,
	}
}

// Tell is [access.Notifier.Tell].
func (n *Notifier) Tell(ctx context.Context, m access.Message) error {
	attributes := map[string]types.MessageAttributeValue{"kind": stringAttribute("String", m.Kind)}
	text := m.Text
	if m.Elevation != "" {
		attributes["elevation"] = stringAttribute("String", m.Elevation)
		text += "\n\nelevation " + m.Elevation
	}
	if len(m.To) > 0 {
		to, err := json.Marshal(m.To)
		if err != nil {
			return access.Errorf(access.Invalid, "recipients of a message: %w", err)
		}
		attributes["to"] = stringAttribute("String.Array", string(to))
	}
	_, err := n.Topics.Publish(ctx, &sns.PublishInput{
		TopicArn: aws.String(n.Topic), Subject: aws.String(n.Source + ": " + m.Kind), Message: aws.String(text),
		MessageAttributes: attributes,
	})
	return onaws.CallError("telling of "+m.Elevation, err)
}

func stringAttribute(kind, value string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: aws.String(kind), StringValue: aws.String(value)}
}

// Publish is [access.Notifier.Publish]. PutEvents succeeds as a call when it refuses an entry: that is an error here.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
func (n *Notifier) Publish(ctx context.Context, e access.Event) error {
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return access.Errorf(access.Invalid, "event of %s: %w", e.Detail.Elevation, err)
	}
	out, err := n.Bus.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{{
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
			return access.Errorf(access.Transient, "event of %s was refused: %s: %s", e.Detail.Elevation, code, aws.ToString(entry.ErrorMessage))
		}
	}
	return access.Errorf(access.Transient, "event of %s was refused", e.Detail.Elevation)
}
