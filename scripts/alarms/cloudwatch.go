package main

import (
	"encoding/json"
	"strings"
	"sync"
	"time"
)

// bucket is what a metric had in one minute.
type bucket struct {
	sum, most float64
	n         int
}

// series keeps running totals, so that long periods are fast.
type series struct {
	minutes []bucket
	totals  []bucket // of all minutes before; most is not used
}

// cloudWatch keeps the data points of the month.
type cloudWatch struct {
	began time.Time

	mu  sync.Mutex
	all map[metric]*series
}

// put adds a value at this minute.
func (c *cloudWatch) put(m metric, v float64) { c.putAt(m, v, time.Now()) }

func (c *cloudWatch) putAt(m metric, v float64, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.all[m]
	if s == nil {
		s = &series{}
		c.all[m] = s
	}
	minute := int(at.Sub(c.began) / time.Minute)
	for len(s.minutes) <= minute {
		s.minutes = append(s.minutes, bucket{})
	}
	b := &s.minutes[minute]
	if b.n == 0 || v > b.most {
		b.most = v
	}
	b.sum += v
	b.n++
}

// Write takes a line of a function's log. One in the embedded metric format makes metrics.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
func (c *cloudWatch) Write(line []byte) (int, error) {
	var l map[string]any
	var head struct {
		AWS struct {
			Timestamp         int64
			CloudWatchMetrics []struct {
				Namespace  string
				Dimensions [][]string
				Metrics    []struct{ Name string }
			}
		} `json:"_aws"`
	}
	if json.Unmarshal(line, &head) != nil || json.Unmarshal(line, &l) != nil {
		return len(line), nil
	}
	for _, set := range head.AWS.CloudWatchMetrics {
		for _, names := range set.Dimensions {
			of := dimensions{}
			for _, name := range names {
				of[name], _ = l[name].(string)
			}
			for _, m := range set.Metrics {
				v, _ := l[m.Name].(float64)
				c.putAt(named(set.Namespace, m.Name, of), v, time.UnixMilli(head.AWS.Timestamp))
			}
		}
	}
	return len(line), nil
}

func (c *cloudWatch) sumUp() {
	for _, s := range c.all {
		s.totals = make([]bucket, len(s.minutes)+1)
		for i, b := range s.minutes {
			s.totals[i+1] = bucket{sum: s.totals[i].sum + b.sum, n: s.totals[i].n + b.n}
		}
	}
}

// over returns a statistic of the minutes from..to-1.
func (s *series) over(from, to int, stat string) point {
	if s == nil {
		return point{}
	}
	from, to = min(max(from, 0), len(s.minutes)), min(max(to, 0), len(s.minutes))
	if from >= to {
		return point{}
	}
	n := s.totals[to].n - s.totals[from].n
	if n == 0 {
		return point{}
	}
	switch stat {
	case "SampleCount":
		return point{float64(n), true}
	case "Sum":
		return point{s.totals[to].sum - s.totals[from].sum, true}
	}
	most, found := 0.0, false
	for _, b := range s.minutes[from:to] {
		if b.n > 0 && (!found || b.most > most) {
			most, found = b.most, true
		}
	}
	return point{most, true}
}

// alarm is one alarm of the template.
type alarm struct {
	name, expression, comparison, missing string
	period, times                         int // minutes, periods
	threshold                             float64
	inputs                                map[string]input
	formula                               formula
	after                                 metric // it does not ring before the first value of this; empty: it may
}

type input struct {
	metric metric
	stat   string
}

// behaviour is what the documentation of CloudWatch leaves open.
//
//   - more: periods of the evaluation range before those of the alarm. An alarm with a missing value looks there for
//     values first. "The exact number of data points depends on the length of the alarm period and resolution".
//     https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
//   - own, aws: minutes until a value of Curfew's logs and of AWS's services can be seen.
type behaviour struct{ more, own, aws int }

// behaviours: with the first, alarms ring early and often. With the second, late and seldom; that value of more is the
// largest that people report. The others delay one half of the metrics.
func behaviours() []behaviour { return []behaviour{{}, {3, 2, 2}, {3, 2, 0}, {3, 0, 2}} }

// ring is a time in state ALARM, in minutes since the beginning.
type ring struct{ from, until int }

// rings evaluates the alarm each minute, over a sliding window; one of days each hour.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html
func (a *alarm) rings(c *cloudWatch, b behaviour, upTo int) (all []ring) {
	in := map[string]*series{}
	for id, i := range a.inputs {
		in[id] = c.all[i.metric]
	}
	step := 1
	if a.period >= 60 {
		step = 60
	}
	ringing := false
	for now := step; now <= upTo; now += step {
		was := ringing
		ringing = a.evaluate(in, b, now, was) && (a.after == "" || c.all[a.after].over(0, now-b.own, "SampleCount").ok)
		switch {
		case ringing && !was:
			all = append(all, ring{now, upTo})
		case !ringing && was:
			all[len(all)-1].until = now
		}
	}
	return all
}

// evaluate returns whether the alarm rings now.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
func (a *alarm) evaluate(in map[string]*series, b behaviour, now int, was bool) bool {
	found := 0
	for i := 0; i < a.times+b.more && found < a.times; i++ {
		p := a.formula(func(id string) point {
			late := b.aws
			if strings.HasPrefix(string(a.inputs[id].metric), "Curfew ") {
				late = b.own
			}
			return in[id].over(now-(i+1)*a.period, min(now-i*a.period, now-late), a.inputs[id].stat)
		})
		if !p.ok {
			continue
		}
		if !a.breaches(p.value) {
			return false // all of the periods must breach
		}
		found++
	}
	switch {
	case found == a.times:
		return true
	case a.missing == "ignore":
		return was
	}
	return a.missing == "breaching"
}

func (a *alarm) breaches(v float64) bool {
	switch a.comparison {
	case "GreaterThanThreshold":
		return v > a.threshold
	case "LessThanOrEqualToThreshold":
		return v <= a.threshold
	case "LessThanThreshold":
		return v < a.threshold
	}
	return v >= a.threshold
}
