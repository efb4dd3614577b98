package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
)

// emergency is the alarm on emergency roles. It needs no function and nothing of home.
type emergency Settings

const emergencyAlarm = "emergency" // rule and topic

// pattern: STS reports in its endpoint's Region, the global one in us-east-1.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
func (s emergency) pattern() map[string]any {
	var arns []string
	for _, name := range s.EmergencyRoles {
		arns = append(arns, ownRole+name)
	}
	return calls([]any{"aws.sts"}, map[string]any{
		"eventName": []any{map[string]any{"prefix": "AssumeRole"}}, "requestParameters": map[string]any{"roleArn": matchers(arns)},
	})
}

// mail is the rule, and the mail of a use.
func (s emergency) mail() mailed {
	return mailed{emergencyAlarm, "an emergency role was assumed", withReadOnly, s.pattern(), emergencyMessage()}
}

// mailed is a rule whose events are mailed by a topic of its stack. It needs no function and nothing of home.
type mailed struct {
	name, about, state string // name: of rule and topic
	pattern            map[string]any
	message            *awsevents.CfnRule_InputTransformerProperty
}

// mailTopicPolicy: EventBridge may not send a rule's ARN to SNS, and an Allow with a condition on it would lose the alarm. So
// a Deny refuses other rules where their ARN is sent.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
func (s resourcePolicies) mailTopicPolicy(name string) []statement {
	topic, rules := []string{s.topicARN(name)}, map[string]string{"Service": "events.amazonaws.com"}
	return []statement{
		denyWithoutTLS("sns:Publish", topic[0]),
		{sid: "Alarms", principal: rules, actions: []string{"sns:Publish"}, resources: topic},
		{
			sid: "OtherRules", effect: deny, principal: rules, actions: []string{"sns:Publish"}, resources: topic,
			when: conditions{"ArnNotEquals": {"aws:SourceArn": {s.ruleARN(name)}}, "Null": {"aws:SourceArn": {"false"}}},
		},
		{
			sid: "OtherAccounts", effect: deny, principal: rules, actions: []string{"sns:Publish"}, resources: topic,
			when: conditions{"StringNotEquals": {"aws:SourceAccount": {"${AWS::AccountId}"}}, "Null": {"aws:SourceAccount": {"false"}}},
		},
	}
}

func emergencyParts(stack awscdk.Stack, s Settings) {
	if len(s.EmergencyRoles) > 0 {
		emergency(s).mail().parts(stack, s)
	}
}

// parts: EventBridge cannot use AWS's key, and one of ours could stop the mail.
func (m mailed) parts(stack awscdk.Stack, s Settings) {
	id := logicalID(m.name)
	awssns.NewCfnTopic(stack, str(id+"Topic"), &awssns.CfnTopicProps{TopicName: str(s.resource(m.name))})
	awssns.NewCfnTopicPolicy(stack, str(id+"TopicPolicy"), &awssns.CfnTopicPolicyProps{
		Topics: &[]*string{reference(id + "Topic")}, PolicyDocument: document(resourcePolicies(s).mailTopicPolicy(m.name)...),
	})
	awssns.NewCfnSubscription(stack, str(id+"Email"), &awssns.CfnSubscriptionProps{
		TopicArn: reference(id + "Topic"), Protocol: str("email"), Endpoint: str(s.AlarmEmail),
	})
	awsevents.NewCfnRule(stack, str(id), &awsevents.CfnRuleProps{
		Name: str(s.resource(m.name)), Description: str("Curfew: " + m.about), State: str(m.state), EventPattern: m.pattern,
		Targets: []any{&awsevents.CfnRule_TargetProperty{
			Id: str("people"), Arn: reference(id + "Topic"), InputTransformer: m.message,
			RetryPolicy: &awsevents.CfnRule_RetryPolicyProperty{MaximumEventAgeInSeconds: num(deliveredWithin), MaximumRetryAttempts: num(deliveryTries)},
		}},
	})
}

// emergencyMessage leaves out the session's token. The session has the caller's name.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html#cloudtrail-integration_examples-sts-api
func emergencyMessage() *awsevents.CfnRule_InputTransformerProperty {
	return message(`"<role> was assumed at <time> in <region>: session <session>, caller <caller> of account <from>, address <address>, event <event>. Was it announced? If not, detach its policies: infra/README.md."`, map[string]string{
		"role": "requestParameters.roleArn", "session": "requestParameters.roleSessionName", "caller": "userIdentity.principalId",
		"from": "userIdentity.accountId", "address": "sourceIPAddress", "time": "eventTime", "region": "awsRegion", "event": "eventID",
	})
}

// message fills a text with fields of a CloudTrail record.
func message(text string, fields map[string]string) *awsevents.CfnRule_InputTransformerProperty {
	paths := map[string]*string{}
	for name, path := range fields {
		paths[name] = str("$.detail." + path)
	}
	return &awsevents.CfnRule_InputTransformerProperty{InputPathsMap: paths, InputTemplate: str(text)}
}
