package main

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
)

// topics: messages for requesters, owners and operators, approvals for those who decide or sign, alarms for operators.
func topics() []string { return []string{"messages", "approvals", "alarms"} }

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
	for _, entry := range s.Approvals {
		subscribeApprovals(stack, entry)
	}
	awsevents.NewCfnEventBus(stack, str("Bus"), &awsevents.CfnEventBusProps{Name: str(s.Name)})
}

// approvalsSubscription is an e-mail or https address that a person must confirm; with a group it gets what is sent to that group. The
// attribute "to" is a list: one equal value is enough.
// https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html
func approvalsSubscription(entry string) (group, protocol, address string) {
	address = entry
	if strings.HasPrefix(entry, "group:") {
		group, address, _ = strings.Cut(entry, "=")
	}
	protocol = "email"
	if strings.HasPrefix(address, "https://") {
		protocol = "https"
	}
	return group, protocol, address
}

// subscribeApprovals names the resource by its entry: another entry must not replace it, and with it its confirmation.
func subscribeApprovals(stack awscdk.Stack, entry string) {
	group, protocol, address := approvalsSubscription(entry)
	props := &awssns.CfnSubscriptionProps{TopicArn: reference("ApprovalsTopic"), Protocol: str(protocol), Endpoint: str(address)}
	if group != "" {
		// Without the scope, later updates fail: https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1840
		props.FilterPolicy, props.FilterPolicyScope = map[string]any{"to": []string{group}}, str("MessageAttributes")
	}
	awssns.NewCfnSubscription(stack, str(fmt.Sprintf("Approvals%X", sha256.Sum256([]byte(entry)))[:len("Approvals")+16]), props)
}
