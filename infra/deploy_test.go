package main

import (
	"encoding/json"
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What a roll-back cannot delete, or leaves under a fixed name, makes every further first deployment fail.
func TestAFirstDeploymentThatFailedCanBeRepeated(t *testing.T) {
	for _, s := range []Settings{mustRead(t, nil), exampleSettings(t)} {
		for name, stack := range stacks(t, s) {
			if p := stack.TerminationProtection(); p != nil && *p {
				t.Errorf("%s has termination protection: what is left of it could not be deleted", name)
			}
			for id, r := range read(t, stack).raw["Resources"].(map[string]any) {
				r := r.(map[string]any)
				properties, _ := r["Properties"].(map[string]any)
				if r["DeletionPolicy"] == "Retain" || properties["DeletionProtectionEnabled"] == true {
					t.Errorf("%s: a roll-back leaves %s", name, id)
				}
			}
		}
	}
}

// After it has been removed, an installation can be deployed again: home leaves no name behind. The others have a command
// in the README.
func TestWhatIsLeftUnderItsNameIsKnown(t *testing.T) {
	var left []string
	for stack, tpl := range templates(t, exampleSettings(t)) {
		for id, r := range tpl.raw["Resources"].(map[string]any) {
			r := r.(map[string]any)
			properties, _ := r["Properties"].(map[string]any)
			property := identity[r["Type"].(string)]
			if r["DeletionPolicy"] != nil && r["DeletionPolicy"] != "Delete" && property != "" && properties[property] != nil {
				left = append(left, stack+" "+id)
			}
		}
	}
	slices.Sort(left)
	if want := []string{"curfew-data AccessTable", "curfew-data AuditTable", "curfew-data LakeBucket", "curfew-data LogBucket", "curfew-data ResultsBucket", "curfew-data StageBucket", "curfew-member Boundary"}; !slices.Equal(left, want) {
		t.Errorf("left under their names: %q, want %q", left, want)
	}
}

// After the first deployment, protect keeps the records from a hasty deletion.
func TestProtectKeepsHomeFromDeletion(t *testing.T) {
	all := stacks(t, exampleSettings(t, "protect", "on"))
	for _, name := range []string{"curfew", "curfew-data"} {
		if p := all[name].TerminationProtection(); p == nil || !*p {
			t.Errorf("%s can be deleted", name)
		}
	}
	for id, table := range read(t, all["curfew-data"]).resourcesOf("AWS::DynamoDB::Table") {
		if table["DeletionProtectionEnabled"] != true {
			t.Errorf("%s can be deleted", id)
		}
	}
}

// An import makes the tables alone, so they may refer to no other resource.
func TestTablesOfAnEarlierInstallationCanBeAdopted(t *testing.T) {
	const key = "arn:aws:kms:us-east-1:444455556666:key/0f5c3a52-1b1e-4b0e-9d2c-6f8f0c1d2e3f"
	data := templates(t, exampleSettings(t, "key", key))["curfew-data"]
	if got := data.resourcesOf("AWS::KMS::Key"); got["Key"] != nil {
		t.Errorf("a second key is made: %v", got)
	}
	for id, table := range data.resourcesOf("AWS::DynamoDB::Table") {
		b, err := json.Marshal(table)
		if err != nil || strings.Contains(string(b), `"Ref"`) || strings.Contains(string(b), `"Fn::`) || !strings.Contains(string(b), key[strings.Index(key, "/")+1:]) {
			t.Errorf("%s: %s, %v", id, b, err)
		}
	}
	if got := data.resourcesOf("AWS::SSM::Parameter")["ParameterKey"]["Value"]; got != key[strings.Index(key, "/")+1:] {
		t.Errorf("home reads the key %v", got)
	}
}

// cdk deploy curfew deploys curfew-data first, and neither stack can block the other.
func TestHomeReadsWhatDataPublished(t *testing.T) {
	all := stacks(t, exampleSettings(t))
	home := read(t, all["curfew"])
	var before []string
	for _, d := range *all["curfew"].Dependencies() {
		before = append(before, *d.Id())
	}
	if !slices.Contains(before, "curfew-data") {
		t.Errorf("curfew is deployed after %q", before)
	}
	var published []string
	for _, p := range read(t, all["curfew-data"]).resourcesOf("AWS::SSM::Parameter") {
		published = append(published, p["Name"].(string))
	}
	for id, p := range home.raw["Parameters"].(map[string]any) {
		if name := p.(map[string]any)["Default"].(string); strings.HasPrefix(name, "/curfew/") && !slices.Contains(published, name) {
			t.Errorf("%s reads %s, which curfew-data does not write", id, name)
		}
	}
	if b, err := json.Marshal(home.raw); err != nil || strings.Contains(string(b), "Fn::ImportValue") || len(published) != 4 {
		t.Errorf("home imports an export, which could not change; published: %q, %v", published, err)
	}
}

var state = regexp.MustCompile(`(ALARM|OK)\("([^"]+)"\)`)

// rings evaluates the rule of a composite alarm.
func rings(t *testing.T, rule string, states map[string]string) bool {
	t.Helper()
	text := state.ReplaceAllStringFunc(rule, func(s string) string {
		m := state.FindStringSubmatch(s)
		return fmt.Sprint(states[m[2]] == m[1])
	})
	got, err := types.Eval(token.NewFileSet(), nil, token.NoPos, strings.NewReplacer(" AND ", " && ", " OR ", " || ").Replace(text))
	if err != nil {
		t.Fatalf("%s: %v", rule, err)
	}
	return constant.BoolVal(got.Value)
}

// An installation without a single data point rings no alarm. One whose heartbeats have stopped does.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
func TestNothingRingsInANewAccount(t *testing.T) {
	home := templates(t, exampleSettings(t))["curfew"]
	states := map[string]string{}
	for _, a := range home.resourcesOf("AWS::CloudWatch::Alarm") {
		name := a["AlarmName"].(string)
		states[name] = map[any]string{"notBreaching": "OK", "breaching": "ALARM", "ignore": "INSUFFICIENT_DATA"}[a["TreatMissingData"]]
		if states[name] == "" || states[name] == "ALARM" && a["AlarmActions"] != nil {
			t.Errorf("%s rings without data", name)
		}
	}
	stopped := maps.Clone(states)
	for name := range stopped {
		if strings.HasSuffix(name, "-seen") {
			stopped[name] = "OK" // once, and it keeps its state
		}
	}
	composite := home.resourcesOf("AWS::CloudWatch::CompositeAlarm")
	for id, a := range composite {
		rule := a["AlarmRule"].(string)
		if rings(t, rule, states) {
			t.Errorf("%s rings before the first heartbeat", id)
		}
		if !rings(t, rule, stopped) || a["AlarmActions"] == nil {
			t.Errorf("%s does not ring when heartbeats stop", id)
		}
	}
	if len(composite) != 3 {
		t.Errorf("composite alarms = %v, want those of the sweep, the files and the pass", slices.Collect(maps.Keys(composite)))
	}
}

// A new account may have a limit of 10: a reservation would fail the deployment. Pollers still leave room for ends.
func TestNothingIsReservedInANewAccount(t *testing.T) {
	home := templates(t, mustRead(t, nil))["curfew"]
	for id, f := range home.resourcesOf("AWS::Lambda::Function") {
		if n := f["ReservedConcurrentExecutions"]; n != nil {
			t.Errorf("%s reserves %v", id, n)
		}
	}
	for _, id := range []string{"TriggerFromTriggers", "CorrelateFromTrail"} {
		scaling, _ := home.resourcesOf("AWS::Lambda::EventSourceMapping")[id]["ScalingConfig"].(map[string]any)
		if scaling["MaximumConcurrency"] != float64(fewestPollers) {
			t.Errorf("%s has %v, want %d pollers", id, scaling, fewestPollers)
		}
	}
}

// API Gateway makes this log group with the first error, without an expiry.
func TestErrorsOfTheMachinesAPIExpire(t *testing.T) {
	home := templates(t, exampleSettings(t))["curfew"]
	if got := home.resourcesOf("AWS::Logs::LogGroup")["MachinesErrors"]; got["RetentionInDays"] == nil || fmt.Sprint(got["LogGroupName"]) != "map[Fn::Sub:API-Gateway-Execution-Logs_${Machines}/live]" {
		t.Errorf("log group = %v", got)
	}
	stage := home.raw["Resources"].(map[string]any)["MachinesStage"].(map[string]any)
	if !strings.Contains(fmt.Sprint(stage["DependsOn"]), "MachinesErrors") {
		t.Errorf("the stage depends on %v: API Gateway could be first", stage["DependsOn"])
	}
}

// A caller of another account needs the ARN for its own policy.
func TestTheARNOfTheMachinesAPIIsAnOutput(t *testing.T) {
	outputs, _ := templates(t, exampleSettings(t))["curfew"].raw["Outputs"].(map[string]any)
	if got := fmt.Sprint(outputs["MachinesARN"]); !strings.Contains(got, "execute-api:${AWS::Region}:${AWS::AccountId}:${Machines}/live/") {
		t.Errorf("outputs = %v", outputs)
	}
}

// A request that no approver hears of lapses.
func TestMessagesReachApprovers(t *testing.T) {
	topics := map[string][]string{}
	for _, sub := range templates(t, exampleSettings(t))["curfew"].resourcesOf("AWS::SNS::Subscription") {
		topic := fmt.Sprint(sub["TopicArn"])
		topics[topic] = append(topics[topic], fmt.Sprint(sub["Protocol"], " ", sub["Endpoint"], " ", sub["FilterPolicy"], " ", sub["FilterPolicyScope"]))
		slices.Sort(topics[topic])
	}
	for topic, want := range map[string][]string{
		"map[Ref:MessagesTopic]": {"email people@example.com <nil> <nil>"}, "map[Ref:AlarmsTopic]": {"email operators@example.com <nil> <nil>"},
		"map[Ref:ApprovalsTopic]": {"email approvers@example.com <nil> <nil>", "https https://hooks.example.com/leads map[to:[group:leads]] MessageAttributes"},
	} {
		if !slices.Equal(topics[topic], want) {
			t.Errorf("%s has the subscriptions %q, want %q", topic, topics[topic], want)
		}
	}
	for _, setting := range []string{"messageEmail is not set", "approvalsSubscriptions is empty"} {
		warns := func(w string) bool { return strings.HasPrefix(w, setting) }
		if !slices.ContainsFunc(mustRead(t, nil).warnings(), warns) || slices.ContainsFunc(exampleSettings(t).warnings(), warns) {
			t.Errorf("the warning is not as the settings are: %s", setting)
		}
	}
}

// Another entry, or another order, replaces no subscription: it would have to be confirmed again.
func TestSubscriptionsOfApproversKeepTheirNames(t *testing.T) {
	all := func(entries string) map[string]map[string]any {
		return templates(t, exampleSettings(t, "approvalsSubscriptions", entries))["curfew"].resourcesOf("AWS::SNS::Subscription")
	}
	more := all("new@example.com,group:leads=https://hooks.example.com/leads,approvers@example.com")
	for id, sub := range all("approvers@example.com,group:leads=https://hooks.example.com/leads") {
		if fmt.Sprint(more[id]) != fmt.Sprint(sub) {
			t.Errorf("%s was %v and is %v", id, sub, more[id])
		}
	}
}

// Operators may do what the runbooks say with the SCP attached; they may not invoke decide as an approver.
func TestOperatorsMayFollowTheRunbooksUnderTheSCP(t *testing.T) {
	const operator, function, other = "arn:aws:iam::444455556666:role/on-call", "arn:aws:iam::444455556666:role/curfew-revoke", "arn:aws:iam::444455556666:role/other"
	s := exampleSettings(t, "operatorRoles", operator)
	for _, c := range []struct {
		action, resource string
		denied           map[string]bool
	}{
		{"lambda:InvokeFunction", "lambda:us-east-1:444455556666:function:curfew-reconcile", map[string]bool{other: true}},
		{"lambda:InvokeFunction", "lambda:us-east-1:444455556666:function:curfew-revoke", map[string]bool{other: true}},
		{"lambda:InvokeFunction", "lambda:us-east-1:444455556666:function:curfew-decide", map[string]bool{other: true, operator: true}},
		{"lambda:InvokeFunction", "lambda:us-east-1:444455556666:function:curfew-decide:$LATEST", map[string]bool{other: true, operator: true}},
		{"lambda:UpdateFunctionCode", "lambda:us-east-1:444455556666:function:curfew-revoke", map[string]bool{other: true, operator: true}},
		{"sqs:DeleteMessage", "sqs:us-east-1:444455556666:curfew-dead-revoke", map[string]bool{other: true}},
		{"sqs:DeleteMessage", "sqs:us-east-1:444455556666:curfew-late", map[string]bool{other: true, operator: true}},
		{"sqs:SendMessage", "sqs:us-east-1:444455556666:curfew-late", map[string]bool{other: true, operator: true}},
		{"events:EnableRule", "events:us-east-1:444455556666:rule/curfew-sweep", map[string]bool{other: true, function: true}},
		{"events:EnableRule", "events:us-east-1:444455556666:rule/curfew-emergency", map[string]bool{other: true, function: true, operator: true}},
		{"events:DisableRule", "events:us-east-1:444455556666:rule/curfew-sweep", map[string]bool{other: true, function: true, operator: true}},
	} {
		for _, who := range []string{operator, function, other} {
			denied := slices.ContainsFunc(append(guardrails(s).scp(), guardrails(s).homeSCP()...), func(st statement) bool {
				return (like(st.actions, c.action) || st.notActions != nil && !like(st.notActions, c.action)) && like(st.resources, "arn:aws:"+c.resource) && len(st.when) == 1 && !like(st.when["ArnNotLike"]["aws:PrincipalArn"], who)
			})
			if denied != c.denied[who] {
				t.Errorf("%s of %s on %s: denied = %v", c.action, who, c.resource, denied)
			}
		}
	}
	if err := s.limits(); err != nil {
		t.Error(err)
	}
	for name, text := range scpFiles(s) { // scripts/curfew/runbook reads them
		golden(t, "testdata/operators-"+name, text)
	}
}

func like(patterns []string, value string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(strings.ReplaceAll(p, "/", "|"), strings.ReplaceAll(value, "/", "|"))
		return err == nil && ok
	})
}

func mustRead(t *testing.T, context map[string]any) Settings {
	t.Helper()
	s, err := readSettings(context)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
