package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func routed(t *testing.T, s *Settings, routes string) {
	t.Helper()
	s.catalog.Detections = nil
	if err := json.Unmarshal([]byte(`{"detections":[{"routes":`+routes+`}]}`), &s.catalog); err != nil {
		t.Fatal(err)
	}
}

// Rules of detections have no calls that other rules of the Region have, and none that never come to it.
func TestRulesOfDetections(t *testing.T) {
	s := exampleSettings(t)
	for _, c := range []struct{ name, routes, home, other string }{
		{"writes of IAM", `[{"source":"iam.amazonaws.com"}]`, "", ""},
		{"tokens", `[{"source":"sts.amazonaws.com","names":["GetSessionToken"]}]`, "", ""},
		{"a zone", `[{"source":"route53.amazonaws.com","names":["DeleteHostedZone"]}]`, `"eventName":["DeleteHostedZone"]`, ""},
		{"a name and a beginning", `[{"source":"lambda.amazonaws.com","names":["AddPermission*","DeleteAlias"]}]`, `"eventName":[{"prefix":"AddPermission"},"DeleteAlias"]`, `"eventName":[{"prefix":"AddPermission"},"DeleteAlias"]`},
		{"every write", `[{"source":"sqs.amazonaws.com"},{"source":"sqs.amazonaws.com","names":["DeleteQueue"]}]`, `{"eventSource":["sqs.amazonaws.com"],"managementEvent":[true]}`, `"managementEvent":[true]`},
		{"root", `[{"root":true}]`, `"type":["Root"]`, `"type":["Root"]`},
	} {
		routed(t, &s, c.routes)
		for region, want := range map[string]string{"us-east-1": c.home, "eu-west-1": c.other} {
			all := s.catalog.detected(region)
			b, err := json.Marshal(all)
			if err != nil || want == "" && len(all) > 0 || !strings.Contains(string(b), want) {
				t.Errorf("%s: patterns of %s = %s, want %s", c.name, region, b, want)
			}
		}
	}
}

// What one pattern does not hold is spread over several rules, and no call is lost.
func TestCallsOfDetectionsAreSpreadOverRules(t *testing.T) {
	s := exampleSettings(t)
	var names []string
	for i := range 300 {
		names = append(names, fmt.Sprintf(`"DeleteSomethingNumber%d"`, i))
	}
	routed(t, &s, `[{"source":"ec2.amazonaws.com","names":[`+strings.Join(names, ",")+`]},{"source":"kms.amazonaws.com","names":["DisableKey"]}]`)
	all := s.catalog.detected("eu-west-1")
	text := ""
	for _, pattern := range all {
		if n := patternSize(pattern); n > maxPattern {
			t.Errorf("a pattern has %d characters", n)
		}
		b, err := json.Marshal(pattern)
		if err != nil {
			t.Fatal(err)
		}
		text += string(b)
	}
	for _, name := range append(names, `"DisableKey"`) {
		if strings.Count(text, name) != 1 {
			t.Errorf("%s is in %d rules, want 1", name, strings.Count(text, name))
		}
	}
	if err := s.limits(); err != nil || len(all) < 4 || len(all) > 8 {
		t.Errorf("%d rules, %v, want about five", len(all), err)
	}
}

func TestDetectionsThatNoRuleHoldsAreRefused(t *testing.T) {
	s := exampleSettings(t)
	routed(t, &s, `[{"source":"ec2.amazonaws.com","names":["`+strings.Repeat("x", 2048)+`"]}]`)
	if err := s.limits(); err == nil || !strings.Contains(err.Error(), "let detections look at a shorter eventName") {
		t.Errorf("error = %v, want the remedy", err)
	}
	var names []string
	for i := range 100 {
		names = append(names, `"`+strings.Repeat("x", 1200)+fmt.Sprint(i)+`"`)
	}
	routed(t, &s, `[{"source":"ec2.amazonaws.com","names":[`+strings.Join(names, ",")+`]}]`)
	if err := s.limits(); err == nil || !strings.Contains(err.Error(), "rules, more than 50 on its default bus: let detections name fewer calls") {
		t.Errorf("error = %v, want the remedy", err)
	}
}
