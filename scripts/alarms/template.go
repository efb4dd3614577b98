package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"curfew/shared/eventpattern"
)

// template is what the deployment has of alarms, and of what makes their metrics.
type template struct {
	alarms []*alarm
	// composites rest on other alarms; compose turns them into alarms.
	composites []struct{ AlarmName, AlarmRule string }
	rules      map[string]*eventpattern.Pattern // by name; only those on CloudTrail's events
	queues     []queueJSON
	async      map[string]retries // asynchronous invocations, by function
	streams    map[string]retries // event source mappings of streams, by function
}

type queueJSON struct {
	QueueName         string
	VisibilityTimeout int
	RedrivePolicy     struct {
		Tries int `json:"maxReceiveCount"`
	}
}

// retries are those of an asynchronous invocation, or of a stream's record.
type retries struct {
	id                   string // of the resource
	FunctionName         value
	MaximumRetryAttempts int
	MaximumEventAgeInSeconds,
	MaximumRecordAgeInSeconds int
}

func (r retries) age() time.Duration {
	if r.MaximumRecordAgeInSeconds == -1 { // as long as the stream keeps it
		return 24 * time.Hour
	}
	return time.Duration(r.MaximumEventAgeInSeconds+r.MaximumRecordAgeInSeconds) * time.Second
}

// dimensions are a part of a metric's identity, without order.
type dimensions map[string]string

// metric is the identity of a time series.
type metric string

func named(namespace, name string, of dimensions) metric {
	var all []string
	for _, d := range slices.Sorted(maps.Keys(of)) {
		all = append(all, d+"="+of[d])
	}
	return metric(namespace + " " + name + " {" + strings.Join(all, ", ") + "}")
}

// value is a text of a template, perhaps with references.
type value string

// UnmarshalJSON resolves Fn::Sub and Ref: a reference to a resource is its logical id.
func (v *value) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) != nil {
		var of struct {
			Sub string `json:"Fn::Sub"`
			Ref string `json:"Ref"`
		}
		if err := json.Unmarshal(b, &of); err != nil {
			return err
		}
		text = of.Sub
		if of.Ref != "" {
			text = "${" + of.Ref + "}"
		}
	}
	*v = value(resolved(text))
	return nil
}

var reference = regexp.MustCompile(`\$\{([A-Za-z0-9:]+)\}`)

func resolved(text string) string {
	return reference.ReplaceAllString(strings.NewReplacer("${AWS::AccountId}", account, "${AWS::Region}", region).Replace(text), "$1")
}

type metricJSON struct {
	Namespace, MetricName string
	Dimensions            []struct {
		Name  string
		Value value
	}
}

func (m metricJSON) metric() metric {
	of := dimensions{}
	for _, d := range m.Dimensions {
		of[d.Name] = string(d.Value)
	}
	return named(m.Namespace, m.MetricName, of)
}

type alarmJSON struct {
	AlarmName string
	metricJSON
	Statistic                            string
	Period, EvaluationPeriods            int
	Threshold                            float64
	ComparisonOperator, TreatMissingData string
	Metrics                              []struct {
		ID         string `json:"Id"`
		Expression string
		ReturnData bool
		MetricStat struct {
			Metric metricJSON
			Period int
			Stat   string
		}
	}
}

