package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// AWS quotas that settings could exceed: synth fails, not the deployment.
const (
	maxRoleName    = 64     // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
	maxRoleInline  = 10_240 // characters, all inline policies of a role together
	maxTrust       = 2_048
	maxManaged     = 6_144
	maxSCP         = 5_120 // characters of the file, with white space: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
	maxEnvironment = 4_096 // bytes, names and values: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
	maxRuleName    = 64
	maxBusPolicy   = 10_240 // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html

	maxScheduleName = 64     // https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
	maxQueuePolicy  = 20_480 // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html

	maxAlarmMetrics  = 10        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
	maxWildcardRules = 15        // of ours on a default bus: half of its 30: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
	maxInline        = 50 * 1024 // characters of a template that the CDK's command line sends without a bucket
	maxResources     = 500       // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html

	maxRules = 50 // of a Region's stack: half of the smallest default for a bus, 100 (in af-south-1 and eu-south-1)
)

func (s Settings) limits() error {
	var wrong problems
	home, member := homeRoles(s).permissions(), memberRoles(s).permissions()
	for _, f := range functions() {
		checkLimit(&wrong, "the permissions of "+f.name, size(document(home[f.name]...)), maxRoleInline)
		checkLimit(&wrong, "the environment of "+f.name, bytesOf(f.environment(s)), maxEnvironment)
		checkLimit(&wrong, "the name "+s.resource(f.name), len(s.resource(f.name)), maxRoleName)
	}
	for _, f := range slices.Sorted(maps.Keys(member)) {
		checkLimit(&wrong, "the permissions of "+f+" in a member account", size(document(member[f]...)), maxRoleInline)
		checkLimit(&wrong, "the trust policy of "+f+" in a member account", size(document(memberRoles(s).trust(f)...)), maxTrust)
		checkLimit(&wrong, "the name "+s.memberRole(f), len(s.memberRole(f)), maxRoleName)
	}
	checkLimit(&wrong, "the name "+s.resource("execution-closed"), len(s.resource("execution-closed")), maxRuleName)
	for _, w := range s.watches() {
		checkLimit(&wrong, "the pattern of "+s.resource(w.rule()), patternSize(w.pattern()), maxPattern)
	}
	for _, r := range slices.Concat(intake(s).onRules(), routes(s).onRules()) {
		checkLimit(&wrong, "the name "+s.resource(r.name), len(s.resource(r.name)), maxRuleName)
		checkLimit(&wrong, "the pattern of "+s.resource(r.name), patternSize(r.pattern), maxPattern)
	}
	s.checkRoutes(&wrong)
	for _, c := range monitoring(s).computedList() {
		if n := len(c.counts); n > maxAlarmMetrics {
			wrong.addf("the alarm %s has %d metrics, more than CloudWatch's %d: split it", s.resource(c.name), n, maxAlarmMetrics)
		}
	}
	for _, t := range s.catalog.scheduled() {
		checkLimit(&wrong, "the name "+intake(s).schedule(t), len(intake(s).schedule(t)), maxScheduleName)
	}
	for _, bus := range [][]statement{resourcePolicies(s).membersBusPolicy(), resourcePolicies(s).tasksBusPolicy(), resourcePolicies(s).trailBusPolicy()} {
		checkLimit(&wrong, "the policy of a bus", size(document(bus...)), maxBusPolicy)
	}
	for _, q := range s.queues() {
		checkLimit(&wrong, "the policy of "+s.resource(q.name), size(document(resourcePolicies(s).queuePolicy(q)...)), maxQueuePolicy)
	}
	checkLimit(&wrong, "the boundary", size(document(guardrails(s).boundary()...)), maxManaged)
	for name, text := range scpFiles(s) {
		checkLimit(&wrong, name, len(text), maxSCP)
	}
	return wrong.err()
}

func (s Settings) checkRoutes(wrong *problems) {
	if n := patternSize(emergency(s).pattern()); n > maxPattern {
		wrong.addf("the pattern of %s has %d characters, more than EventBridge's %d: name fewer emergencyRoles", s.resource(emergencyAlarm), n, maxPattern)
	}
	for _, region := range routes(s).regions() {
		all := routes(s).rules(region)
		if len(all) > maxRules {
			wrong.addf("Region %s needs %d rules, more than %d on its default bus: let detections name fewer calls, or begin eventName with a prefix", region, len(all), maxRules)
		}
		if n := s.wildcardRules(region); n > maxWildcardRules {
			wrong.addf("Region %s needs %d rules with wildcards, more than %d on its default bus: let principals and detections use beginnings, as in role/elevated/*", region, n, maxWildcardRules)
		}
		for _, r := range all {
			remedy := "give principals one path or beginning of their names, and write it in the entitlements, as in role/elevated/*"
			if strings.HasPrefix(r.name, "route-detections") {
				remedy = "let detections look at a shorter eventName"
			}
			if n := patternSize(r.pattern); n > maxPattern {
				wrong.addf("the pattern of %s has %d characters, more than EventBridge's %d: %s", s.resource(r.name), n, maxPattern, remedy)
			}
		}
	}
	for _, name := range s.ReadsOf {
		if !slices.ContainsFunc(s.catalog.Entitlements, func(e entitlement) bool { return e.Name == name }) {
			wrong.addf("readsOf: the catalog has no entitlement %q", name)
		}
	}
}

// wildcardRules counts rules with wildcards on a Region's default bus, in home.
func (s Settings) wildcardRules(region string) (n int) {
	var patterns []map[string]any
	for _, r := range routes(s).rules(region) {
		patterns = append(patterns, r.pattern)
	}
	if region == s.HomeRegion {
		for _, w := range s.watches() {
			patterns = append(patterns, w.pattern())
		}
	}
	for _, p := range patterns {
		if strings.Contains(fmt.Sprint(p), "map[wildcard:") {
			n++
		}
	}
	return n
}

// checkTemplate refuses a template that CloudFormation, or the CDK's command line without a bucket, would refuse. It
// measures JSON, which is longer than the YAML that the command line sends.
func checkTemplate(name string, template any, isInline bool) error {
	b, err := json.MarshalIndent(template, "", "  ")
	if err != nil {
		return err
	}
	var of struct{ Resources map[string]any }
	if err := json.Unmarshal(b, &of); err != nil {
		return err
	}
	var wrong problems
	if isInline {
		checkLimit(&wrong, "the template "+name, len(b), maxInline)
	}
	if n := len(of.Resources); n > maxResources {
		wrong.addf("the template %s has %d resources, more than CloudFormation's %d", name, n, maxResources)
	}
	return wrong.err()
}

func checkLimit(wrong *problems, what string, is, most int) {
	if is > most {
		wrong.addf("%s has %d characters, more than AWS's maximum of %d", what, is, most)
	}
}

func bytesOf(environment map[string]string) int {
	n := 0
	for name, value := range environment {
		n += len(name) + len(value)
	}
	return n
}
