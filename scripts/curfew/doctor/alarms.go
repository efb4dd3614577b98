package doctor

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	watchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"curfew/shared/access"
)

// alarmNames are the alarms of every installation.
func alarmNames() []string {
	return []string{
		"overdue", "stuck", "sweep-silent", "expire-behind", "notify-behind", "rule-failed", "grant-throttled", "revoke-throttled",
		"revoke-errors", "execution-Failed", "execution-TimedOut", "execution-Aborted",
		"workflow-silent", "rule-silent", "sweep-unfinished", "expire-silent", "notify-silent", "triggers-behind", "trail-behind", "correlate-errors", "archive-behind", "archive-errors", "archive-silent", "archive-undone", "changed",
		"dead-late", "dead-revoke", "dead-expire", "dead-reconcile", "dead-notify", "dead-triggers", "dead-trail", "dead-reviews",
	}
}

// optionalAlarms exist only with what they watch: a door, a trail, or canaries.
func optionalAlarms() []string {
	some := []string{"machines-5xx", "people-5xx", "backfill-silent", "log-unwitnessed", "canary-silent"}
	for _, net := range []string{"workflow", "execution", "sweep", "ttl"} {
		some = append(some, "canary-"+net+"-late")
	}
	return some
}

func (r *round) checkAlarms(ctx context.Context) {
	found, err := r.allAlarms(ctx)
	if !r.isAnswered("alarms", err) {
		return
	}
	expected := map[string]bool{}
	for _, name := range alarmNames() {
		expected[r.resource(name)] = true
	}
	// Other alarms with this prefix may belong to an installation named curfew-two.
	for _, a := range found {
		if name, ours := strings.CutPrefix(aws.ToString(a.AlarmName), r.Name+"-"); ours && slices.Contains(optionalAlarms(), name) {
			expected[*a.AlarmName] = true
		}
	}
	topic := r.arn("sns", r.resource("alarms"))
	for _, name := range slices.Sorted(maps.Keys(expected)) {
		at := slices.IndexFunc(found, func(a watchtypes.CompositeAlarm) bool { return aws.ToString(a.AlarmName) == name })
		if at < 0 {
			r.add("alarm "+name, Wrong, "it does not exist", "deploy the stack "+r.Name)
			continue
		}
		a := found[at]
		var m problems
		m.require(a.StateValue != watchtypes.StateValueAlarm, "it is in ALARM: %s", aws.ToString(a.AlarmDescription))
		m.require(aws.ToBool(a.ActionsEnabled) && slices.Contains(a.AlarmActions, topic), "its action is off, or is not the topic %s", topic)
		do := redeploy
		if a.StateValue == watchtypes.StateValueAlarm {
			do = "see the dashboard " + r.Name + ", and what the alarm names"
		}
		r.addResult("alarm "+name, m, strings.ToLower(string(a.StateValue)), do)
	}
}

// allAlarms returns those on metrics as composite ones: the fields that count are the same.
func (r *round) allAlarms(ctx context.Context) (all []watchtypes.CompositeAlarm, err error) {
	in := &cloudwatch.DescribeAlarmsInput{
		AlarmNamePrefix: aws.String(r.Name + "-"), MaxRecords: aws.Int32(100),
		AlarmTypes: []watchtypes.AlarmType{watchtypes.AlarmTypeCompositeAlarm, watchtypes.AlarmTypeMetricAlarm},
	}
	for pages := cloudwatch.NewDescribeAlarmsPaginator(cloudwatch.NewFromConfig(r.aws), in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, page.CompositeAlarms...)
		for _, a := range page.MetricAlarms {
			all = append(all, watchtypes.CompositeAlarm{
				AlarmName: a.AlarmName, AlarmDescription: a.AlarmDescription, ActionsEnabled: a.ActionsEnabled, AlarmActions: a.AlarmActions, StateValue: a.StateValue,
			})
		}
	}
	return all, nil
}

// checkSubscriptions: a topic needs a confirmed subscription.
func (r *round) checkSubscriptions(ctx context.Context, name string) {
	topic := r.arn("sns", r.resource(name))
	check := "subscriptions of " + r.resource(name)
	out, err := sns.NewFromConfig(r.aws).ListSubscriptionsByTopic(ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
	if !r.isAnswered(check, err) {
		return
	}
	confirmed, waiting := map[string]int{}, []string{}
	for _, s := range out.Subscriptions {
		switch arn := aws.ToString(s.SubscriptionArn); {
		case strings.HasPrefix(arn, "arn:"): // others are pending, or deleted
			confirmed[aws.ToString(s.Protocol)]++
		case arn == "PendingConfirmation":
			waiting = append(waiting, aws.ToString(s.Protocol)+" "+endpoint(aws.ToString(s.Endpoint)))
		}
	}
	if len(confirmed) == 0 {
		r.add(check, NotSetUp, fmt.Sprintf("0 of %d are confirmed: %s reach no subscriber", len(out.Subscriptions), name),
			"aws sns subscribe --topic-arn "+topic+" --protocol email --notification-endpoint ADDRESS, and confirm it")
		return
	}
	var says []string
	for _, protocol := range slices.Sorted(maps.Keys(confirmed)) {
		says = append(says, fmt.Sprintf("%d by %s", confirmed[protocol], protocol))
	}
	if len(waiting) > 0 {
		r.add(check, NotSetUp, strings.Join(says, ", ")+"; not confirmed: "+strings.Join(waiting, ", "),
			"confirm it with the message of SNS; to get another, take it out of the setting, deploy, put it in again and deploy")
		return
	}
	r.add(check, OK, strings.Join(says, ", "), "")
}

// endpoint leaves out what may be a secret of a web hook.
func endpoint(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Scheme + "://" + u.Host + "/…"
	}
	return address
}

