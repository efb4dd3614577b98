package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/jsii-runtime-go"
)

// One queue feeds the function trigger. Schedules and the rules of two buses fill it:
//
//   - members: events of AWS services, forwarded from the member accounts. Only AWS can send such sources, and its
//     rules match no others.
//   - tasks: other sources. Its policy names the senders, and is the only proof: no rule of another bus matches such
//     a source.
//
// The bus <name> carries Curfew's own events. Its rule exists only if a trigger starts a job.

func onEvents(stack awscdk.Stack, s Settings) {
	if s.OrgID != "" {
		eventBus(stack, s, "members", resourcePolicies(s).membersBusPolicy())
	}
	if len(s.TaskSenders) > 0 {
		eventBus(stack, s, "tasks", resourcePolicies(s).tasksBusPolicy())
	}
	for _, r := range intake(s).onRules() {
		toQueue(stack, s, r, "triggers", "ENABLED")
	}
	schedules(stack, s)
	fromQueue(stack, s, "trigger", "triggers", batchSize, 0)
}

func toQueue(stack awscdk.Stack, s Settings, r onRule, queue, state string) {
	awsevents.NewCfnRule(stack, str(logicalID(r.name)), &awsevents.CfnRuleProps{
		Name: str(s.resource(r.name)), Description: str("Curfew: " + r.about), State: str(state),
		EventBusName: reference(logicalID(r.bus, "bus")), EventPattern: r.pattern,
		Targets: []any{&awsevents.CfnRule_TargetProperty{
			Id: str(queue), Arn: attribute(logicalID(queue), "Arn"),
			DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: attribute(logicalID("dead", queue), "Arn")},
			RetryPolicy:      &awsevents.CfnRule_RetryPolicyProperty{MaximumEventAgeInSeconds: num(deliveredWithin), MaximumRetryAttempts: num(deliveryTries)},
		}},
	})
}

// batchSize is Lambda's default for queues.
const batchSize = 10

// fromQueue waits the given seconds for a batch of messages.
func fromQueue(stack awscdk.Stack, s Settings, function, queue string, batch, wait int) {
	mapping := &awslambda.CfnEventSourceMappingProps{
		FunctionName: reference(logicalID(function)), EventSourceArn: attribute(logicalID(queue), "Arn"), BatchSize: num(batch),
		FunctionResponseTypes: jsii.Strings("ReportBatchItemFailures"),
	}
	if wait > 0 {
		mapping.MaximumBatchingWindowInSeconds = num(wait)
	}
	// With a reservation, more pollers would use up tries of messages that no run has read. Without one, they would take
	// the account's concurrency from ends.
	mapping.ScalingConfig = &awslambda.CfnEventSourceMapping_ScalingConfigProperty{MaximumConcurrency: num(cmp.Or(s.Reserved[function], fewestPollers))}
	awslambda.NewCfnEventSourceMapping(stack, str(logicalID(function, "from", queue)), mapping)
}

// eventBus keeps the whole policy in one document. CloudFormation creates separate AWS::Events::EventBusPolicy
// resources in parallel, each a read and write of the same document: the Deny could be lost. Their ids would also
// collide between installations.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-events-eventbus.html
func eventBus(stack awscdk.Stack, s Settings, name string, policy []statement) {
	awsevents.NewCfnEventBus(stack, str(logicalID(name, "bus")), &awsevents.CfnEventBusProps{Name: str(s.busName(name)), Policy: document(policy...)})
}

// schedules send an event with its scheduled time to the queue.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
func schedules(stack awscdk.Stack, s Settings) {
	if !intake(s).opensWindows() {
		return
	}
	r := role(stack, "Scheduler", s.resource("scheduler"), trustedService("scheduler.amazonaws.com"), homeRoles(s).schedulerPermissions())
	for _, t := range s.catalog.scheduled() {
		awsscheduler.NewCfnSchedule(stack, str(logicalID("ahead", t.Name)), &awsscheduler.CfnScheduleProps{
			Name: str(intake(s).schedule(t)), Description: str("Curfew: a window of the trigger " + t.Name + " opens"), State: str("ENABLED"),
			ScheduleExpression: str(t.Schedule.Expression), ScheduleExpressionTimezone: str(t.Schedule.Zone),
			FlexibleTimeWindow: &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{Mode: str("OFF")},
			Target: &awsscheduler.CfnSchedule_TargetProperty{
				Arn: attribute("Triggers", "Arn"), RoleArn: r.AttrArn(), Input: substitute(windowOpenedEvent(t.Name)),
				DeadLetterConfig: &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: attribute("DeadTriggers", "Arn")},
				RetryPolicy:      &awsscheduler.CfnSchedule_RetryPolicyProperty{MaximumEventAgeInSeconds: num(deliveredWithin), MaximumRetryAttempts: num(deliveryTries)},
			},
		})
	}
}

// windowOpenedEvent returns the event; Scheduler fills in the angle brackets.
func windowOpenedEvent(name string) string {
	const at = "<aws.scheduler.scheduled-time>"
	b, err := json.Marshal(map[string]any{"trigger": name, "at": at})
	if err != nil { // strings only: cannot fail
		return ""
	}
	detail := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(string(b))
	return fmt.Sprintf(`{"version":"0","id":"<aws.scheduler.execution-id>","source":"curfew.schedule","detail-type":"Scheduled",`+
		`"account":"${AWS::AccountId}","region":"${AWS::Region}","time":%q,"resources":[],"detail":%s}`, at, detail)
}

// forwardEvents sends AWS services' events in the stack's Region unchanged to home.
func forwardEvents(stack awscdk.Stack, s Settings) {
	var own []header
	for _, h := range s.catalog.eventHeaders() {
		if h.ofAWS() {
			own = append(own, h)
		}
	}
	if len(own) == 0 {
		return
	}
	r := role(stack, "Forward", s.memberRole("forward"), trustedService("events.amazonaws.com"), memberRoles(s).forwardPermissions())
	for _, h := range own {
		awsevents.NewCfnRule(stack, str(logicalID(h.rule())), &awsevents.CfnRuleProps{
			Name: str(s.resource(h.rule())), Description: str("Curfew: " + h.source + " " + h.detailType), State: str("ENABLED"),
			EventPattern: map[string]any{"source": []any{h.source}, "detail-type": []any{h.detailType}},
			Targets: []any{&awsevents.CfnRule_TargetProperty{
				Id: str("home"), Arn: substitute(s.homeBusARN("members")), RoleArn: r.AttrArn(),
				RetryPolicy: &awsevents.CfnRule_RetryPolicyProperty{MaximumEventAgeInSeconds: num(deliveredWithin), MaximumRetryAttempts: num(deliveryTries)},
			}},
		})
	}
}
