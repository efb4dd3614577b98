package main

import (
	"regexp"
	"slices"
	"strings"
)

// intake is how events come into the queue of the function trigger: rules, buses and schedules.
type intake Settings

// onRule is a rule that brings events into the queue.
type onRule struct {
	name, bus, about string
	pattern          map[string]any
}

// onRules are those of home. Without accounts there is nobody to be elevated, and nothing to wait for.
func (s intake) onRules() []onRule {
	if len(s.Accounts) == 0 {
		return nil
	}
	var all []onRule
	for _, h := range s.catalog.waitsFor() {
		bus, accounts := "members", s.Accounts
		if !h.ofAWS() {
			bus, accounts = "tasks", s.taskAccounts()
		}
		if len(accounts) == 0 {
			continue // nobody may send it
		}
		all = append(all, onRule{h.rule(), bus, h.source + " " + h.detailType, map[string]any{
			"source": []any{h.source}, "detail-type": []any{h.detailType}, "account": list(accounts),
		}})
	}
	if s.catalog.startsJobs() {
		all = append(all, onRule{"on-announced", "", "an elevation is active for which a job may wait", map[string]any{
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

// rule is the name of the rule for it: the source, and enough to tell its detail-types apart.
func (h header) rule() string {
	source := strings.Trim(notInName.ReplaceAllString(strings.ToLower(strings.TrimPrefix(h.source, "aws.")), "-"), "-")
	return "on-" + source[:min(len(source), 24)] + "-" + digest(h.source, h.detailType)
}

// onQueues are what the buses lead into.
func (s intake) onQueues() []queue {
	var rules []string
	for _, r := range s.onRules() {
		rules = append(rules, r.bus+"/"+r.name)
	}
	return []queue{
		{name: "triggers", rules: rules, received: true, hidden: triggersHidden, tries: triggersTries, closed: true},
		{name: "dead-triggers", rules: rules},
	}
}

// A message is there again after three times what the function may take for it, and given up after a quarter of an hour:
// later nobody waits for what it would begin.
const triggersHidden, triggersTries = 90, 10

// opensWindows: nobody's, where nobody can be elevated.
func (s intake) opensWindows() bool { return len(s.Accounts) > 0 && len(s.catalog.scheduled()) > 0 }

func (s intake) schedule(t trigger) string { return s.resource("ahead-" + t.Name) }

// taskAccounts are the accounts of those who may send to the bus tasks, in order.
func (s intake) taskAccounts() []string {
	var all []string
	for _, arn := range s.TaskSenders {
		all = append(all, strings.Split(arn, ":")[4])
	}
	slices.Sort(all)
	return slices.Compact(all)
}
