package main

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
)

// silence is an alarm on a heartbeat that stopped. It does not ring before the first. A sweep that never finished rings
// sweep-unfinished.
type silence struct {
	net, about    string
	beat          metric
	period, times int // seconds, and consecutive periods without a heartbeat
}

func (s monitoring) silences() []silence {
	all := []silence{{"sweep", "no sweep has finished for five minutes: a net is down", s.curfewMetric("Beat", [2]string{"Net", "sweep"}), 60, 5},
		// One pass may fail: each looks two days back. At most seven days, with periods of an hour:
		// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
		{"archive", "for two days, no pass has compared evidence and log", s.curfewMetric("Beat", [2]string{"Net", "archive"}), 3600, 48}}
	if s.Trail != "" {
		all = append(all, silence{"backfill", "no pass over the trail's files has finished for 15 minutes", s.backfillBeat(), quarter, 1})
	}
	return all
}

// silenceAlarms composes each alarm of two without actions: -missing is in ALARM without a heartbeat, -seen is OK from the
// first on, for it keeps its state.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
func silenceAlarms(stack awscdk.Stack, s Settings) {
	topic := &[]*string{reference("AlarmsTopic")}
	for _, q := range monitoring(s).silences() {
		missing, seen := q.missingAlarm(stack, s), q.seenAlarm(stack, s)
		name := q.net + "-silent"
		a := awscloudwatch.NewCfnCompositeAlarm(stack, str(logicalID("alarm", name)), &awscloudwatch.CfnCompositeAlarmProps{
			AlarmName: str(s.resource(name)), AlarmDescription: str("Curfew: " + q.about),
			AlarmRule:    str(fmt.Sprintf("ALARM(%q) AND OK(%q)", *missing.AlarmName(), *seen.AlarmName())),
			AlarmActions: topic, OkActions: topic,
		})
		a.AddDependency(missing)
		a.AddDependency(seen)
	}
}

const partOfSilence = "Curfew: part of an alarm on silence"

// missingAlarm: FILL makes the time exact. An alarm without it would look for earlier heartbeats first, for up to an hour:
// the page does not say how far.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
func (q silence) missingAlarm(stack awscdk.Stack, s Settings) awscloudwatch.CfnAlarm {
	name := q.net + "-missing"
	return awscloudwatch.NewCfnAlarm(stack, str(logicalID("alarm", name)), &awscloudwatch.CfnAlarmProps{
		AlarmName: str(s.resource(name)), AlarmDescription: str(partOfSilence), EvaluationPeriods: num(q.times), Threshold: num(0),
		ComparisonOperator: str("GreaterThanThreshold"), TreatMissingData: str("breaching"),
		Metrics: []any{
			&awscloudwatch.CfnAlarm_MetricDataQueryProperty{Id: str("answer"), Expression: str("IF(" + sumOf(0, 1) + " == 0, 1, 0)"), ReturnData: true},
			&awscloudwatch.CfnAlarm_MetricDataQueryProperty{Id: str("m0"), ReturnData: false, MetricStat: &awscloudwatch.CfnAlarm_MetricStatProperty{
				Metric: &awscloudwatch.CfnAlarm_MetricProperty{Namespace: str(q.beat.namespace), MetricName: str(q.beat.name), Dimensions: q.beat.list()},
				Period: num(q.period), Stat: str("Sum"),
			}},
		},
	})
}

func (q silence) seenAlarm(stack awscdk.Stack, s Settings) awscloudwatch.CfnAlarm {
	name := q.net + "-seen"
	return awscloudwatch.NewCfnAlarm(stack, str(logicalID("alarm", name)), &awscloudwatch.CfnAlarmProps{
		AlarmName: str(s.resource(name)), AlarmDescription: str(partOfSilence),
		Namespace: str(q.beat.namespace), MetricName: str(q.beat.name), Dimensions: q.beat.list(),
		Statistic: str("SampleCount"), Period: num(60), EvaluationPeriods: num(1), Threshold: num(-1), // a count is never below 0
		ComparisonOperator: str("LessThanOrEqualToThreshold"), TreatMissingData: str("ignore"),
	})
}
