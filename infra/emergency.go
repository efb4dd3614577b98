package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
)

// emergency is the alarm on emergency roles: a rule and a topic in each governed Region of each account. It needs no
// function and nothing of home, so it works when Curfew is down.
type emergency Settings

const emergencyAlarm = "emergency" // the name of the rule and the topic

// pattern matches the opening of a session. STS reports it in the Region of its endpoint: the global one in us-east-1.
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

// topicPolicy: an Allow with a condition on the rule may never hold, for EventBridge need not send the rule's ARN to SNS,
// and the alarm would be lost. So the Deny refuses other rules only where their ARN is sent.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
func (s emergency) topicPolicy() []statement {
	topic, rules := []string{s.topicARN(emergencyAlarm)}, map[string]string{"Service": "events.amazonaws.com"}
	return []statement{
		denyWithoutTLS("sns:Publish", topic[0]),
		{sid: "Alarms", principal: rules, actions: []string{"sns:Publish"}, resources: topic},
		{
			sid: "OtherRules", effect: deny, principal: rules, actions: []string{"sns:Publish"}, resources: topic,
			when: conditions{"ArnNotEquals": {"aws:SourceArn": {s.ruleARN(emergencyAlarm)}}, "Null": {"aws:SourceArn": {"false"}}},
		},
		{
			sid: "OtherAccounts", effect: deny, principal: rules, actions: []string{"sns:Publish"}, resources: topic,
			when: conditions{"StringNotEquals": {"aws:SourceAccount": {"${AWS::AccountId}"}}, "Null": {"aws:SourceAccount": {"false"}}},
		},
	}
}

// emergencyParts adds the alarm to a Region's stack. The topic has no key: EventBridge cannot use that of AWS, and one of
// our own would be one more thing that can stop the alarm. The message has no credentials.
func emergencyParts(stack awscdk.Stack, s Settings) {
	if len(s.EmergencyRoles) == 0 {
		return
	}
	awssns.NewCfnTopic(stack, str("EmergencyTopic"), &awssns.CfnTopicProps{TopicName: str(s.resource(emergencyAlarm))})
	awssns.NewCfnTopicPolicy(stack, str("EmergencyTopicPolicy"), &awssns.CfnTopicPolicyProps{
		Topics: &[]*string{reference("EmergencyTopic")}, PolicyDocument: document(emergency(s).topicPolicy()...),
	})
	awssns.NewCfnSubscription(stack, str("EmergencyEmail"), &awssns.CfnSubscriptionProps{
		TopicArn: reference("EmergencyTopic"), Protocol: str("email"), Endpoint: str(s.AlarmEmail),
	})
	awsevents.NewCfnRule(stack, str("Emergency"), &awsevents.CfnRuleProps{
		Name: str(s.resource(emergencyAlarm)), Description: str("Curfew: an emergency role was assumed"), State: str(withReadOnly),
		EventPattern: emergency(s).pattern(),
		Targets: []any{&awsevents.CfnRule_TargetProperty{
			Id: str("people"), Arn: reference("EmergencyTopic"), InputTransformer: emergencyMessage(),
			RetryPolicy: &awsevents.CfnRule_RetryPolicyProperty{MaximumEventAgeInSeconds: num(deliveredWithin), MaximumRetryAttempts: num(deliveryTries)},
		}},
	})
}

// emergencyMessage leaves out responseElements, which have the session's token. A caller of another account has no ARN in
// the event: the role's trust policy gives the session their name.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html#cloudtrail-integration_examples-sts-api
func emergencyMessage() *awsevents.CfnRule_InputTransformerProperty {
	paths := map[string]*string{}
	for name, path := range map[string]string{
		"role": "requestParameters.roleArn", "session": "requestParameters.roleSessionName", "caller": "userIdentity.principalId",
		"from": "userIdentity.accountId", "address": "sourceIPAddress", "time": "eventTime", "region": "awsRegion", "event": "eventID",
	} {
		paths[name] = str("$.detail." + path)
	}
	return &awsevents.CfnRule_InputTransformerProperty{
		InputPathsMap: paths,
		InputTemplate: str(`"<role> was assumed at <time> in <region>: session <session>, caller <caller> of account <from>, address <address>, event <event>. Was it announced? If not, detach its policies: infra/README.md."`),
	}
}