// queues are those that should be empty, then those of [transitQueues].
func queues() []string {
	return append([]string{"late", "dead-late", "dead-revoke", "dead-expire", "dead-reconcile", "dead-notify", "dead-triggers", "dead-trail", "dead-reviews"}, transitQueues()...)
}

// transitQueues are the queues that may hold messages: events in flight, and recent changes.
func transitQueues() []string { return []string{"triggers", "trail", "reviews", "changes"} }

func (r *round) checkQueues(ctx context.Context) {
	client := sqs.NewFromConfig(r.aws)
	for _, q := range queues() {
		name := r.resource(q)
		check := "queue " + name
		at, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
		if !r.isAnswered(check, err) {
			continue
		}
		const messages = sqstypes.QueueAttributeNameApproximateNumberOfMessages
		got, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: at.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{messages}})
		if !r.isAnswered(check, err) {
			continue
		}
		waiting := got.Attributes[string(messages)]
		do := "read the messages and the log of the function, then delete them: the sweep, or the next record, repeats the work"
		switch q {
		case "late":
			do = "the sweep appends them: if they stay, see the log of " + r.resource("reconcile")
		case "dead-late": // the only dead-letter queue of a queue: start-message-move-task works for no other
			do = "see the log of " + r.resource("reconcile") + "; when the cause is gone, aws sqs start-message-move-task --source-arn " + r.arn("sqs", r.resource(q))
		}
		var m problems
		says := "empty"
		if slices.Contains(transitQueues(), q) {
			says = "about " + waiting + " messages on their way"
		} else {
			m.require(waiting == "0", "about %s messages are in it", waiting)
		}
		r.addResult(check, m, says, do)
	}
}

// beatWithin is the greatest age of the sweep's last heartbeat, as in its alarm. Metrics appear late.
const beatWithin, beatWindow = 5 * time.Minute, time.Hour

func (r *round) checkLastSweep(ctx context.Context) {
	const check = "last sweep"
	now := r.Now().UTC()
	out, err := cloudwatch.NewFromConfig(r.aws).GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
		Namespace: aws.String("Curfew"), MetricName: aws.String("Beat"), Period: aws.Int32(60), Statistics: []watchtypes.Statistic{watchtypes.StatisticSum},
		Dimensions: []watchtypes.Dimension{{Name: aws.String("Installation"), Value: &r.Name}, {Name: aws.String("Net"), Value: aws.String("sweep")}},
		StartTime:  aws.Time(now.Add(-beatWindow)), EndTime: &now,
	})
	if !r.isAnswered(check, err) {
		return
	}
	var last time.Time
	for _, p := range out.Datapoints {
		if at := aws.ToTime(p.Timestamp); aws.ToFloat64(p.Sum) > 0 && at.After(last) {
			last = at
		}
	}
	do := "see the log of " + r.resource("reconcile") + ", and the rule " + r.resource("sweep")
	switch age := now.Sub(last).Truncate(time.Second); {
	case last.IsZero() && now.Sub(r.deployed) < 2*beatWithin:
		r.add(check, NotSetUp, "none has finished yet: the stack was deployed "+now.Sub(r.deployed).Truncate(time.Second).String()+" ago", "wait")
	case last.IsZero():
		r.add(check, Wrong, "none has finished within the last hour: a net is down", do)
	case age > beatWithin:
		r.add(check, Wrong, fmt.Sprintf("it finished %s ago: a net is down", age), do)
	default:
		r.add(check, OK, fmt.Sprintf("it finished %s ago", age), "")
	}
}

// checkTags: an administrator of the home account can change Curfew, so Curfew elevates no principal there.
func (r *round) checkTags(ctx context.Context) {
	const check = "tags of principals"
	tag := access.MarkKey(r.Name)
	var marked []string
	note := func(arn *string, tags []iamtypes.Tag) {
		if slices.ContainsFunc(tags, func(t iamtypes.Tag) bool { return access.IsMarkKey(aws.ToString(t.Key), r.Name) }) {
			marked = append(marked, aws.ToString(arn))
		}
	}
	in := &iam.GetAccountAuthorizationDetailsInput{Filter: []iamtypes.EntityType{iamtypes.EntityTypeRole, iamtypes.EntityTypeUser}}
	for pages := iam.NewGetAccountAuthorizationDetailsPaginator(iam.NewFromConfig(r.aws), in); pages.HasMorePages(); {
		out, err := pages.NextPage(ctx)
		if !r.isAnswered(check, err) {
			return
		}
		for _, p := range out.RoleDetailList {
			note(p.Arn, p.Tags)
		}
		for _, p := range out.UserDetailList {
			note(p.Arn, p.Tags)
		}
	}
	if len(marked) > 0 {
		r.add(check, Wrong, "in this account, where Curfew elevates no principal, "+tag+" is on "+strings.Join(marked, ", "), "remove the tag, and find in CloudTrail who added it")
		return
	}
	r.add(check, OK, "no principal of this account has the tag "+tag, "")
}
