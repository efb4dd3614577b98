// Package sns sends messages for people to SNS topics.
package sns

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/message"
	"curfew/shared/onaws"
)

// Notifier is [onaws.Sender]. Messages for people who decide or sign go to the topic of approvals, others to that of messages.
//
// Subscriptions filter by the attributes kind (see [message.Kinds]), elevation, requester (an id), and to (a list). E-mail gets the message
// in lines, SMS its subject, and queues, functions and https addresses get JSON.
type Notifier struct {
	Topics              Topics
	Messages, Approvals string // ARNs
	Source              string // the installation's name
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
	return &Notifier{Topics: sns.NewFromConfig(cfg), Messages: c.Topic, Approvals: c.ApprovalsTopic, Source: i.Name}
}

// Send is [access.Notifier.Send].
func (n *Notifier) Send(ctx context.Context, m access.Message) error {
	attributes := map[string]types.MessageAttributeValue{"kind": stringAttribute("String", string(m.Kind))}
	if m.Elevation != "" {
		attributes["elevation"] = stringAttribute("String", m.Elevation)
	}
	if m.Requester.ID != "" {
		attributes["requester"] = stringAttribute("String", m.Requester.ID)
	}
	if len(m.To) > 0 {
		to, err := json.Marshal(m.To)
		if err != nil {
			return fault.Errorf(fault.Invalid, "recipients of a message: %w", err)
		}
		attributes["to"] = stringAttribute("String.Array", string(to))
	}
	body, err := n.body(m)
	if err != nil {
		return err
	}
	topic := n.Messages
	if m.Kind.ForApprovers() {
		topic = n.Approvals
	}
	_, err = n.Topics.Publish(ctx, &sns.PublishInput{
		TopicArn: aws.String(topic), Subject: aws.String(m.Subject(n.Source)), Message: aws.String(body), MessageStructure: aws.String("json"),
		MessageAttributes: attributes,
	})
	return onaws.CallError("sending the message about "+m.Elevation, err)
}

// body has the form of each protocol. SNS bills each 64 KB of a body.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
func (n *Notifier) body(m access.Message) (string, error) {
	data := string(m.JSON())
	b, err := json.Marshal(map[string]string{
		"default": m.Line(), "email": m.Text(), "sms": m.Subject(n.Source), "sqs": data, "lambda": data, "http": data, "https": data,
	})
	if err == nil && len(b) > message.MaxText {
		return "", fault.Errorf(fault.Internal, "a message of %d bytes about %s is too long for SNS", len(b), m.Elevation)
	}
	return string(b), err
}

func stringAttribute(kind, value string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: aws.String(kind), StringValue: aws.String(value)}
}
