package doctor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/scripts/curfew/awsread"
	"curfew/shared/access"
)

// alarmNames are the alarms that every installation has.
func alarmNames() []string {
	return []string{
		"overdue", "stuck", "sweep-silent", "expire-behind", "notify-behind", "rule-failed", "grant-throttled", "revoke-throttled",
		"revoke-errors", "execution-Failed", "execution-TimedOut", "execution-Aborted",
		"workflow-silent", "rule-silent", "expire-silent", "notify-silent", "triggers-behind", "changed",
		"dead-late", "dead-revoke", "dead-expire", "dead-reconcile", "dead-notify", "dead-triggers",
	}
}

// someAlarms are there if what they watch is: a door, or canaries.
func someAlarms() []string {
	some := []string{"machines-5xx", "people-5xx"}
	for _, net := range []string{"workflow", "execution", "sweep", "ttl"} {
		some = append(some, "canary-"+net+"-late", "canary-"+net+"-silent")
	}
	return some
}

// alarm is one as CloudWatch describes it.
type alarm struct {
	Name    string   `xml:"AlarmName"`
	Enabled bool     `xml:"ActionsEnabled"`
	Actions []string `xml:"AlarmActions>member"`
	State   string   `xml:"StateValue"`
	About   string   `xml:"AlarmDescription"`
}

func (r *round) alarms(ctx context.Context) {
	found, err := r.allAlarms(ctx)
	if !r.asked("alarms", err) {
		return
	}
	expected := map[string]bool{}
	for _, name := range alarmNames() {
		expected[r.resource(name)] = true
	}
	// Others that begin with the name are looked at by nobody here: they may be of an installation called curfew-two.
	for _, a := range found {
		if name, ours := strings.CutPrefix(a.Name, r.Name+"-"); ours && slices.Contains(someAlarms(), name) {
			expected[a.Name] = true
		}
	}
	topic := r.arn("sns", r.resource("alarms"))
	for _, name := range slices.Sorted(maps.Keys(expected)) {
		at := slices.IndexFunc(found, func(a alarm) bool { return a.Name == name })
		if at < 0 {
			r.add("alarm "+name, Wrong, "it is not there", "deploy the stack "+r.Name)
			continue
		}
		a := found[at]
		var m must
		m.be(a.State != "ALARM", "it rings: %s", a.About)
		m.be(a.Enabled && slices.Contains(a.Actions, topic), "it tells nobody: its action is off, or not %s", topic)
		do := redeploy
		if a.State == "ALARM" {
			do = "look at the dashboard " + r.Name + ", and at what the alarm names"
		}
		r.settle("alarm "+name, m, strings.ToLower(a.State), do)
	}
}

func (r *round) allAlarms(ctx context.Context) (all []alarm, err error) {
	params := map[string]string{"AlarmNamePrefix": r.Name + "-", "MaxRecords": "100"}
	for {
		var out struct {
			Alarms []alarm `xml:"DescribeAlarmsResult>MetricAlarms>member"`
			Next   string  `xml:"DescribeAlarmsResult>NextToken"`
		}
		if err := r.aws.Query(ctx, awsread.CloudWatch, "DescribeAlarms", params, &out); err != nil {
			return nil, err
		}
		all = append(all, out.Alarms...)
		if out.Next == "" {
			return all, nil
		}
		params["NextToken"] = out.Next
	}
}

// subscriptions: an alarm that nobody hears is none.
func (r *round) subscriptions(ctx context.Context) {
	topic := r.arn("sns", r.resource("alarms"))
	check := "subscriptions of " + r.resource("alarms")
	var out struct {
		All []struct {
			ARN      string `xml:"SubscriptionArn"`
			Protocol string
		} `xml:"ListSubscriptionsByTopicResult>Subscriptions>member"`
	}
	if !r.asked(check, r.aws.Query(ctx, awsread.SNS, "ListSubscriptionsByTopic", map[string]string{"TopicArn": topic}, &out)) {
		return
	}
	confirmed := map[string]int{}
	for _, s := range out.All {
		if strings.HasPrefix(s.ARN, "arn:") { // else it waits to be confirmed, or was deleted
			confirmed[s.Protocol]++
		}
	}
	if len(confirmed) == 0 {
		r.add(check, Wrong, fmt.Sprintf("%d of %d are confirmed: nobody is told of an alarm", 0, len(out.All)),
			"aws sns subscribe --topic-arn "+topic+" --protocol email --notification-endpoint ADDRESS, and confirm it")
		return
	}
	var says []string
	for _, protocol := range slices.Sorted(maps.Keys(confirmed)) {
		says = append(says, fmt.Sprintf("%d by %s", confirmed[protocol], protocol))
	}
	r.add(check, OK, strings.Join(says, ", "), "")
}

// queues are those in which nothing should be, and after them those through which work passes.
func queues() []string {
	return append([]string{"late", "dead-late", "dead-revoke", "dead-expire", "dead-reconcile", "dead-notify", "dead-triggers"}, passing()...)
}

