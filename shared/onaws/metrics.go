package onaws

import (
	"encoding/json"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"curfew/shared/access"
)

// Namespace is that of all metrics. The installation's name is a dimension of each.
const Namespace = "Curfew"

// The metrics. Each is a question that an operator asks.
const (
	MetricActive   = "Active"             // elevations with access now
	MetricOverdue  = "OverdueRevocations" // ends that were due more than a minute ago and are not proven
	MetricStuck    = "Stuck"              // of those, the ones that page
	MetricOverstay = "OverstaySeconds"    // from due to gone, of one end
	MetricErrors   = "Errors"             // by function and kind
	MetricBeat     = "Beat"               // by net: it was at work; the sweep: it finished a pass
	MetricSweep    = "SweepSeconds"       // how long a pass of the sweep took
	MetricCanary   = "CanaryLateSeconds"  // by net: how long after its deadline a canary was gone that was left to it
	MetricDied     = "ExecutionsDied"     // by status: executions that ended without Revoke, less those of canaries that were to
	MetricDies     = "CanaryDies"         // 1 in a pass of the sweep around which an execution of a canary dies on purpose
)

// The units that CloudWatch knows and we use.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
const (
	Count   = "Count"
	Seconds = "Seconds"
)

// Value is one metric of a line.
type Value struct {
	Name string
	Unit string
	N    float64
}

// Metrics writes metrics into the log, in CloudWatch's embedded format: no call is made, so that a metric that cannot be
// kept delays nobody. An elevation's id, a principal or a caller is never a dimension: each would be a metric of its own
// for ever.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
type Metrics struct {
	Out          io.Writer
	Installation string
	Function     string
	Now          func() time.Time

	mu sync.Mutex // one line at a time
}

// Put writes values under the installation and these further dimensions; nil: none.
func (m *Metrics) Put(dimensions map[string]string, values ...Value) {
	line := map[string]any{"Installation": m.Installation}
	names := []string{"Installation"}
	for _, name := range slices.Sorted(maps.Keys(dimensions)) {
		names = append(names, name)
		line[name] = dimensions[name]
	}
	type metric struct{ Name, Unit string }
	var metrics []metric
	for _, v := range values {
		metrics = append(metrics, metric{v.Name, v.Unit})
		line[v.Name] = v.N
	}
	line["_aws"] = map[string]any{
		"Timestamp": m.Now().UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{
			"Namespace": Namespace, "Dimensions": [][]string{names}, "Metrics": metrics,
		}},
	}
	b, err := json.Marshal(line)
	if err != nil { // strings and finite numbers: there is nothing that could fail
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, _ = m.Out.Write(append(b, '\n')) // a log that is gone has nobody to tell
}

// Error counts an error of this function by its kind.
func (m *Metrics) Error(kind string) {
	m.Put(map[string]string{"Function": m.Function, "Kind": kind}, Value{MetricErrors, Count, 1})
}

// Beat tells that a net was at work.
func (m *Metrics) Beat(n access.Net) {
	m.Put(map[string]string{"Net": string(n)}, Value{MetricBeat, Count, 1})
}
