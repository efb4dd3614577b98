package doctor

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

func (r *round) checkQueueMappings(ctx context.Context) {
	client := lambda.NewFromConfig(r.aws)
	for _, to := range [][2]string{{"trigger", "triggers"}, {"correlate", "trail"}, {"review", "reviews"}} {
		name, queue := r.resource(to[0]), r.resource(to[1])
		check := "queue to " + name
		d, err := client.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{FunctionName: &name})
		if !r.isAnswered(check, err) {
			continue
		}
		var m problems
		at := slices.IndexFunc(d.EventSourceMappings, func(m lambdatypes.EventSourceMappingConfiguration) bool {
			return aws.ToString(m.EventSourceArn) == r.arn("sqs", queue)
		})
		if m.require(at >= 0, "nothing maps the queue %s to it", queue); at >= 0 {
			state := aws.ToString(d.EventSourceMappings[at].State)
			m.require(state == "Enabled", "it is %s: messages wait", state)
		}
		r.addResult(check, m, "enabled", redeploy)
	}
}

// checkCampaigns: the alarm on failed deliveries says nothing of a schedule that is off.
func (r *round) checkCampaigns(ctx context.Context) {
	client, name := eventbridge.NewFromConfig(r.aws), r.resource("campaign")
	check := "rule " + name
	d, err := client.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &name})
	if !r.isAnswered(check, err) {
		return
	}
	t, err := client.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: &name})
	if !r.isAnswered(check, err) {
		return
	}
	target := eventtypes.Target{}
	if len(t.Targets) == 1 {
		target = t.Targets[0]
	}
	queue, dead := r.arn("sqs", r.resource("reviews")), r.arn("sqs", r.resource("dead-reviews"))
	var m problems
	m.require(d.State == eventtypes.RuleStateEnabled, "it is %s: no campaign begins", d.State)
	m.require(aws.ToString(target.Arn) == queue, "its target is not %s alone", queue)
	m.require(target.DeadLetterConfig != nil && aws.ToString(target.DeadLetterConfig.Arn) == dead, "undelivered events do not go to %s", dead)
	r.addResult(check, m, "enabled, "+aws.ToString(d.ScheduleExpression), redeploy)
}
