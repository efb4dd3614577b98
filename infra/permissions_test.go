package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every deployed statement was written in permissions*.go. The CDK's own statements do not all have a Sid.
func TestStatementsComeFromPermissions(t *testing.T) {
	s := exampleSettings(t)
	ours := map[string]bool{}
	for _, st := range everyStatement(s) {
		ours[word(t, st.value())] = true
	}
	seen := 0
	for name, tpl := range templates(t, s) {
		for _, st := range statementsIn(tpl.raw["Resources"]) {
			seen++
			if !ours[word(t, st)] {
				t.Errorf("%s has a statement that permissions.go did not write: %s", name, word(t, st))
			}
		}
		for _, kind := range []string{"AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy", "AWS::IAM::User", "AWS::IAM::Group"} {
			if got := tpl.resourcesOf(kind); len(got) != 0 {
				t.Errorf("%s has %s: a role has all that it may do in it", name, kind)
			}
		}
		for id, r := range tpl.resourcesOf("AWS::IAM::Role") {
			if r["ManagedPolicyArns"] != nil {
				t.Errorf("%s: %s has managed policies that somebody else writes", name, id)
			}
		}
	}
	if seen < 80 {
		t.Errorf("statements = %d: they are not being found", seen)
	}
}

// everyStatement is all that permissions.go writes into the two templates.
func everyStatement(s Settings) []statement {
	all := join(homeRoles(s).machinePermissions(), gatewayPermissions(), keyPolicy(), resourcePolicies(s).restAPIPolicy(), guardrails(s).boundary())
	all = append(join(all, resourcePolicies(s).membersBusPolicy(), resourcePolicies(s).tasksBusPolicy(), resourcePolicies(s).trailBusPolicy(), homeRoles(s).schedulerPermissions(), memberRoles(s).forwardPermissions(), memberRoles(s).routePermissions()), canaryTrust()...)
	for _, service := range []string{"lambda", "states", "apigateway", "scheduler", "events"} {
		all = append(all, trustedService(service+".amazonaws.com")...)
	}
	for _, of := range []map[string][]statement{homeRoles(s).permissions(), memberRoles(s).permissions()} {
		for function, statements := range of {
			all = append(append(all, statements...), memberRoles(s).trust(function)...)
		}
	}
	all = join(all, resourcePolicies(s).logKeyPolicy(), resourcePolicies(s).logBucketPolicy(), resourcePolicies(s).stageBucketPolicy(), resourcePolicies(s).lakeBucketPolicy(), resourcePolicies(s).resultsBucketPolicy(), lakeReader(s).permissions())
	for _, q := range s.queues() {
		all = append(all, resourcePolicies(s).queuePolicy(q)...)
	}
	all = append(all, resourcePolicies(s).mailTopicPolicy(emergencyAlarm)...)
	for _, topic := range topics() {
		all = append(all, resourcePolicies(s).topicPolicy(topic)...)
	}
	return all
}

// word returns a statement as text. The order of keys does not count; that of values does.
func word(t *testing.T, st map[string]any) string {
	t.Helper()
	b, err := json.Marshal(st)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// statementsIn finds the statements of all policy documents in a value.
func statementsIn(v any) []map[string]any {
	var all []map[string]any
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			all = append(all, statementsIn(e)...)
		}
	case map[string]any:
		if list, ok := v["Statement"].([]any); ok {
			for _, st := range list {
				all = append(all, st.(map[string]any))
			}
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all = append(all, statementsIn(v[key])...)
		}
	}
	return all
}

// No other file writes a statement, or calls a CDK function that does.
func TestOnlyPermissionsWritesStatements(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatalf("files = %v, %v", files, err)
	}
	for _, name := range files {
		if strings.HasPrefix(name, "permissions") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if id, ok := n.Type.(*ast.Ident); ok && id.Name == "statement" {
					t.Errorf("%s composes a statement", name)
				}
			case *ast.SelectorExpr:
				if f := n.Sel.Name; strings.HasPrefix(f, "Grant") || strings.Contains(f, "PolicyStatement") || strings.HasPrefix(f, "AddTo") {
					t.Errorf("%s calls %s, which writes statements out of sight", name, f)
				}
			}
			return true
		})
	}
}

