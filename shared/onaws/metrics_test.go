package onaws

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestMetricsAreInTheEmbeddedFormat(t *testing.T) {
	f, out := newFunction(t)
	f.Metrics.Put(map[string]string{"Net": "sweep"}, Value{MetricBeat, Count, 1}, Value{MetricSweep, Seconds, 1.5})
	var got, want any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	const line = `{
		"_aws": {"Timestamp": 1791190800000, "CloudWatchMetrics": [{
			"Namespace": "Curfew", "Dimensions": [["Installation", "Net"]],
			"Metrics": [{"Name": "Beat", "Unit": "Count"}, {"Name": "SweepSeconds", "Unit": "Seconds"}]}]},
		"Installation": "curfew", "Net": "sweep", "Beat": 1, "SweepSeconds": 1.5}`
	if err := json.Unmarshal([]byte(line), &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("line = %s, want %s", out, line)
	}
}

func TestErrorsAreCountedByFunctionAndKind(t *testing.T) {
	f, out := newFunction(t)
	f.Metrics.Error("NotYet")
	if l := lines(t, out)[0]; l["Function"] != "test" || l["Kind"] != "NotYet" || l["Errors"] != 1.0 {
		t.Errorf("line = %v, want one error of kind NotYet", l)
	}
}
