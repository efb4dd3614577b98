package main

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// record is what a watch reads in a CloudTrail record.
type record struct{ source, call, of, member, value string }

// matches reports whether a pattern matches, by the four kinds of match that watches use.
func (w watch) matches(r record) bool {
	p := w.pattern()
	detail := p["detail"].(map[string]any)
	if !slices.Contains(p["source"].([]any), any(r.source)) || !matches(detail["eventName"].([]any), r.call) {
		return false
	}
	things, several := detail["$or"].([]any)
	if !several {
		things = []any{detail}
	} else if len(things) < 2 { // EventBridge would read $or as a field name
		return false
	}
	for _, either := range things {
		members, _ := either.(map[string]any)[r.of].(map[string]any)
		if ours, ok := members[r.member].([]any); ok && matches(ours, r.value) {
			return true
		}
	}
	return false
}

func matches(ours []any, value string) bool {
	for _, one := range ours {
		m := one.(map[string]any)
		prefix, isPrefix := m["prefix"].(string)
		wildcard, isWildcard := m["wildcard"].(string)
		flat := strings.NewReplacer("/", "|") // path.Match stops at a slash, EventBridge does not
		whole, err := path.Match(flat.Replace(wildcard), flat.Replace(value))
		if isPrefix && strings.HasPrefix(value, prefix) || isWildcard && err == nil && whole {
			return true
		}
		if m["suffix"] != nil && strings.HasSuffix(value, "${Key}") {
			return true
		}
	}
	return false
}

// A change of a part of Curfew is seen, however the call names the part. Curfew's own calls and other resources are
// not.
func TestWatches(t *testing.T) {
	const home = "us-east-1:444455556666:"
	for _, c := range []struct {
		name string
		record
		want bool
	}{
		{"a net's rule is disabled", record{"aws.events", "DisableRule", "requestParameters", "name", "curfew-sweep"}, true},
		{"its target is taken away", record{"aws.events", "RemoveTargets", "requestParameters", "rule", "curfew-execution-closed"}, true},
		{"a mapping is disabled", record{"aws.lambda", "UpdateEventSourceMapping20150331", "responseElements", "functionArn", "arn:aws:lambda:" + home + "function:curfew-expire"}, true},
		{"a function gets no concurrency", record{"aws.lambda", "PutFunctionConcurrency20171031", "requestParameters", "functionName", "curfew-revoke"}, true},
		{"and other code, by its ARN", record{"aws.lambda", "UpdateFunctionCode20150331v2", "requestParameters", "functionName", "arn:aws:lambda:" + home + "function:curfew-grant"}, true},
		{"an execution is stopped", record{"aws.states", "StopExecution", "requestParameters", "executionArn", "arn:aws:states:" + home + "execution:curfew-elevation:1"}, true},
		{"the nets' records lose their TTL", record{"aws.dynamodb", "UpdateTimeToLive", "requestParameters", "tableName", "curfew-access"}, true},
		{"an alarm is deleted", record{"aws.monitoring", "DeleteAlarms", "requestParameters", "alarmNames", "curfew-overdue"}, true},
		{"late evidence is purged", record{"aws.sqs", "PurgeQueue", "requestParameters", "queueUrl", "https://sqs.us-east-1.amazonaws.com/444455556666/curfew-late"}, true},
		{"a subscriber of the alarms is removed", record{"aws.sns", "Unsubscribe", "requestParameters", "subscriptionArn", "arn:aws:sns:" + home + "curfew-alarms:1"}, true},
		{"the key is disabled", record{"aws.kms", "DisableKey", "requestParameters", "keyId", "arn:aws:kms:" + home + "key/${Key}"}, true},
		{"a function's role trusts another", record{"aws.iam", "UpdateAssumeRolePolicy", "requestParameters", "roleName", "curfew-grant"}, true},
		{"Curfew starts an execution", record{"aws.states", "StartExecution", "requestParameters", "stateMachineArn", "arn:aws:states:" + home + "stateMachine:curfew-elevation"}, false},
		{"somebody else's rule", record{"aws.events", "DisableRule", "requestParameters", "name", "others"}, false},
		{"somebody else's function", record{"aws.lambda", "DeleteFunction20150331", "requestParameters", "functionName", "arn:aws:lambda:" + home + "function:others"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := false
			for _, w := range exampleSettings(t).watches() {
				got = got || w.matches(c.record)
			}
			if got != c.want {
				t.Errorf("seen = %v, want %v", got, c.want)
			}
		})
	}
}

// Every rule of a net, and every watch, is watched by name.
func TestEveryRuleIsWatched(t *testing.T) {
	s := exampleSettings(t)
	rules := templates(t, s)["curfew"].resourcesOf("AWS::Events::Rule")
	if len(rules) < 2+len(s.watches()) {
		t.Fatalf("rules = %d, want the nets' and the watches'", len(rules))
	}
	for id, r := range rules {
		name := r["Name"].(string)
		if !s.watches()[0].matches(record{"aws.events", "DeleteRule", "requestParameters", "name", name}) {
			t.Errorf("%s (%s) could be deleted unseen", id, name)
		}
	}
}

// A computed alarm fetches exactly the metrics of its expression, and rings by it.
func TestComputedAlarms(t *testing.T) {
	id := regexp.MustCompile(`FILL\((\w+),0\)`)
	seen := 0
	for name, a := range templates(t, exampleSettings(t))["curfew"].resourcesOf("AWS::CloudWatch::Alarm") {
		queries, _ := a["Metrics"].([]any)
		var asked, fetched []string
		for _, q := range queries {
			q := q.(map[string]any)
			if expression, ok := q["Expression"].(string); ok {
				seen++
				for _, found := range id.FindAllStringSubmatch(expression, -1) {
					asked = append(asked, found[1])
				}
			} else if q["ReturnData"] == false {
				fetched = append(fetched, q["Id"].(string))
			}
		}
		slices.Sort(asked)
		slices.Sort(fetched)
		if !slices.Equal(asked, fetched) {
			t.Errorf("%s asks for %v and fetches %v", name, asked, fetched)
		}
	}
	if want := len(monitoring(exampleSettings(t)).computedList()) + len(monitoring(exampleSettings(t)).silences()); seen != want {
		t.Errorf("alarms with an expression = %d, want %d", seen, want)
	}
}
