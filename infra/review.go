package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
)

// reviewTimeout is Lambda's maximum, in seconds: IAM's last-accessed data take long. Another invocation continues what is left after 12 minutes.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
const reviewTimeout = 900

// Visible again after six times the function's timeout, as Lambda advises; given up after the third try.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
const reviewsHidden, reviewsTries = 6 * reviewTimeout, 3

// campaignRule begins a campaign on the first day of a month, in the morning of Europe: a day has passed everywhere.
const campaignRule, campaignSchedule, campaignBegins = "campaign", "cron(0 6 1 * ? *)", `{"begin":true}`

func reviewQueues() []queue {
	rules := []string{campaignRule}
	return []queue{
		{name: "reviews", rules: rules, isReceived: true, hidden: reviewsHidden, tries: reviewsTries, isClosed: true},
		{name: "dead-reviews", rules: rules},
	}
}

// onReviews adds the schedule, which sends to the queue, and what invokes review: each account is an invocation of its own.
func onReviews(stack awscdk.Stack, s Settings) {
	awsevents.NewCfnRule(stack, str(logicalID(campaignRule)), &awsevents.CfnRuleProps{
		Name: str(s.resource(campaignRule)), Description: str("Curfew: a campaign begins"), State: str("ENABLED"), ScheduleExpression: str(campaignSchedule),
		Targets: []any{&awsevents.CfnRule_TargetProperty{
			Id: str("reviews"), Arn: attribute(logicalID("reviews"), "Arn"), Input: str(campaignBegins),
			DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: attribute(logicalID("dead", "reviews"), "Arn")},
			RetryPolicy:      &awsevents.CfnRule_RetryPolicyProperty{MaximumEventAgeInSeconds: num(deliveredWithin), MaximumRetryAttempts: num(deliveryTries)},
		}},
	})
	fromQueue(stack, s, "review", "reviews", 1, 0)
}
