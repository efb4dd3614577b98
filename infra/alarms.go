package main

import (
	"cmp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
)

// alarm is an alarm on one metric.
type alarm struct {
	name, about string
	metric      metric
	stat        string
	above       int  // it rings when the value is above this
	times       int  // consecutive periods
	period      int  // seconds; 0: 60
	keepsState  bool // a missing value keeps the state
}

// alarmList: missing data is good; silenceAlarms are about silence. overdue and stuck keep their state: a sweep that
// stopped counting proves nothing.
func (s monitoring) alarmList() []alarm {
	all := []alarm{
		{name: "overdue", about: "access is past its end, and its removal is not confirmed", metric: s.curfewMetric("OverdueRevocations"), stat: "Maximum", times: 1, keepsState: true},
		{name: "stuck", about: "AWS refuses to remove access: look at IAM now", metric: s.curfewMetric("Stuck"), stat: "Maximum", times: 1, keepsState: true},
		{name: "expire-behind", about: "TTL removals wait in the stream: a net is down", metric: s.ofFunction("expire", "IteratorAge"), stat: "Maximum", above: 5 * 60 * 1000, times: 1},
		{name: "notify-behind", about: "messages and events wait in the stream", metric: s.ofFunction("notify", "IteratorAge"), stat: "Maximum", above: 5 * 60 * 1000, times: 1},
		{name: "archive-behind", about: "evidence waits in a stream, which keeps it for 24 hours: soon it is not in the log", metric: s.ofFunction("archive", "IteratorAge"), stat: "Maximum", above: 6 * 60 * 60 * 1000, times: 1},
		{name: "archive-errors", about: "archive fails: evidence is not in the log; read its log", metric: s.ofFunction("archive", "Errors"), stat: "Sum", above: 1, times: 1, period: 3 * quarter}, // time-outs come every 15 minutes
		{name: "archive-undone", about: "archive could not store a finding or the rows of the log: read its log", metric: s.curfewMetric("Undone"), stat: "Sum", times: 1},
		{name: "rule-failed", about: "the rule on the execution's end could not invoke Revoke: a net is down",
			metric: metric{"AWS/Events", "FailedInvocations", [][2]string{{"RuleName", s.resource("execution-closed")}}}, stat: "Sum", times: 1},
		{name: "grant-throttled", about: "Grant is throttled: raise its reservation, or find who requests so much", metric: s.ofFunction("grant", "Throttles"), stat: "Sum", times: 5},
		{name: "revoke-throttled", about: "Revoke is throttled: raise its reservation", metric: s.ofFunction("revoke", "Throttles"), stat: "Sum", times: 1},
		{name: "revoke-errors", about: "Revoke fails repeatedly: read its log", metric: s.ofFunction("revoke", "Errors"), stat: "Sum", above: 5, times: 5},
	}
	if s.Log.Witness != "" {
		all = append(all, alarm{name: "log-unwitnessed", about: "checkpoints are published without their witness", metric: s.curfewMetric("Unwitnessed"), stat: "Sum", times: 4, period: quarter})
	}
	for _, status := range []string{"ExecutionsTimedOut", "ExecutionsAborted"} { // ExecutionsFailed: see [monitoring.executionFailedAlarm]
		all = append(all, alarm{name: "execution-" + status[len("Executions"):], about: diedAbout,
			metric: metric{"AWS/States", status, [][2]string{{"StateMachineArn", s.machineARN()}}}, stat: "Sum", times: 1})
	}
	for _, q := range Settings(s).queues() {
		if q.dead() {
			all = append(all, alarm{name: q.name, about: "a message was given up after all retries: read it, and the function's log",
				metric: metric{"AWS/SQS", "ApproximateNumberOfMessagesVisible", [][2]string{{"QueueName", s.resource(q.name)}}}, stat: "Maximum", times: 1})
		}
	}
	if s.OrgID != "" {
		all = append(all, alarm{name: "machines-5xx", about: "the machines' API returns 5xx errors", stat: "Sum", times: 2,
			metric: metric{"AWS/ApiGateway", "5XXError", [][2]string{{"ApiName", s.resource("machines")}, {"Stage", "live"}}}})
	}
	if s.JWTIssuer != "" {
		all = append(all, alarm{name: "people-5xx", about: "the people's API returns 5xx errors", stat: "Sum", times: 2,
			metric: metric{"AWS/ApiGateway", "5xx", [][2]string{{"ApiId", "${People}"}, {"Stage", "$default"}}}})
	}
	// A message that was received three times is no longer in this metric: after three minutes, at 90 s each.
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
	all = append(all, alarm{name: "triggers-behind", about: "events wait in the queue",
		metric: metric{"AWS/SQS", "ApproximateAgeOfOldestMessage", [][2]string{{"QueueName", s.resource("triggers")}}}, stat: "Maximum", above: 2 * 60, times: 1})
	all = append(all, s.trailAlarms()...)
	return append(all, s.canaryAlarms()...)
}

