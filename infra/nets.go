package main

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
)

// nets adds the rule on the end of an execution, the TTL removals of the stream, and the sweep's schedule.
func nets(stack awscdk.Stack, s Settings) {
	rule(stack, s, net{name: "execution-closed", function: "revoke", about: "an execution died: Revoke checks whether access must be removed",
		pattern: map[string]any{
			"source":      []string{"aws.states"},
			"detail-type": []string{"Step Functions Execution Status Change"},
			"detail": map[string]any{
				"stateMachineArn": []any{map[string]any{"Fn::Sub": s.machineARN()}},
				"status":          []string{"FAILED", "TIMED_OUT", "ABORTED"},
			},
		}})
	unit := "minutes"
	if s.SweepMinutes == 1 {
		unit = "minute"
	}
	rule(stack, s, net{name: "sweep", function: "reconcile", about: "the sweep",
		schedule: fmt.Sprintf("rate(%d %s)", s.SweepMinutes, unit)})
	// Only removals by TTL, not those by Revoke.
	expire := fromStream(stack, "expire", `{"eventName":["REMOVE"],"userIdentity":{"type":["Service"],"principalId":["dynamodb.amazonaws.com"]},"dynamodb":{"Keys":{"sk":{"S":["expiry"]}}}}`)
	expire.SetMetricsConfig(&awslambda.CfnEventSourceMapping_MetricsConfigProperty{Metrics: jsii.Strings("EventCount")}) // for the alarm expire-silent
	fromStream(stack, "notify", `{"eventName":["INSERT","MODIFY"],"dynamodb":{"Keys":{"sk":{"S":["elevation","finding"]}}}}`)
}

type net struct {
	name, function, about string
	pattern               map[string]any
	schedule              string
	input                 string // of a schedule; empty: EventBridge's event
	repeats               bool   // a lost event needs no dead-letter queue: the next does its work
}

// Seconds and tries before an event goes to the dead-letter queue.
const deliveredWithin, deliveryTries = 60 * 60, 20

func rule(stack awscdk.Stack, s Settings, n net) {
	id := logicalID(n.name)
	target := &awsevents.CfnRule_TargetProperty{
		Id: str(n.function), Arn: attribute(logicalID(n.function), "Arn"),
		RetryPolicy: &awsevents.CfnRule_RetryPolicyProperty{MaximumEventAgeInSeconds: num(deliveredWithin), MaximumRetryAttempts: num(deliveryTries)},
	}
	if n.input != "" {
		target.Input = str(n.input)
	}
	if !n.repeats {
		target.DeadLetterConfig = &awsevents.CfnRule_DeadLetterConfigProperty{Arn: attribute(logicalID("dead", n.function), "Arn")}
	}
	props := &awsevents.CfnRuleProps{
		Name: str(s.resource(n.name)), Description: str("Curfew: " + n.about), State: str("ENABLED"), Targets: []any{target},
	}
	if n.pattern != nil {
		props.EventPattern = n.pattern
	} else {
		props.ScheduleExpression = str(n.schedule)
	}
	awsevents.NewCfnRule(stack, str(id), props)
	mayInvoke(stack, n.function, "events.amazonaws.com", id, attribute(id, "Arn"))
}

func mayInvoke(stack awscdk.Stack, function, service, by string, source *string) {
	awslambda.NewCfnPermission(stack, str(logicalID(function, "by")+by), &awslambda.CfnPermissionProps{
		Action: str("lambda:InvokeFunction"), FunctionName: attribute(logicalID(function), "Arn"), Principal: str(service), SourceArn: source,
	})
}

// fromStream: a record that fails is split from its batch, retried for two hours, then put in the dead-letter queue.
// It blocks its shard no longer.
func fromStream(stack awscdk.Stack, function, filter string) awslambda.CfnEventSourceMapping {
	return awslambda.NewCfnEventSourceMapping(stack, str(logicalID(function, "from-access")), &awslambda.CfnEventSourceMappingProps{
		FunctionName:               reference(logicalID(function)),
		EventSourceArn:             reference("Stream"),
		StartingPosition:           str("TRIM_HORIZON"), // LATEST could miss records that arrive while the mapping is created
		BatchSize:                  num(100),
		BisectBatchOnFunctionError: jsii.Bool(true),
		MaximumRetryAttempts:       num(30),
		MaximumRecordAgeInSeconds:  num(2 * 60 * 60),
		FunctionResponseTypes:      jsii.Strings("ReportBatchItemFailures"),
		FilterCriteria: &awslambda.CfnEventSourceMapping_FilterCriteriaProperty{
			Filters: []any{&awslambda.CfnEventSourceMapping_FilterProperty{Pattern: str(filter)}},
		},
		DestinationConfig: &awslambda.CfnEventSourceMapping_DestinationConfigProperty{
			OnFailure: &awslambda.CfnEventSourceMapping_OnFailureProperty{Destination: attribute(logicalID("dead", function), "Arn")},
		},
	})
}
