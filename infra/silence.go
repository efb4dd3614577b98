package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
)

// silence is an alarm on heartbeats that stopped. It does not ring before the first. A sweep that never finished rings
// sweep-unfinished; a canary that its net did not end is a finding.
type silence struct {
	name, about string
	beats       []heartbeat
}

// heartbeat is missing after some consecutive periods without data.
type heartbeat struct {
	name   string
	metric metric
	period int // seconds
	times  int
}

// canaryDays is longer than one round of all four canaries, of which TTL takes two days. An alarm can look back at
// most seven.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
const sweepSilent, canaryDays = 5, 7

func (s monitoring) silences() []silence {
	sweep := heartbeat{"sweep", s.curfewMetric("Beat", [2]string{"Net", "sweep"}), 60, sweepSilent}
	all := []silence{{"sweep-silent", "no sweep has finished for five minutes: a net is down", []heartbeat{sweep}}}
	if s.Trail != "" {
		all = append(all, silence{"backfill-silent", "no pass over the trail's files has finished for 15 minutes", []heartbeat{{"backfill", s.backfillBeat(), quarter, 1}}})
	}
	canaries := silence{name: "canary-silent", about: "a net ended no canary for a week: see which of the alarms canary-*-missing rings"}
	for _, n := range s.canaryNets() {
		canaries.beats = append(canaries.beats, heartbeat{"canary-" + n.net, s.canaryLate(n.net), day, canaryDays})
	}
	if len(canaries.beats) > 0 {
		all = append(all, canaries)
	}
	return all
}

// silenceAlarms composes each alarm of two for each heartbeat, without actions: -missing is in ALARM without data, -seen is
// OK from the first heartbeat on, for it keeps its state.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
func silenceAlarms(stack awscdk.Stack, s Settings) {
	topic := &[]*string{reference("AlarmsTopic")}
	for _, q := range monitoring(s).silences() {
		var rule []string
		var parts []awscdk.CfnResource
		for _, b := range q.beats {
			missing, seen := b.name+"-missing", b.name+"-seen"
			rule = append(rule, fmt.Sprintf("(ALARM(%q) AND OK(%q))", s.resource(missing), s.resource(seen)))
			parts = append(parts,
				beatAlarm(stack, s, b, missing, b.times, "breaching", 0),
				beatAlarm(stack, s, b, seen, 1, "ignore", -1)) // a count is never below 0
		}
		a := awscloudwatch.NewCfnCompositeAlarm(stack, str(logicalID("alarm", q.name)), &awscloudwatch.CfnCompositeAlarmProps{
			AlarmName: str(s.resource(q.name)), AlarmDescription: str("Curfew: " + q.about), AlarmRule: str(strings.Join(rule, " OR ")),
			AlarmActions: topic, OkActions: topic,
		})
		for _, part := range parts {
			a.AddDependency(part)
		}
	}
}

func beatAlarm(stack awscdk.Stack, s Settings, b heartbeat, name string, times int, missing string, above int) awscdk.CfnResource {
	return awscloudwatch.NewCfnAlarm(stack, str(logicalID("alarm", name)), &awscloudwatch.CfnAlarmProps{
		AlarmName: str(s.resource(name)), AlarmDescription: str("Curfew: part of an alarm on silence"),
		Namespace: str(b.metric.namespace), MetricName: str(b.metric.name), Dimensions: b.metric.list(),
		Statistic: str("SampleCount"), Period: num(b.period), EvaluationPeriods: num(times), Threshold: num(above),
		ComparisonOperator: str("LessThanOrEqualToThreshold"), TreatMissingData: str(missing),
	})
}
