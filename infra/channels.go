package main

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
)

// topics: messages for the people concerned, alarms for operators.
func topics() []string { return []string{"messages", "alarms"} }

// queues: late holds audit records to append later, triggers and trail feed trigger and correlate, changes is for people to
// read. Each dead-letter queue has an alarm.
func (s Settings) queues() []queue {
	return append([]queue{
		{name: "late", isReceived: true, hidden: lateHidden, tries: lateTries},
		{name: "dead-late"},
		{name: "dead-revoke", rules: []string{"execution-closed"}},
		{name: "dead-expire"},
		{name: "dead-reconcile", rules: []string{"sweep"}},
		{name: "dead-notify"},
		{name: "changes", rules: s.watchRules()},
	}, slices.Concat(intake(s).onQueues(), routes(s).queues(), reviewQueues())...)
}

const (
	fourteenDays = 14 * 24 * 60 * 60
	lateTries    = 1000 // one a sweep, then dead-letter; 1000 is the maximum of SQS
	lateHidden   = 50   // seconds; visible again for the next sweep
)

func channels(stack awscdk.Stack, s Settings) {
	for _, q := range s.queues() {
		props := &awssqs.CfnQueueProps{
			QueueName: str(s.resource(q.name)), MessageRetentionPeriod: num(fourteenDays), SqsManagedSseEnabled: jsii.Bool(true),
		}
		if q.isReceived {
			props.VisibilityTimeout = num(q.hidden)
			props.RedrivePolicy = map[string]any{
				"deadLetterTargetArn": attribute(logicalID("dead", q.name), "Arn"), "maxReceiveCount": q.tries,
			}
		}
		id := logicalID(q.name)
		awssqs.NewCfnQueue(stack, str(id), props)
		awssqs.NewCfnQueuePolicy(stack, str(id+"Policy"), &awssqs.CfnQueuePolicyProps{
			Queues: &[]*string{reference(id)}, PolicyDocument: document(resourcePolicies(s).queuePolicy(q)...),
		})
	}
	for _, name := range topics() {
		id := logicalID(name, "topic")
		awssns.NewCfnTopic(stack, str(id), &awssns.CfnTopicProps{TopicName: str(s.resource(name)), KmsMasterKeyId: reference("Key")})
		awssns.NewCfnTopicPolicy(stack, str(id+"Policy"), &awssns.CfnTopicPolicyProps{
			Topics: &[]*string{reference(id)}, PolicyDocument: document(resourcePolicies(s).topicPolicy(name)...),
		})
	}
	for _, to := range []struct{ id, topic, address string }{{"AlarmEmail", "AlarmsTopic", s.AlarmEmail}, {"MessageEmail", "MessagesTopic", s.MessageEmail}} {
		if to.address != "" {
			awssns.NewCfnSubscription(stack, str(to.id), &awssns.CfnSubscriptionProps{TopicArn: reference(to.topic), Protocol: str("email"), Endpoint: str(to.address)})
		}
	}
	awsevents.NewCfnEventBus(stack, str("Bus"), &awsevents.CfnEventBusProps{Name: str(s.Name)})
}
