package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// identity is the property with a type's physical id; "" if AWS makes the id or another resource has it. Every type
// must be listed.
var identity = map[string]string{
	"AWS::ApiGateway::Account":         "", // one setting of the account and Region: the last installation's role wins, and each role stays
	"AWS::ApiGateway::Deployment":      "",
	"AWS::ApiGateway::RestApi":         "Name",
	"AWS::ApiGateway::Stage":           "",
	"AWS::ApiGatewayV2::Api":           "Name",
	"AWS::ApiGatewayV2::Authorizer":    "Name",
	"AWS::ApiGatewayV2::Integration":   "",
	"AWS::ApiGatewayV2::Route":         "",
	"AWS::ApiGatewayV2::Stage":         "",
	"AWS::Athena::NamedQuery":          "",
	"AWS::Athena::WorkGroup":           "Name",
	"AWS::CloudWatch::Alarm":           "AlarmName",
	"AWS::CloudWatch::CompositeAlarm":  "AlarmName",
	"AWS::CloudWatch::Dashboard":       "DashboardName",
	"AWS::DynamoDB::Table":             "TableName",
	"AWS::Events::EventBus":            "Name",
	"AWS::Events::EventBusPolicy":      "StatementId",
	"AWS::Events::Rule":                "Name",
	"AWS::Glue::Database":              "", // in DatabaseInput, with our name
	"AWS::Glue::Table":                 "", // in its database
	"AWS::IAM::ManagedPolicy":          "ManagedPolicyName",
	"AWS::IAM::Role":                   "RoleName",
	"AWS::KMS::Key":                    "",
	"AWS::Lambda::EventInvokeConfig":   "", // of its function
	"AWS::Lambda::EventSourceMapping":  "",
	"AWS::Lambda::Function":            "FunctionName",
	"AWS::Lambda::Permission":          "",
	"AWS::Logs::LogGroup":              "LogGroupName",
	"AWS::S3::Bucket":                  "BucketName",
	"AWS::S3::BucketPolicy":            "", // of its bucket
	"AWS::SSM::Parameter":              "Name",
	"AWS::SNS::Subscription":           "",
	"AWS::SNS::Topic":                  "TopicName",
	"AWS::SNS::TopicPolicy":            "", // of its topic
	"AWS::SQS::Queue":                  "QueueName",
	"AWS::SQS::QueuePolicy":            "", // of its queue
	"AWS::Scheduler::Schedule":         "Name",
	"AWS::StepFunctions::StateMachine": "StateMachineName",
}

// A second installation in the account with the same physical id would fail, or take over the first one's resource.
func TestASecondInstallationSharesNoPhysicalID(t *testing.T) {
	one, two := ids(t, exampleSettings(t)), ids(t, exampleSettings(t, "name", "second"))
	if len(one) < 100 || len(two) < 100 { // the second has no canaries: the catalog names the first one's principal
		t.Fatalf("ids = %d and %d, want more to compare", len(one), len(two))
	}
	for id := range one {
		if two[id] {
			t.Errorf("both have %s", id)
		}
	}
}

// ids returns all physical ids of an installation. Each contains its name.
func ids(t *testing.T, s Settings) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for stack, tpl := range templates(t, s) {
		all["stack "+stack] = true
		for logical, r := range tpl.raw["Resources"].(map[string]any) {
			r := r.(map[string]any)
			kind := r["Type"].(string)
			property, known := identity[kind]
			if !known {
				t.Errorf("%s is of type %s: say in the list what gives it its id", logical, kind)
			}
			if property == "" || logical == "GatewayRole" || logical == "MachinesErrors" { // AWS makes the name
				continue
			}
			properties, _ := r["Properties"].(map[string]any)
			id := fmt.Sprint(properties[property])
			if !strings.Contains(id, s.Name) {
				t.Errorf("%s of %s is %q, without the installation's name", property, logical, id)
			}
			if bus := properties["EventBusName"]; bus != nil { // a rule's name is unique within its bus
				id = fmt.Sprint(id, " on ", bus)
			}
			if _, region, ok := strings.Cut(stack, "-region-"); ok && region != s.HomeRegion {
				id += " in " + region
			}
			if all[kind+" "+id] {
				t.Errorf("%s %s is there twice", kind, id)
			}
			all[kind+" "+id] = true
		}
		if outputs, _ := tpl.raw["Outputs"].(map[string]any); strings.Contains(fmt.Sprint(outputs), "Export") {
			t.Errorf("%s exports an output: the name of an export is one of the account", stack)
		}
	}
	return all
}

// A bus has its whole policy in one document: AWS::Events::EventBusPolicy resources are written in parallel, and AWS
// kept only the last.
func TestTheStatementsOfABusAreOneDocument(t *testing.T) {
	s := exampleSettings(t)
	want := map[string][]statement{"curfew": nil, "curfew-members": resourcePolicies(s).membersBusPolicy(), "curfew-tasks": resourcePolicies(s).tasksBusPolicy(), "curfew-trail": resourcePolicies(s).trailBusPolicy()}
	for stack, tpl := range templates(t, s) {
		if got := tpl.resourcesOf("AWS::Events::EventBusPolicy"); len(got) != 0 {
			t.Errorf("%s has bus policies outside of the bus: %v", stack, slices.Collect(maps.Keys(got)))
		}
		for id, bus := range tpl.resourcesOf("AWS::Events::EventBus") {
			name := bus["Name"].(string)
			var statements []map[string]any
			for _, st := range want[name] {
				statements = append(statements, st.value())
			}
			got, err := json.Marshal(statementsIn(bus))
			if err != nil {
				t.Fatal(err)
			}
			if whole, err := json.Marshal(statements); err != nil || string(got) != string(whole) {
				t.Errorf("the policy of %s (%s) is %s, want %s", id, name, got, whole)
			}
			delete(want, name)
		}
	}
	if len(want) != 0 {
		t.Errorf("no bus for %v", want)
	}
}

// For several events in one call, each source must be one that the catalog waits for.
func TestASenderCannotHideASourceAmongOthers(t *testing.T) {
	for _, st := range resourcePolicies(exampleSettings(t)).tasksBusPolicy() {
		if st.effect == deny {
			continue
		}
		if len(st.when["ForAllValues:StringEquals"]["events:source"]) == 0 || !slices.Equal(st.when["Null"]["events:source"], []string{"false"}) {
			t.Errorf("%s has %v: want every source to be one of the catalog's, and a call without a source refused", st.sid, st.when)
		}
		if st.when["StringEquals"]["events:source"] != nil {
			t.Errorf("%s holds only one of several sources against the catalog", st.sid)
		}
	}
}

// IAM stores the unique id of a role or user in a Principal. If the role is deleted and deployed again, it would be
// locked out, without a change in any template.
func TestNoPolicyNamesAPrincipalThatCouldBeMadeAnew(t *testing.T) {
	seen := 0
	for stack, tpl := range templates(t, exampleSettings(t)) {
		for _, st := range statementsIn(tpl.raw["Resources"]) {
			of, _ := st["Principal"].(map[string]any)
			for kind, who := range of {
				seen++
				if text := fmt.Sprint(who); kind == "AWS" && text != "*" && !strings.Contains(text, ":root") {
					t.Errorf("%s: %v names %s: name the account, and the ARN in a condition on aws:PrincipalArn", stack, st["Sid"], text)
				}
			}
		}
	}
	if seen < 40 {
		t.Errorf("principals = %d: they are not being found", seen)
	}
}