// trailAlarms: without events they do not ring. One message that fails is received each three minutes, so errors are
// summed over a quarter of an hour.
func (s monitoring) trailAlarms() []alarm {
	return []alarm{
		{name: "correlate-errors", about: "correlate fails: read its log", metric: s.ofFunction("correlate", "Errors"), stat: "Sum", above: 2, times: 1, period: quarter},
		{name: "trail-behind", about: "CloudTrail's events wait in the queue",
			metric: metric{"AWS/SQS", "ApproximateAgeOfOldestMessage", [][2]string{{"QueueName", s.resource("trail")}}}, stat: "Maximum", above: 5 * 60, times: 1},
	}
}

// backfillBeat: shared/onaws/cloudtrail/backfill.go writes it.
func (s monitoring) backfillBeat() metric {
	return s.curfewMetric("Beat", [2]string{"Net", "backfill"})
}

const diedAbout = "an execution ended before Revoke: the other nets end its access"

// executionFailedAlarm rings for failed executions that are not canaries'; three of four canaries fail on purpose. One
// count is enough, so one broken part cannot silence it:
//
//   - revoke's, by the rule on the execution's end. It leaves out canaries.
//   - Step Functions', minus one while the sweep expects a canary's failure. Without the sweep it rings for canaries
//     too.
//
// The sweep expects the failure for longer than the alarm's period. A second failure in the same 15 minutes rings.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html
func (s monitoring) executionFailedAlarm() computed {
	return computed{
		name: "execution-Failed", about: diedAbout, period: quarter, times: 1,
		counts: []count{
			{s.curfewMetric("ExecutionsDied", [2]string{"Status", "FAILED"}), "Sum"}, {s.ofMachine("ExecutionsFailed"), "Sum"}, s.canaryFailures(),
		},
		expression: "IF(" + sumOf(0, 1) + " > 0 OR " + sumOf(1, 1) + "-" + sumOf(2, 1) + " > 0, 1, 0)",
	}
}

// canaryFailures is 1 while a canary's execution is expected to fail.
func (s monitoring) canaryFailures() count { return count{s.curfewMetric("CanaryDies"), "Maximum"} }

// canaryDays is longer than one round of all four canaries, of which TTL takes two days. An alarm can look back at
// most seven.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
const canaryDays, day = 7, 24 * 60 * 60

// canaryAlarms: a net ended a canary late.
func (s monitoring) canaryAlarms() []alarm {
	var all []alarm
	for _, n := range s.canaryNets() {
		all = append(all, alarm{name: "canary-" + n.net + "-late", about: "the net " + n.net + " ended a canary late", metric: s.canaryLate(n.net), stat: "Maximum", above: n.late, times: 1})
	}
	return all
}

// canaryNet is a net, and from how many seconds on its canary is late.
type canaryNet struct {
	net  string
	late int
}

func (s monitoring) canaryNets() []canaryNet {
	if Settings(s).canaryAccount() == "" {
		return nil
	}
	return []canaryNet{{"workflow", 60}, {"execution", 120}, {"sweep", 60*s.SweepMinutes + 60}, {"ttl", 2 * day}}
}

func (s monitoring) canaryLate(net string) metric {
	return s.curfewMetric("CanaryLateSeconds", [2]string{"Net", net})
}

func alarms(stack awscdk.Stack, s Settings) {
	topic := &[]*string{reference("AlarmsTopic")}
	for _, a := range monitoring(s).alarmList() {
		missing := "notBreaching"
		if a.keepsState {
			missing = "ignore"
		}
		awscloudwatch.NewCfnAlarm(stack, str(logicalID("alarm", a.name)), &awscloudwatch.CfnAlarmProps{
			AlarmName: str(s.resource(a.name)), AlarmDescription: str("Curfew: " + a.about),
			Namespace: str(a.metric.namespace), MetricName: str(a.metric.name), Dimensions: a.metric.list(),
			Statistic: str(a.stat), Period: num(cmp.Or(a.period, 60)), EvaluationPeriods: num(a.times), Threshold: num(a.above),
			ComparisonOperator: str("GreaterThanThreshold"), TreatMissingData: str(missing),
			AlarmActions: topic, OkActions: topic,
		})
	}
}