// passing are the queues in which messages may be: events on their way, and what the watch on changes keeps for a while.
func passing() []string { return []string{"triggers", "changes"} }

func (r *round) queues(ctx context.Context) {
	for _, q := range queues() {
		check := "queue " + r.resource(q)
		var at struct {
			QueueURL string `json:"QueueUrl"`
		}
		if !r.asked(check, r.aws.JSON(ctx, awsread.SQS, "GetQueueUrl", map[string]string{"QueueName": r.resource(q)}, &at)) {
			continue
		}
		var got struct{ Attributes map[string]string }
		in := map[string]any{"QueueUrl": at.QueueURL, "AttributeNames": []string{"ApproximateNumberOfMessages"}}
		if !r.asked(check, r.aws.JSON(ctx, awsread.SQS, "GetQueueAttributes", in, &got)) {
			continue
		}
		waiting := got.Attributes["ApproximateNumberOfMessages"]
		do := "read the messages and the log of the function, then delete them: the sweep, or the next record, does it again"
		switch q {
		case "late":
			do = "the sweep appends them: if they stay, see the log of " + r.resource("reconcile")
		case "dead-late": // the only one that is a queue's: AWS moves back no others
			do = "see the log of " + r.resource("reconcile") + "; when the cause is gone, aws sqs start-message-move-task --source-arn " + r.arn("sqs", r.resource(q))
		}
		var m must
		says := "empty"
		if slices.Contains(passing(), q) {
			says = "about " + waiting + " messages on their way"
		} else {
			m.be(waiting == "0", "about %s messages are in it", waiting)
		}
		r.settle(check, m, says, do)
	}
}

// beatWithin is how old the last beat of the sweep may be: as long as its alarm waits. Metrics take a while to appear.
const beatWithin, beatWindow = 5 * time.Minute, time.Hour

func (r *round) beat(ctx context.Context) {
	const check = "last sweep"
	var out struct {
		Points []struct {
			At  time.Time `xml:"Timestamp"`
			Sum float64
		} `xml:"GetMetricStatisticsResult>Datapoints>member"`
	}
	err := r.aws.Query(ctx, awsread.CloudWatch, "GetMetricStatistics", map[string]string{
		"Namespace": "Curfew", "MetricName": "Beat", "Period": "60", "Statistics.member.1": "Sum",
		"Dimensions.member.1.Name": "Installation", "Dimensions.member.1.Value": r.Name,
		"Dimensions.member.2.Name": "Net", "Dimensions.member.2.Value": "sweep",
		"StartTime": r.Now.Add(-beatWindow).UTC().Format(time.RFC3339), "EndTime": r.Now.UTC().Format(time.RFC3339),
	}, &out)
	if !r.asked(check, err) {
		return
	}
	var last time.Time
	for _, p := range out.Points {
		if p.Sum > 0 && p.At.After(last) {
			last = p.At
		}
	}
	do := "see the log of " + r.resource("reconcile") + ", and the rule " + r.resource("sweep")
	switch age := r.Now.Sub(last).Truncate(time.Second); {
	case last.IsZero():
		r.add(check, Wrong, "none has finished within the last hour: a net is down", do)
	case age > beatWithin:
		r.add(check, Wrong, fmt.Sprintf("it finished %s ago: a net is down", age), do)
	default:
		r.add(check, OK, fmt.Sprintf("it finished %s ago", age), "")
	}
}

// marks: whoever administers the home account can change Curfew, and so nobody is elevated there.
func (r *round) marks(ctx context.Context) {
	const check = "tags of principals"
	tag := access.MarkKey(r.Name)
	params := map[string]string{"Filter.member.1": "Role", "Filter.member.2": "User"}
	var marked []string
	for {
		var out struct {
			Roles  []described `xml:"GetAccountAuthorizationDetailsResult>RoleDetailList>member"`
			Users  []described `xml:"GetAccountAuthorizationDetailsResult>UserDetailList>member"`
			More   bool        `xml:"GetAccountAuthorizationDetailsResult>IsTruncated"`
			Marker string      `xml:"GetAccountAuthorizationDetailsResult>Marker"`
		}
		if !r.asked(check, r.aws.Query(ctx, awsread.IAM, "GetAccountAuthorizationDetails", params, &out)) {
			return
		}
		for _, p := range slices.Concat(out.Roles, out.Users) {
			if slices.ContainsFunc(p.Tags, func(t keyValue) bool { return access.IsMarkKey(t.Key, r.Name) }) {
				marked = append(marked, p.ARN)
			}
		}
		if !out.More {
			break
		}
		params["Marker"] = out.Marker
	}
	if len(marked) > 0 {
		r.add(check, Wrong, "in this account, where nobody may be elevated, "+tag+" is on "+strings.Join(marked, ", "), "take the tag off, and look in the trail who put it there")
		return
	}
	r.add(check, OK, "nobody in this account bears "+tag, "")
}

type (
	described struct {
		ARN  string     `xml:"Arn"`
		Tags []keyValue `xml:"Tags>member"`
	}
	keyValue struct{ Key string }
)
