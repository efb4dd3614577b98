package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/jsii-runtime-go"
)

// Events come to the function trigger through one queue, and into the queue by rules of two buses and by schedules:
//
//   - members: what AWS's own services say in the member accounts, forwarded by a rule there. Rules of this bus are for
//     sources of AWS alone, as which nobody else can put an event.
//   - tasks: what others say of their tasks, and nothing else. Its policy names who may send, and that is the proof: no rule
//     of another bus is for such a source.
//
// The bus of the installation's name is for what Curfew itself says; a rule of it is there only if a job is to be started.

// onEvents makes the buses, their rules, the schedules, and the mapping from the queue.
func onEvents(stack awscdk.Stack, s Settings) {
	if len(s.Accounts) > 0 {
		eventBus(stack, s, "members", resourcePolicies(s).membersBusPolicy())
	}
	if len(s.TaskSenders) > 0 {
		eventBus(stack, s, "tasks", resourcePolicies(s).tasksBusPolicy())
	}
	for _, r := range intake(s).onRules() {
		awsevents.NewCfnRule(stack, str(logicalID(r.name)), &awsevents.CfnRuleProps{
			Name: str(s.resource(r.name)), Description: str("Curfew: " + r.about), State: str("ENABLED"),
			EventBusName: reference(logicalID(r.bus, "bus")), EventPattern: r.pattern,
			Targets: []any{&awsevents.CfnRule_TargetProperty{
				Id: str("triggers"), Arn: attribute("Triggers", "Arn"),
				DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: attribute("DeadTriggers", "Arn")},
				RetryPolicy:      &awsevents.CfnRule_RetryPolicyProperty{MaximumEventAgeInSeconds: num(deliveredWithin), MaximumRetryAttempts: num(deliveryTries)},
			}},
		})
	}
	schedules(stack, s)
	mapping := &awslambda.CfnEventSourceMappingProps{
		FunctionName: reference(logicalID("trigger")), EventSourceArn: attribute("Triggers", "Arn"), BatchSize: num(10),
		FunctionResponseTypes: jsii.Strings("ReportBatchItemFailures"),
	}
	if n := s.Reserved["trigger"]; n > 0 { // more pollers than runs would give messages up that nobody looked at
		mapping.ScalingConfig = &awslambda.CfnEventSourceMapping_ScalingConfigProperty{MaximumConcurrency: num(n)}
	}
	awslambda.NewCfnEventSourceMapping(stack, str("TriggerFromTriggers"), mapping)
}

// eventBus makes a bus with its whole policy in one document. A resource of its own for each statement would have three
// faults: CloudFormation makes them in parallel, each as a call that reads and writes the one document, and the last
// writer wins; a statement that is lost so may be the Deny; and their ids are the same in two installations of one account.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-events-eventbus.html
func eventBus(stack awscdk.Stack, s Settings, name string, policy []statement) {
	awsevents.NewCfnEventBus(stack, str(logicalID(name, "bus")), &awsevents.CfnEventBusProps{Name: str(s.busName(name)), Policy: document(policy...)})
}

// schedules open windows: an event in the form of the buses, with the instant that was scheduled, straight into the queue.
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
				Arn: attribute("Triggers", "Arn"), RoleArn: r.AttrArn(), Input: filled(opened(t.Name)),
				DeadLetterConfig: &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: attribute("DeadTriggers", "Arn")},
				RetryPolicy:      &awsscheduler.CfnSchedule_RetryPolicyProperty{MaximumEventAgeInSeconds: num(deliveredWithin), MaximumRetryAttempts: num(deliveryTries)},
			},
		})
	}
}

// opened is the event of a window that opens. Scheduler fills in what is in angle brackets.
func opened(name string) string {
	const at = "<aws.scheduler.scheduled-time>"
	b, err := json.Marshal(map[string]any{"trigger": name, "at": at})
	if err != nil { // texts only: there is nothing that could fail
		return ""
	}
	detail := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(string(b))
	return fmt.Sprintf(`{"version":"0","id":"<aws.scheduler.execution-id>","source":"curfew.schedule","detail-type":"Scheduled",`+
		`"account":"${AWS::AccountId}","region":"${AWS::Region}","time":%q,"resources":[],"detail":%s}`, at, detail)
}

// forwards are the rules of a member account: what AWS's own services say there goes to home as it is. Only the Region of
// the stack is looked at.
func forwards(stack awscdk.Stack, s Settings) {
	var own []header
	for _, h := range s.catalog.waitsFor() {
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
				Id: str("home"), Arn: filled(s.homeBusARN("members")), RoleArn: r.AttrArn(),
				RetryPolicy: &awsevents.CfnRule_RetryPolicyProperty{MaximumEventAgeInSeconds: num(deliveredWithin), MaximumRetryAttempts: num(deliveryTries)},
			}},
		})
	}
}
