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

const Namespace = "Curfew"

const (
	MetricActive   = "Active"             // elevations with access
	MetricOverdue  = "OverdueRevocations" // ends due for over a minute, not proven
	MetricStuck    = "Stuck"              // stuck elevations; pages
	MetricOverstay = "OverstaySeconds"    // from due to gone
	MetricErrors   = "Errors"             // by function and kind
	MetricBeat     = "Beat"               // by net: it worked; the sweep: a pass finished
	MetricSweep    = "SweepSeconds"       // duration of a pass
	MetricCanary   = "CanaryLateSeconds"  // by net: from a canary's deadline to its end by that net
	MetricDied     = "ExecutionsDied"     // by status: executions ended without Revoke, except canaries
	MetricDies     = "CanaryDies"         // 1 in a pass near a canary execution's intended death

	MetricUnwitnessed = "Unwitnessed" // checkpoints without their witness
	MetricUndone      = "Undone"      // what archive left: a finding or its image that it could not store, rows that a pass could not write
)

// Units of CloudWatch.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
const (
	Count   = "Count"
	Seconds = "Seconds"
)

type Value struct {
	Name string
	Unit string
	N    float64
}

// Metrics logs in CloudWatch's embedded metric format, without calls. Elevation ids, principals and callers are never
// dimensions: each value would create a metric.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
type Metrics struct {
	Out          io.Writer
	Installation string
	Function     string
	Now          func() time.Time

	mu sync.Mutex
}

// Put writes values under the installation and the given dimensions.
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
	if err != nil { // cannot fail: strings and finite numbers
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, _ = m.Out.Write(append(b, '\n')) // a failed log cannot be reported
}

func (m *Metrics) Error(kind string) {
	m.Put(map[string]string{"Function": m.Function, "Kind": kind}, Value{MetricErrors, Count, 1})
}

// Beat counts a net's work.
func (m *Metrics) Beat(n access.Net) {
	m.Put(map[string]string{"Net": string(n)}, Value{MetricBeat, Count, 1})
}
