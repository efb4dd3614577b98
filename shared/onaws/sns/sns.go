// Package sns sends messages for people to an SNS topic.
package sns

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/onaws"
)

// Notifier is [onaws.Sender].
//
// Subscriptions filter by the attributes kind ("decide", "loud", "review", "page", "renew", "ended"), elevation, and to (a list).
type Notifier struct {
	Topics Topics
	Topic  string // ARN
	Source string // the installation's name
}

type Topics interface {
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

var (
	_ onaws.Sender = (*Notifier)(nil)
	_ Topics       = (*sns.Client)(nil)
)

// New returns the Notifier of an installation.
func New(cfg aws.Config, i onaws.InstallationConfig, c onaws.ChannelsConfig) *Notifier {
	return &Notifier{Topics: sns.NewFromConfig(cfg), Topic: c.Topic, Source: i.Name}
}

// Send is [access.Notifier.Send].
func (n *Notifier) Send(ctx context.Context, m access.Message) error {
	attributes := map[string]types.MessageAttributeValue{"kind": stringAttribute("String", m.Kind)}
	text := m.Text
	if m.Elevation != "" {
		attributes["elevation"] = stringAttribute("String", m.Elevation)
		text += "\n\nelevation " + m.Elevation
	}
	if len(m.To) > 0 {
		to, err := json.Marshal(m.To)
		if err != nil {
			return fault.Errorf(fault.Invalid, "recipients of a message: %w", err)
		}
		attributes["to"] = stringAttribute("String.Array", string(to))
	}
	_, err := n.Topics.Publish(ctx, &sns.PublishInput{
		TopicArn: aws.String(n.Topic), Subject: aws.String(n.Source + ": " + m.Kind), Message: aws.String(text),
		MessageAttributes: attributes,
	})
	return onaws.CallError("sending the message about "+m.Elevation, err)
}

func stringAttribute(kind, value string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: aws.String(kind), StringValue: aws.String(value)}
}
