package main

import (
	"regexp"
	"slices"
	"strings"
)

// intake is how events reach the queue triggers.
type intake Settings

type onRule struct {
	name, bus, about string
	pattern          map[string]any
}

func (s intake) onRules() []onRule {
	if s.OrgID == "" {
		return nil
	}
	var all []onRule
	for _, h := range s.catalog.eventHeaders() {
		bus, pattern := "members", map[string]any{"source": []any{h.source}, "detail-type": []any{h.detailType}}
		if !h.ofAWS() {
			if bus = "tasks"; len(s.TaskSenders) == 0 {
				continue
			}
			pattern["account"] = list(s.taskAccounts())
		}
		all = append(all, onRule{h.rule(), bus, h.source + " " + h.detailType, pattern})
	}
	if s.catalog.startsJobs() {
		all = append(all, onRule{"on-announced", "", "an elevation became active, and a job may wait for it", map[string]any{
			"source": []any{s.Name}, "detail-type": []any{"Elevation State Change"},
			"detail": map[string]any{"state": []any{"active"}, "requester": []any{map[string]any{"prefix": "trigger:"}}},
		}})
	}
	return all
}

func list(of []string) []any {
	var all []any
	for _, each := range of {
		all = append(all, each)
	}
	return all
}

var notInName = regexp.MustCompile(`[^a-z0-9]+`)

func (h header) rule() string {
	source := strings.Trim(notInName.ReplaceAllString(strings.ToLower(strings.TrimPrefix(h.source, "aws.")), "-"), "-")
	return "on-" + source[:min(len(source), 24)] + "-" + digest(h.source, h.detailType)
}

func (s intake) onQueues() []queue {
	var rules []string
	for _, r := range s.onRules() {
		rules = append(rules, r.bus+"/"+r.name)
	}
	return []queue{
		{name: "triggers", rules: rules, isReceived: true, hidden: triggersHidden, tries: triggersTries, isClosed: true},
		{name: "dead-triggers", rules: rules},
	}
}

// Visible again after three times the function's timeout; given up after 15 minutes, when the task no longer waits.
const triggersHidden, triggersTries = 90, 10

func (s intake) opensWindows() bool { return s.OrgID != "" && len(s.catalog.scheduled()) > 0 }

func (s intake) schedule(t trigger) string { return s.resource("ahead-" + t.Name) }

func (s intake) taskAccounts() []string {
	var all []string
	for _, arn := range s.TaskSenders {
		all = append(all, strings.Split(arn, ":")[4])
	}
	slices.Sort(all)
	return slices.Compact(all)
}