func readTemplate(path string) (template, error) {
	t := template{rules: map[string]*eventpattern.Pattern{}, async: map[string]retries{}, streams: map[string]retries{}}
	text, err := os.ReadFile(path)
	if err != nil {
		return t, err
	}
	var doc struct {
		Resources map[string]struct {
			Type       string
			Properties json.RawMessage
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return t, err
	}
	for _, id := range slices.Sorted(maps.Keys(doc.Resources)) {
		if err := t.read(id, doc.Resources[id].Type, doc.Resources[id].Properties); err != nil {
			return t, fmt.Errorf("%s: %w", id, err)
		}
	}
	return t, t.compose()
}

// composed is the only form of a rule that is understood: an alarm that rings once another has seen a value.
var composed = regexp.MustCompile(`^ALARM\("curfew-([a-z-]+)"\) AND OK\("curfew-([a-z-]+)"\)$`)

// compose puts the composite alarms in the place of their parts.
func (t *template) compose() error {
	parts := map[string]*alarm{}
	for _, a := range t.alarms {
		parts[a.name] = a
	}
	for _, c := range t.composites {
		names := composed.FindStringSubmatch(c.AlarmRule)
		if names == nil || parts[names[1]] == nil || parts[names[2]] == nil {
			return fmt.Errorf("the rule of %s is not understood: %s", c.AlarmName, c.AlarmRule)
		}
		rings, seen := *parts[names[1]], parts[names[2]]
		if seen.missing != "ignore" || seen.threshold >= 0 || seen.comparison != "LessThanOrEqualToThreshold" {
			return fmt.Errorf("%s does not stay OK from the first value on", seen.name)
		}
		rings.name, rings.after = strings.TrimPrefix(c.AlarmName, installation+"-"), seen.inputs["m"].metric
		t.alarms = append(slices.DeleteFunc(t.alarms, func(a *alarm) bool { return a.name == names[1] || a.name == names[2] }), &rings)
	}
	return nil
}

func (t *template) read(id, kind string, properties []byte) error {
	switch kind {
	case "AWS::CloudWatch::Alarm":
		a, err := readAlarm(properties)
		t.alarms = append(t.alarms, a)
		return err
	case "AWS::CloudWatch::CompositeAlarm":
		var c struct{ AlarmName, AlarmRule string }
		err := json.Unmarshal(properties, &c)
		t.composites = append(t.composites, c)
		return err
	case "AWS::Events::Rule":
		return t.readRule(properties)
	case "AWS::SQS::Queue":
		var q queueJSON
		err := json.Unmarshal(properties, &q)
		t.queues = append(t.queues, q)
		return err
	case "AWS::Lambda::EventInvokeConfig", "AWS::Lambda::EventSourceMapping":
		r := retries{id: id}
		err := json.Unmarshal(properties, &r)
		to := t.async
		if kind == "AWS::Lambda::EventSourceMapping" {
			to = t.streams
		}
		to[strings.ToLower(string(r.FunctionName))] = r
		return err
	}
	return nil
}

func readAlarm(text []byte) (*alarm, error) {
	var j alarmJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return nil, err
	}
	a := &alarm{name: strings.TrimPrefix(j.AlarmName, installation+"-"), period: j.Period / 60, times: j.EvaluationPeriods, threshold: j.Threshold,
		comparison: j.ComparisonOperator, missing: j.TreatMissingData, expression: "m", inputs: map[string]input{"m": {j.metric(), j.Statistic}}}
	if j.Metrics != nil {
		a.inputs = map[string]input{}
	}
	for _, m := range j.Metrics {
		if m.ReturnData {
			a.expression = m.Expression
			continue
		}
		a.inputs[m.ID], a.period = input{m.MetricStat.Metric.metric(), m.MetricStat.Stat}, m.MetricStat.Period/60
	}
	var err error
	a.formula, err = parseFormula(a.expression)
	return a, err
}

// readRule keeps a rule on CloudTrail's events, with its own pattern.
func (t template) readRule(text []byte) error {
	var j struct {
		Name         string
		EventPattern json.RawMessage
	}
	if err := json.Unmarshal(text, &j); err != nil || !strings.Contains(string(j.EventPattern), `"AWS API Call via CloudTrail"`) {
		return err
	}
	var pattern any
	if err := json.Unmarshal(j.EventPattern, &pattern); err != nil {
		return err
	}
	plain, err := json.Marshal(withoutReferences(pattern))
	if err == nil {
		t.rules[j.Name], err = eventpattern.Parse(plain)
	}
	return err
}

func withoutReferences(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if text, ok := v["Fn::Sub"].(string); ok {
			return resolved(text)
		}
		for k := range v {
			v[k] = withoutReferences(v[k])
		}
	case []any:
		for i := range v {
			v[i] = withoutReferences(v[i])
		}
	}
	return v
}
