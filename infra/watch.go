package main

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
)

// watch is a rule that sees changes of Curfew's parts of one service, refused calls and deployments too. It sends the
// CloudTrail record to the queue changes.
//
// CloudTrail must log management events of this Region. Records arrive within minutes, best effort. A watch cannot
// see its own removal: the SCP denies it, and the trail records it.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
type watch struct {
	service string
	also    string   // another service, whose metric would be one too many: see changeAlarm
	calls   []string // prefixes: Lambda's call names end in a version
	members []member
}

// member is a field that names the resource.
type member struct {
	parent, name string // parent: requestParameters or responseElements; name: a field in it
	ours         []any
}

// watches has one per service: a pattern's size is limited. IAM's records arrive in us-east-1 only.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
func (s Settings) watches() []watch {
	const request, response = "requestParameters", "responseElements"
	named := map[string]any{"prefix": s.resource("")}
	within := func(kind string) any { return map[string]any{"wildcard": "*" + kind + s.resource("*")} }
	return []watch{
		{"events", "", []string{"DeleteEventBus", "DeleteRule", "DisableRule", "PutPermission", "PutRule", "PutTargets", "RemovePermission", "RemoveTargets"},
			[]member{{request, "name", []any{named}}, {request, "rule", []any{named}}, {request, "eventBusName", []any{named}}}},
		{"scheduler", "athena", []string{"DeleteSchedule", "UpdateSchedule", "DeleteWorkGroup", "UpdateWorkGroup"}, []member{{request, "name", []any{named}}, {request, "workGroup", []any{named}}}},
		{"lambda", "", []string{"AddPermission", "CreateEventSourceMapping", "DeleteEventSourceMapping", "DeleteFunction", "PutFunction",
			"RemovePermission", "UpdateEventSourceMapping", "UpdateFunction"},
			[]member{{request, "functionName", []any{named, within(":function:")}}, {response, "functionArn", []any{within(":function:")}}}},
		{"states", "glue", []string{"DeleteStateMachine", "RedriveExecution", "StopExecution", "UpdateStateMachine", "BatchDeleteTable", "CreateTable", "DeleteTable", "UpdateTable"},
			[]member{{request, "databaseName", []any{s.Log.database(s.Names)}}, {request, "stateMachineArn", []any{within(":stateMachine:")}}, {request, "executionArn", []any{within(":execution:")}}}},
		{"dynamodb", "", []string{"DeleteTable", "PutResourcePolicy", "UpdateContinuousBackups", "UpdateTable", "UpdateTimeToLive"},
			[]member{{request, "tableName", []any{named, within(":table/")}}, {request, "resourceArn", []any{within(":table/")}}}},
		{"monitoring", "", []string{"DeleteAlarms", "DisableAlarmActions", "PutCompositeAlarm", "PutMetricAlarm", "SetAlarmState"},
			[]member{{request, "alarmName", []any{named}}, {request, "alarmNames", []any{named}}}},
		{"sqs", "", []string{"DeleteQueue", "PurgeQueue", "SetQueueAttributes"}, []member{{request, "queueUrl", []any{within("/")}}}},
		{"sns", "", []string{"DeleteTopic", "SetTopicAttributes", "Subscribe", "Unsubscribe"},
			[]member{{request, "topicArn", []any{within(":")}}, {request, "subscriptionArn", []any{within(":")}}}},
		{"kms", "s3", []string{"DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion", "DeleteBucket", "PutBucket"},
			[]member{{request, "keyId", s.watchedKeys()}, {request, "bucketName", []any{map[string]any{"prefix": s.resource("log-")}, map[string]any{"prefix": s.resource("stage-")}, map[string]any{"prefix": s.resource("lake-")}, map[string]any{"prefix": s.resource("results-")}}}}},
		{"iam", "", []string{"AttachRolePolicy", "DeleteRole", "DetachRolePolicy", "PutRolePolicy", "UpdateAssumeRolePolicy"},
			[]member{{request, "roleName", []any{named}}}},
	}
}

// watchedKeys: a call names a key by its id, or by an ARN that ends with it.
func (s Settings) watchedKeys() []any {
	all := []any{map[string]any{"suffix": map[string]any{"Fn::Sub": "${Key}"}}}
	for _, arn := range s.Log.keyARNs() {
		all = append(all, map[string]any{"suffix": filled(arn[strings.LastIndexByte(arn, '/')+1:])})
	}
	return all
}

func (w watch) rule() string { return "changed-" + w.service }

func (s Settings) watchRules() []string {
	var all []string
	for _, w := range s.watches() {
		all = append(all, w.rule())
	}
	return all
}

// pattern: $or needs two entries; with one it would be a field name.
// https://github.com/aws/event-ruler#or-matching
func (w watch) pattern() map[string]any {
	var calls, things []any
	for _, c := range w.calls {
		calls = append(calls, map[string]any{"prefix": c})
	}
	for _, m := range w.members {
		things = append(things, map[string]any{m.parent: map[string]any{m.name: m.ours}})
	}
	detail := map[string]any{"eventName": calls, "$or": things}
	if len(w.members) == 1 {
		detail = map[string]any{"eventName": calls, w.members[0].parent: map[string]any{w.members[0].name: w.members[0].ours}}
	}
	source := []any{"aws." + w.service}
	if w.also != "" {
		source = append(source, "aws."+w.also)
	}
	return map[string]any{"source": source, "detail-type": []any{"AWS API Call via CloudTrail"}, "detail": detail}
}

// changeAlarm counts rule matches, not messages: metrics of an idle queue are delayed. FILL gives the newest minute a
// value before its metric is there, so a period of one minute would miss a metric that comes late.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
func (s monitoring) changeAlarm() computed {
	var rules []count
	for _, w := range Settings(s).watches() {
		rules = append(rules, count{metric{"AWS/Events", "TriggeredRules", [][2]string{{"RuleName", s.resource(w.rule())}}}, "Sum"})
	}
	return computed{
		name: "changed", about: "a part of Curfew was changed, stopped or replaced: the messages in the queue " + s.resource("changes") + " say who",
		expression: sumOf(0, len(rules)), counts: rules, period: 5 * 60, times: 1,
	}
}

// watchParts adds the rules. They need no dead-letter queue: if one queue cannot be reached, a second probably cannot
// either.
func watchParts(stack awscdk.Stack, s Settings) {
	for _, w := range s.watches() {
		awsevents.NewCfnRule(stack, str(logicalID(w.rule())), &awsevents.CfnRuleProps{
			Name: str(s.resource(w.rule())), Description: str("Curfew: a part of it was changed (" + w.service + ")"), State: str("ENABLED"),
			EventPattern: w.pattern(),
			Targets: []any{&awsevents.CfnRule_TargetProperty{
				Id: str("changes"), Arn: attribute("Changes", "Arn"),
				RetryPolicy: &awsevents.CfnRule_RetryPolicyProperty{MaximumEventAgeInSeconds: num(deliveredWithin), MaximumRetryAttempts: num(deliveryTries)},
			}},
		})
	}
}