// The separation of powers, written independently of the code that makes it.
func TestPowers(t *testing.T) {
	s := exampleSettings(t)
	home, member := homeRoles(s).permissions(), memberRoles(s).permissions()
	for _, c := range []struct {
		power string
		has   func(function string) bool
		want  []string
	}{
		{"put an inline policy on a principal", anyOf(member, "iam:Put"), []string{"contain", "grant"}},
		{"make or attach a managed policy", anyOf(member, "iam:Attach", "iam:Create"), []string{"grant"}},
		{"take a policy off a principal", anyOf(member, "iam:Delete", "iam:Detach"), []string{"revoke"}},
		{"read all of IAM", anyOf(member, "iam:GetAccountAuthorizationDetails"), []string{"reconcile", "review"}},
		{"use IAM at home", anyOf(home, "iam:", "organizations:"), nil},
		{"start an execution", anyOf(home, "states:StartExecution"), []string{"api", "reconcile", "trigger"}},
		{"stop or redrive one", anyOf(home, "states:Stop", "states:Redrive", "states:Update"), nil},
		{"answer a task", anyOf(home, "states:SendTaskSuccess"), []string{"api", "decide", "reconcile", "trigger", "wait"}},
		{"invoke a function", anyOf(home, "lambda:InvokeFunction"), []string{"api", "correlate", "expire", "grant", "reconcile", "revoke", "trigger"}},
		{"invoke contain", onResource(home, s.functionARN("contain")), []string{"correlate", "revoke"}},
		{"invoke revoke", onResource(home, s.functionARN("revoke")), []string{"api", "correlate", "expire", "grant", "reconcile", "trigger"}},
		{"tell anybody anything", anyOf(home, "sns:Publish", "events:PutEvents"), []string{"notify"}},
		{"scan a table", anyOf(home, "dynamodb:Scan"), []string{"archive"}},
		{"update a table", anyOf(home, "dynamodb:Update", "dynamodb:BatchWrite", "dynamodb:PartiQL"), nil},
		{"read the late evidence", isAllowed(home, "sqs:ReceiveMessage", s.queueARN("late")), []string{"reconcile"}},
		{"receive messages", anyOf(home, "sqs:ReceiveMessage"), []string{"correlate", "reconcile", "review", "trigger"}},
		{"read files", anyOf(home, "s3:Get"), []string{"archive", "backfill"}},
		{"write files", anyOf(home, "s3:Put"), []string{"archive"}},
		{"delete files, or shorten their retention", anyOf(home, "s3:Delete", "s3:PutObjectRetention", "s3:PutObjectLegal", "s3:Bypass", "s3:PutBucket"), nil},
		{"look up events of CloudTrail", anyOf(home, "cloudtrail:Lookup"), []string{"reconcile"}},
		{"sign a checkpoint", anyOf(home, "kms:Sign"), []string{"archive"}},
		{"put a message before correlate", isAllowed(home, "sqs:SendMessage", s.queueARN("trail")), nil},
		{"put a message before review", isAllowed(home, "sqs:SendMessage", s.queueARN("reviews")), []string{"review"}},
		{"put a message before trigger", isAllowed(home, "sqs:SendMessage", s.queueARN("triggers")), nil},
		{"pass a role, or start a job", anyOf(member, "iam:PassRole", "backup:Start", "batch:Submit", "codebuild:Start", "states:Start"), []string{"trigger"}},
	} {
		var got []string
		for _, f := range functions() {
			if c.has(f.name) {
				got = append(got, f.name)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("may %s: %v, want %v", c.power, got, c.want)
		}
	}
}

// Anyone may call console.
func TestConsoleMayOnlyWriteItsLog(t *testing.T) {
	for _, st := range homeRoles(exampleSettings(t)).permissions()["console"] {
		if !slices.Equal(st.actions, []string{"logs:CreateLogStream", "logs:PutLogEvents"}) || !slices.Equal(st.resources, []string{inHome("logs", "log-group:/aws/lambda/curfew-console:*")}) {
			t.Errorf("console may %v on %v", st.actions, st.resources)
		}
	}
}

// anyOf reports whether a function is allowed an action with one of these prefixes.
func anyOf(may map[string][]statement, begins ...string) func(function string) bool {
	return func(function string) bool {
		return slices.ContainsFunc(may[function], func(st statement) bool {
			return st.effect != deny && slices.ContainsFunc(st.actions, func(a string) bool {
				return slices.ContainsFunc(begins, func(b string) bool { return strings.HasPrefix(a, b) })
			})
		})
	}
}

// onResource reports whether a function is allowed any action on exactly this resource.
func onResource(may map[string][]statement, resource string) func(function string) bool {
	return func(function string) bool {
		return slices.ContainsFunc(may[function], func(st statement) bool {
			return st.effect != deny && slices.Contains(st.resources, resource)
		})
	}
}

// isAllowed reports whether a function is allowed this action on exactly this resource.
func isAllowed(may map[string][]statement, action, resource string) func(function string) bool {
	return func(function string) bool {
		return slices.ContainsFunc(may[function], func(st statement) bool {
			return st.effect != deny && slices.Contains(st.actions, action) && slices.Contains(st.resources, resource)
		})
	}
}

// A function that may write review# cannot forge a signature. api and revoke open reviews, decide takes signed ones off the lists.
func TestOnlyDecideWritesSignatures(t *testing.T) {
	s := exampleSettings(t)
	for function, statements := range homeRoles(s).permissions() {
		for partition, sole := range map[string][]string{"signature#*": {"decide"}, "delegation#*": {"decide"}, "review#*": {"api", "decide", "revoke"}} {
			puts, named, denied := false, false, false
			for _, st := range statements {
				if !slices.Contains(st.resources, s.tableARN("access")) {
					continue
				}
				puts = puts || st.effect != deny && slices.Contains(st.actions, "dynamodb:PutItem")
				named = named || st.effect != deny && slices.Contains(st.when["ForAllValues:StringLike"]["dynamodb:LeadingKeys"], partition)
				denied = denied || st.effect == deny && slices.Contains(st.actions, "dynamodb:PutItem") && slices.Contains(st.when["ForAnyValue:StringLike"]["dynamodb:LeadingKeys"], partition)
			}
			limited := function == "decide" || function == "contain" // they name what they may put
			if may := puts && !denied && (named || !limited); may != slices.Contains(sole, function) {
				t.Errorf("%s may write %s: %v", function, partition, may)
			}
		}
	}
}

// Every function that writes the access table is denied decision#, except decide, which may write little else.
func TestOnlyDecideWritesDecisions(t *testing.T) {
	for function, statements := range homeRoles(exampleSettings(t)).permissions() {
		writes, kept := false, false
		for _, st := range statements {
			onAccess := slices.Contains(st.resources, exampleSettings(t).tableARN("access"))
			writes = writes || onAccess && st.effect != deny && slices.Contains(st.actions, "dynamodb:PutItem")
			kept = kept || onAccess && st.effect == deny && slices.Contains(st.when["ForAnyValue:StringLike"]["dynamodb:LeadingKeys"], "decision#*")
			if (function == "decide" || function == "contain") && onAccess && st.effect != deny && st.actions[0] == "dynamodb:PutItem" && st.when["Null"]["dynamodb:LeadingKeys"] == nil {
				t.Errorf("%s may write without naming a key", function)
			}
		}
		if want := writes && function != "decide"; kept != want {
			t.Errorf("%s: writes %v, kept from decisions %v", function, writes, kept)
		}
	}
}

// Adding requires tag and boundary in one statement; removing requires one of them, in two statements.
func TestTagAndBoundary(t *testing.T) {
	s := exampleSettings(t)
	tag, _ := s.markCondition()
	boundary, _ := s.boundaryCondition()
	for _, st := range join(memberRoles(s).allowAttach(), memberRoles(s).allowContain()) {
		on := st.when["StringEquals"]
		if st.sid != "MakePolicies" && (on[tag] == nil || on[boundary] == nil) {
			t.Errorf("%s needs %v, want the tag and the boundary", st.sid, on)
		}
	}
	found := map[string]int{}
	for _, st := range memberRoles(s).allowRemove() {
		for key := range st.when["StringEquals"] {
			found[key]++
		}
		if len(st.when["StringEquals"]) > 1 {
			t.Errorf("%s needs both: taking one away would lock the other in", st.sid)
		}
	}
	if found[tag] != 2 || found[boundary] != 2 {
		t.Errorf("removal by %v, want two statements by each", found)
	}
}

// The SCPs are attached as files, so they have no CloudFormation references.
func TestSCPsStandAlone(t *testing.T) {
	for name, b := range scpFiles(exampleSettings(t)) {
		if strings.Contains(string(b), "${") || strings.Contains(string(b), "Fn::") {
			t.Errorf("%s has a reference, which Organizations does not fill in", name)
		}
	}
}

// Without the setting, notify may not import findings, and is not told to.
func TestSecurityHubIsOffUnlessItIsSet(t *testing.T) {
	for _, on := range []bool{false, true} {
		s := defaults()
		if on {
			s = exampleSettings(t)
		}
		for function, may := range homeRoles(s).permissions() {
			imports := slices.ContainsFunc(may, func(one statement) bool {
				return slices.Contains(one.actions, "securityhub:BatchImportFindings") && slices.Equal(one.resources, []string{productARN})
			})
			if want := on && function == "notify"; imports != want {
				t.Errorf("on: %v: %s may import: %v, want %v", on, function, imports, want)
			}
		}
		if told := notifierVars(s, "notify")["CURFEW_SECURITY_HUB"] != ""; told != on {
			t.Errorf("on: %v: told: %v", on, told)
		}
	}
}
