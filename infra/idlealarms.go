package main

import (
	"fmt"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
)

// idleAlarm is an alarm on a net that had work and did none. Most nets have no work for days, so a missing heartbeat
// alone is no fault.
//
// Periods are 15 minutes. With two quarters, a metric that arrives a minute late does not ring.
type idleAlarm struct {
	name, about string
	causes      []count // any of these caused work
	exclusions  []count // minus these, which cause none
	heartbeat   count   // the heartbeat that must follow
	quarters    int     // consecutive
}

func (s monitoring) idleAlarms() []idleAlarm {
	beat := func(net string) count { return count{s.curfewMetric("Beat", [2]string{"Net", net}), "Sum"} }
	began := count{s.ofMachine("ExecutionsStarted"), "Sum"}
	return []idleAlarm{
		{
			name: "workflow-silent", about: "elevations end, but no execution calls Revoke: the other nets do its work",
			causes: []count{{s.curfewMetric("OverstaySeconds"), "SampleCount"}}, heartbeat: beat("workflow"), quarters: 2,
		},
		{
			name: "sweep-unfinished", about: "the sweep runs, and no pass finishes: a net is down",
			causes: []count{{s.ofFunction("reconcile", "Invocations"), "Sum"}}, heartbeat: beat("sweep"), quarters: 2,
		},
		{
			// Step Functions' metric may arrive before the heartbeat: then it rings too, for a minute or two. So canaries
			// are left out; they have their own alarms.
			name: "rule-silent", about: "an execution died, but the rule on its end did not invoke Revoke: a net is down",
			causes: []count{
				{s.ofMachine("ExecutionsFailed"), "Sum"}, {s.ofMachine("ExecutionsTimedOut"), "Sum"}, {s.ofMachine("ExecutionsAborted"), "Sum"},
			},
			exclusions: []count{s.canaryFailures()}, heartbeat: beat("execution"), quarters: 1,
		},
		{
			// The filter passes only TTL removals, which are rare: count what was polled.
			name: "expire-silent", about: "elevations begin, but expire does not read the stream: a net is down",
			causes: []count{began}, heartbeat: count{metric{"AWS/Lambda", "PolledEventCount", [][2]string{{"EventSourceMappingUUID", "${ExpireFromAccess}"}}}, "Sum"}, quarters: 2,
		},
		{
			name: "notify-silent", about: "elevations begin, but notify sends nothing",
			causes: []count{began}, heartbeat: count{s.ofFunction("notify", "Invocations"), "Sum"}, quarters: 2,
		},
	}
}

func (q idleAlarm) alarm() computed {
	had := sumOf(1, len(q.causes))
	if len(q.exclusions) > 0 {
		had += "-(" + sumOf(1+len(q.causes), len(q.exclusions)) + ")"
	}
	return computed{
		name: q.name, about: q.about, counts: slices.Concat([]count{q.heartbeat}, q.causes, q.exclusions), period: quarter, times: q.quarters,
		expression: fmt.Sprintf("IF(%s > 0 AND %s == 0, 1, 0)", had, sumOf(0, 1)),
	}
}

// canarySilentAlarms: a net ended no canary on seven days with sweeps. They count sweeps, so that the first week of an
// installation is quiet.
func (s monitoring) canarySilentAlarms() []computed {
	var all []computed
	for _, n := range s.canaryNets() {
		all = append(all, computed{
			name: "canary-" + n.net + "-silent", about: "the net " + n.net + " ended no canary for a week", period: day, times: canaryDays,
			counts:     []count{{s.canaryLate(n.net), "SampleCount"}, {s.curfewMetric("Beat", [2]string{"Net", "sweep"}), "Sum"}},
			expression: "IF(" + sumOf(1, 1) + " > 0 AND " + sumOf(0, 1) + " == 0, 1, 0)",
		})
	}
	return all
}

func (s monitoring) computedList() []computed {
	all := append([]computed{s.changeAlarm(), s.executionFailedAlarm()}, s.canarySilentAlarms()...)
	for _, q := range s.idleAlarms() {
		all = append(all, q.alarm())
	}
	return all
}

func computedAlarms(stack awscdk.Stack, s Settings) {
	topic := &[]*string{reference("AlarmsTopic")}
	for _, c := range monitoring(s).computedList() {
		queries := []any{&awscloudwatch.CfnAlarm_MetricDataQueryProperty{Id: str("answer"), Expression: str(c.expression), ReturnData: true}}
		for i, of := range c.counts {
			queries = append(queries, &awscloudwatch.CfnAlarm_MetricDataQueryProperty{
				Id: str(fmt.Sprintf("m%d", i)), ReturnData: false,
				MetricStat: &awscloudwatch.CfnAlarm_MetricStatProperty{
					Metric: &awscloudwatch.CfnAlarm_MetricProperty{Namespace: str(of.metric.namespace), MetricName: str(of.metric.name), Dimensions: of.metric.list()},
					Period: num(c.period), Stat: str(of.stat),
				},
			})
		}
		awscloudwatch.NewCfnAlarm(stack, str(logicalID("alarm", c.name)), &awscloudwatch.CfnAlarmProps{
			AlarmName: str(s.resource(c.name)), AlarmDescription: str("Curfew: " + c.about), Metrics: queries,
			EvaluationPeriods: num(c.times), Threshold: num(0), ComparisonOperator: str("GreaterThanThreshold"), TreatMissingData: str("notBreaching"),
			AlarmActions: topic, OkActions: topic,
		})
	}
}
