package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// catalog is what the stacks need of the newest catalog.
type catalog struct {
	Triggers     []trigger     `json:"triggers"`
	Entitlements []entitlement `json:"entitlements"`
	Detections   []detection   `json:"detections"`
}

// detection has the calls that rules let through for it. The catalog derives them from its pattern.
type detection struct {
	Routes []struct {
		Source string   `json:"source"` // eventSource; empty: any
		Names  []string `json:"names"`  // eventNames, or beginnings that end in *; empty: every write
		Root   bool     `json:"root"`   // only those of root users
	} `json:"routes"`
}

type trigger struct {
	Name        string  `json:"name"`
	PrincipalAt string  `json:"principal_at"`
	Start       pattern `json:"start"`
	Ends        []struct {
		Pattern pattern `json:"pattern"`
	} `json:"ends"`
	Schedule *struct {
		Expression string `json:"expression"`
		Zone       string `json:"zone"`
	} `json:"schedule"`
	Job *job `json:"job"`
}

type entitlement struct {
	Name       string   `json:"name"`
	Principals []string `json:"principals"`
	Tasks      []struct {
		Kind  string `json:"kind"`
		Known bool   `json:"known"`
	} `json:"tasks"`
}

// pattern is what a rule uses; the function trigger matches the whole pattern.
type pattern struct {
	Source     []string `json:"source"`
	DetailType []string `json:"detail-type"`
}

type job struct {
	Service string                     `json:"service"`
	Input   map[string]json.RawMessage `json:"input"`
}

func (j job) text(name string) string {
	var text string
	if err := json.Unmarshal(j.Input[name], &text); err != nil {
		return ""
	}
	return text
}

type header struct{ source, detailType string }

// ofAWS reports whether only AWS can send events of this source.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
func (h header) ofAWS() bool { return strings.HasPrefix(h.source, "aws.") }

// ownTask is the source of tasks that no AWS service reports.
const ownTask = "curfew.task"

// tasks is for each kind of task the events that report it. A test compares it with the README of events, which is
// another module.
func tasks() map[string][]header {
	own := header{ownTask, "Task State Change"}
	return map[string][]header{
		"backup": {{"aws.backup", "Backup Job State Change"}, {"aws.backup", "Restore Job State Change"}, {"aws.backup", "Copy Job State Change"}, own},
		"change": {
			{"aws.codedeploy", "CodeDeploy Deployment State-change Notification"},
			{"aws.codepipeline", "CodePipeline Pipeline Execution State Change"}, own,
		},
		"incident": {{"aws.cloudwatch", "CloudWatch Alarm State Change"}, own},
		"rotation": {{"aws.secretsmanager", "AWS Service Event via CloudTrail"}, {"aws.secretsmanager", "AWS API Call via CloudTrail"}, own},
		"workflow": {
			{"aws.states", "Step Functions Execution Status Change"}, {"aws.ecs", "ECS Task State Change"},
			{"aws.batch", "Batch Job State Change"}, own,
		},
	}
}

func (c catalog) check() error {
	var wrong problems
	for _, t := range c.Triggers {
		for _, p := range t.patterns() {
			if len(p.Source) == 0 || len(p.DetailType) == 0 {
				wrong.addf("trigger %s has a pattern that names no source or no detail-type", t.Name)
			}
			for _, source := range p.Source {
				if strings.HasPrefix(source, "curfew") && source != ownTask {
					wrong.addf("trigger %s has a pattern of %s, which is Curfew's own", t.Name, source)
				}
			}
		}
	}
	return wrong.err()
}

func (t trigger) patterns() []pattern {
	all := []pattern{t.Start}
	for _, end := range t.Ends {
		all = append(all, end.Pattern)
	}
	return all
}

// eventHeaders returns the events in triggers' patterns, and those of task kinds with `known: required`.
func (c catalog) eventHeaders() []header {
	found := map[header]bool{}
	for _, t := range c.Triggers {
		for _, p := range t.patterns() {
			for _, h := range p.headers() {
				found[h] = true
			}
		}
	}
	for _, e := range c.Entitlements {
		for _, rule := range e.Tasks {
			for _, h := range tasks()[rule.Kind] {
				found[h] = found[h] || rule.Known
			}
		}
	}
	maps.DeleteFunc(found, func(_ header, waited bool) bool { return !waited })
	return slices.SortedFunc(maps.Keys(found), func(a, b header) int {
		return strings.Compare(a.source+" "+a.detailType, b.source+" "+b.detailType)
	})
}

// others returns the sources that are not AWS's.
func (c catalog) others() []string {
	all := []string{ownTask}
	for _, h := range c.eventHeaders() {
		if !h.ofAWS() {
			all = append(all, h.source)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// headers leaves out pairs of source and detail-type that AWS never sends.
func (p pattern) headers() []header {
	types := map[string][]string{} // by source, where every event is known
	for _, of := range tasks() {
		for _, h := range of {
			types[h.source] = append(types[h.source], h.detailType)
		}
	}
	var all []header
	for _, source := range p.Source {
		for _, detailType := range p.DetailType {
			if known := types[source]; known == nil || slices.Contains(known, detailType) || len(p.Source) == 1 {
				all = append(all, header{source, detailType})
			}
		}
	}
	return all
}

func (c catalog) starters(source string) []trigger {
	var all []trigger
	for _, t := range c.Triggers {
		if slices.Contains(t.Start.Source, source) {
			all = append(all, t)
		}
	}
	return all
}

func (c catalog) jobs(service string) []job {
	var all []job
	for _, t := range c.Triggers {
		if t.Job != nil && t.Job.Service == service {
			all = append(all, *t.Job)
		}
	}
	return all
}

func (c catalog) startsJobs() bool {
	return slices.ContainsFunc(c.Triggers, func(t trigger) bool { return t.Job != nil })
}

func (c catalog) scheduled() []trigger {
	return slices.DeleteFunc(slices.Clone(c.Triggers), func(t trigger) bool { return t.Schedule == nil })
}

// principals returns the ARNs, sorted, of the principals of all entitlements that keep allows.
func (c catalog) principals(keep func(entitlement) bool) []string {
	var all []string
	for _, e := range c.Entitlements {
		if keep(e) {
			all = append(all, e.Principals...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
