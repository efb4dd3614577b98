package main

import (
	"encoding/json"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
)

type panel struct {
	title, stat string
	metrics     []metric
}

// panels: access now, late ends, nets, waiting requests, CloudTrail.
func (s monitoring) panels() []panel {
	var errors, durations []metric
	for _, f := range functions() {
		errors = append(errors, s.ofFunction(f.name, "Errors"))
		durations = append(durations, s.ofFunction(f.name, "Duration"))
	}
	var dead []metric
	for _, q := range Settings(s).queues() {
		dead = append(dead, metric{"AWS/SQS", "ApproximateNumberOfMessagesVisible", [][2]string{{"QueueName", s.resource(q.name)}}})
	}
	var beats []metric
	for _, net := range []string{"workflow", "execution", "ttl", "sweep"} {
		beats = append(beats, s.curfewMetric("Beat", [2]string{"Net", net}))
	}
	return []panel{
		{"Elevations with access", "Maximum", []metric{s.curfewMetric("Active")}},
		{"Overdue and stuck", "Maximum", []metric{s.curfewMetric("OverdueRevocations"), s.curfewMetric("Stuck")}},
		{"Overstay, seconds", "Maximum", []metric{s.curfewMetric("OverstaySeconds")}},
		{"Nets at work", "Sum", beats},
		{"Errors", "Sum", errors},
		{"Duration, ms", "p95", durations},
		{"Executions", "Sum", []metric{s.ofMachine("ExecutionsStarted"), s.ofMachine("ExecutionsSucceeded"), s.ofMachine("ExecutionsFailed")}},
		{"Queues", "Maximum", dead},
		{"CloudTrail: events, passes over files", "Sum", []metric{{"AWS/Events", "TriggeredRules", [][2]string{{"EventBusName", Settings(s).busName("trail")}, {"RuleName", s.resource("trail-events")}}}, s.backfillBeat()}},
	}
}

// The dashboard's grid is 24 columns wide.
const panelWidth, panelHeight, perRow = 12, 6, 2

func dashboard(stack awscdk.Stack, s Settings) {
	var widgets []any
	for i, p := range monitoring(s).panels() {
		widgets = append(widgets, map[string]any{
			"type": "metric", "x": i % perRow * panelWidth, "y": i / perRow * panelHeight, "width": panelWidth, "height": panelHeight,
			"properties": map[string]any{
				"title": p.title, "stat": p.stat, "period": 60, "region": "${AWS::Region}", "view": "timeSeries", "metrics": p.lines(),
			},
		})
	}
	body, err := json.Marshal(map[string]any{"widgets": widgets})
	if err != nil { // maps, lists and strings: cannot fail
		return
	}
	awscloudwatch.NewCfnDashboard(stack, str("Dashboard"), &awscloudwatch.CfnDashboardProps{
		DashboardName: str(s.Name), DashboardBody: substitute(string(body)),
	})
}

// lines returns namespace, name, then pairs of dimension and value.
func (p panel) lines() [][]string {
	var all [][]string
	for _, m := range p.metrics {
		line := []string{m.namespace, m.name}
		for _, d := range m.dimensions {
			line = append(line, d[0], d[1])
		}
		all = append(all, line)
	}
	return all
}
