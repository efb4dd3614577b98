package main

import (
	"strings"
	"testing"
)

func TestEmergencyRolesWithoutAnEmailOrARegionAreRefused(t *testing.T) {
	for _, missing := range []string{"homeRegion", "alarmEmail"} {
		context := map[string]any{"emergencyRoles": "curfew-emergency", "homeRegion": "eu-central-1", "alarmEmail": "operators@example.com"}
		if _, err := readSettings(context); err != nil {
			t.Fatal(err)
		}
		delete(context, missing)
		if _, err := readSettings(context); err == nil || !strings.Contains(err.Error(), "emergencyRoles needs homeRegion") {
			t.Errorf("without %s: %v, want that it is needed", missing, err)
		}
	}
}

// The alarm must work when Curfew, home or another Region does not.
func TestTheEmergencyAlarmStaysInItsAccountAndRegion(t *testing.T) {
	all := templates(t, exampleSettings(t))
	for _, region := range []string{"us-east-1", "eu-west-1"} {
		tpl := all["curfew-region-"+region]
		rule := tpl.resourcesOf("AWS::Events::Rule")["Emergency"]
		targets, _ := rule["Targets"].([]any)
		if len(targets) != 1 || rule["State"] != withReadOnly {
			t.Fatalf("%s: rule = %v, want one target, and read-only events", region, rule)
		}
		target := targets[0].(map[string]any)
		if to, _ := target["Arn"].(map[string]any); to["Ref"] != "EmergencyTopic" || target["RoleArn"] != nil {
			t.Errorf("%s: target = %v, want the topic of the stack", region, target)
		}
		if to := tpl.resourcesOf("AWS::SNS::Subscription")["EmergencyEmail"]; to["Endpoint"] != "operators@example.com" {
			t.Errorf("%s: subscription = %v", region, to)
		}
	}
	if got := templates(t, exampleSettings(t, "emergencyRoles", ""))["curfew-region-us-east-1"].resourcesOf("AWS::SNS::Topic"); len(got) != 0 {
		t.Errorf("without emergencyRoles: %v", got)
	}
}
