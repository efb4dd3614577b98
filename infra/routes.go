package main

import (
	"fmt"
	"slices"
	"strings"
)

// routes are how CloudTrail's events reach home: rules on the default bus of each governed Region, in every member
// account and in home, send them to the bus <name>-trail. A rule may name a bus of another account and Region.
// https://aws.amazon.com/blogs/compute/expanding-cross-region-event-routing-with-amazon-eventbridge/
//
// Only AWS can send events of its sources. Rules name these, so they forward no forged event.
type routes Settings

// regions returns the governed Regions; without homeRegion, nothing is routed.
func (s routes) regions() []string {
	if s.Home == "" || s.HomeRegion == "" || s.OrgID == "" {
		return nil
	}
	all := append([]string{globalRegion, s.HomeRegion}, s.Regions...)
	slices.Sort(all)
	return slices.Compact(all)
}

func (s routes) busARN() string {
	return "arn:aws:events:" + s.HomeRegion + ":" + s.Home + ":event-bus/" + s.busName("trail")
}

// route is a rule of a Region.
type route struct {
	name, about string
	readOnly    bool // it sees read-only events too
	pattern     map[string]any
}

// withReadOnly is the state of a rule that sees read-only events.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
const withReadOnly = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"

// rules returns what a Region lets through. A pattern sees no tags: it finds principals by the ARNs in the catalog's
// entitlements, and correlate checks the mark. AssumeRole and GetCallerIdentity are read-only events.
func (s routes) rules(region string) []route {
	every := s.catalog.principals(func(entitlement) bool { return true })
	asking := s.catalog.principals(func(e entitlement) bool { return slices.Contains(s.ReadsOf, e.Name) })
	sts := []any{"aws.sts"}
	assume := map[string]any{"eventName": []any{map[string]any{"prefix": "AssumeRole"}}}
	all := []route{
		{"route-heartbeat", "a call of the sweep, which must come back", true,
			calls(sts, map[string]any{"eventName": []any{"GetCallerIdentity"}}, issuedBy([]string{ownRole + s.memberRole("reconcile"), ownRole + s.resource("reconcile")}))},
		{"route-sessions", "sessions of principals and of Curfew's roles", true,
			calls(sts, assume, map[string]any{"requestParameters": map[string]any{"roleArn": matchers(append(only(":role/", every), ownRole+s.memberRole("*")))}})},
		{"route-tokens", "tokens that outlive a session, and sessions of root", true,
			calls(sts, map[string]any{"eventName": tokenCalls})},
	}
	if region == globalRegion {
		all = append(all, route{"route-identity", "changes in IAM and Organizations", false, calls([]any{"aws.iam", "aws.organizations"})})
	}
	if by := byPrincipals(every); by != nil {
		all = append(all, route{"route-principals", "calls of principals, but read-only ones", false, calls(anyService(), by)},
			route{"route-chains", "sessions that principals open", true, calls(sts, assume, by)})
	}
	if by := byPrincipals(asking); by != nil {
		all = append(all, route{"route-reads", "read-only calls of principals", true, calls(anyService(), map[string]any{"readOnly": []any{true}}, by)})
	}
	for i, pattern := range s.catalog.detected(region) {
		all = append(all, route{fmt.Sprint("route-detections-", i+1), "calls that detections look at", false, pattern})
	}
	return all
}

const ownRole = "arn:aws:iam::${AWS::AccountId}:role/"

// Visible again after six times the function's timeout and the wait for a batch, as Lambda advises; given up after
// half an hour: the files have what the bus loses.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
const trailHidden, trailTries = 6*30 + trailBatch, 10

// trailBatch is in seconds: a batch of ten costs about as much as one message.
const trailBatch = 2

func (s routes) queues() []queue {
	var rules []string
	for _, r := range s.onRules() {
		rules = append(rules, r.bus+"/"+r.name)
	}
	return []queue{
		{name: "trail", rules: rules, isReceived: true, hidden: trailHidden, tries: trailTries, isClosed: true},
		{name: "dead-trail", rules: rules},
	}
}

// onRules: the bus carries AWS's events only. The function correlate refuses those of accounts that are not governed.
func (s routes) onRules() []onRule {
	if s.OrgID == "" {
		return nil
	}
	return []onRule{{"trail-events", "trail", "CloudTrail's events of governed Regions", map[string]any{"source": []any{map[string]any{"prefix": "aws."}}}}}
}

// files returns the place of the log files. The folder has no slash at its end.
func (s routes) files() (bucket, folder string) {
	bucket, folder, _ = strings.Cut(strings.TrimPrefix(s.Trail, "s3://"), "/")
	return bucket, folder
}
