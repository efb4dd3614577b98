package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/cxapi"
	"github.com/aws/jsii-runtime-go"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// exampleSettings is an installation with both APIs and one member account.
func exampleSettings(t *testing.T, more ...string) Settings {
	t.Helper()
	context := map[string]any{
		"home": "444455556666", "orgId": "o-abc1234567", "jwtIssuer": "https://id.example.com", "jwtAudience": "curfew",
		"homeRegion": "us-east-1", "regions": "eu-west-1", "readsOf": "debug", "trail": "s3://logs-444455556666/AWSLogs/o-abc1234567", "trailKey": "arn:aws:kms:us-east-1:999988887777:key/0f5c3a52", "taskSenders": "arn:aws:iam::111122223333:role/tickets", "operators": "group:operators", "emergencyRoles": "curfew-emergency", "securityHub": "on", "alarmEmail": "operators@example.com", "messageEmail": "people@example.com",
		"approvalsSubscriptions": "approvers@example.com,group:leads=https://hooks.example.com/leads", "consoleUrl": "https://api.example.com/console/",
		"reserved": "recommended", "consoleClient": "curfew-console", "cliClient": "curfew-cli", "scopes": "openid,profile", "signInOrigins": "https://login.example.com",
	}
	for i := 0; i < len(more); i += 2 {
		context[more[i]] = more[i+1]
	}
	s, err := readSettings(context)
	if err != nil {
		t.Fatalf("readSettings: %v", err)
	}
	if s.catalog, err = built(t).readCatalog(); err != nil {
		t.Fatal(err)
	}
	return s
}

// built is a repository in which every function is built, as an empty file.
func built(t *testing.T) repository {
	t.Helper()
	root := t.TempDir()
	waits, err := os.ReadFile("testdata/catalog.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range functions() {
		write(t, filepath.Join(root, "dist", f.name, "bootstrap"), "#!/bin/false\n")
		write(t, filepath.Join(root, "dist", "zips", f.name+"-"+strings.Repeat("0", 64)+".zip"), "zip")
		if f.catalog {
			write(t, filepath.Join(root, "dist", f.name, "catalog", "catalog.json"), string(waits))
		}
	}
	lake, err := os.ReadFile("testdata/lake.json")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "dist", "lake.json"), string(lake))
	definition, err := os.ReadFile("../statemachines/elevation.asl.json")
	if err != nil {
		t.Fatalf("the state machine: %v", err)
	}
	write(t, filepath.Join(root, "statemachines", "elevation.asl.json"), string(definition))
	return repository{root: root}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// templates synthesises an installation and returns its templates by stack name.
func templates(t *testing.T, s Settings) map[string]template {
	t.Helper()
	all := map[string]template{}
	for name, stack := range stacks(t, s) {
		all[name] = read(t, stack)
	}
	return all
}

// stacks returns what the CDK's command line reads, by stack name.
func stacks(t *testing.T, s Settings) map[string]cxapi.CloudFormationStackArtifact {
	t.Helper()
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: str(t.TempDir()), AnalyticsReporting: jsii.Bool(false)})
	if err := build(app, s, built(t)); err != nil {
		t.Fatalf("build: %v", err)
	}
	all := map[string]cxapi.CloudFormationStackArtifact{}
	for _, stack := range *app.Synth(nil).Stacks() {
		all[*stack.StackName()] = stack
	}
	return all
}

func read(t *testing.T, stack cxapi.CloudFormationStackArtifact) (tpl template) {
	t.Helper()
	b, err := json.Marshal(stack.Template())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &tpl.raw); err != nil {
		t.Fatal(err)
	}
	return tpl
}

// template is a synthesised template.
type template struct{ raw map[string]any }

// resourcesOf returns the properties of all resources of a type, by logical id.
func (t template) resourcesOf(kind string) map[string]map[string]any {
	all := map[string]map[string]any{}
	for id, r := range t.raw["Resources"].(map[string]any) {
		if r := r.(map[string]any); r["Type"] == kind {
			all[id], _ = r["Properties"].(map[string]any)
		}
	}
	return all
}

// assetHash is the part of an asset's key that changes with the code.
var assetHash = regexp.MustCompile(`[0-9a-f]{64}`)

func TestTemplates(t *testing.T) {
	for name, tpl := range templates(t, exampleSettings(t)) {
		b, err := json.MarshalIndent(tpl.raw, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, filepath.Join("testdata", name+".golden.json"), append(assetHash.ReplaceAll(b, []byte("ASSET")), '\n'))
	}
}

func TestSCP(t *testing.T) {
	s, err := readSettings(map[string]any{"home": "444455556666"})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range scpFiles(s) {
		golden(t, name, text)
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		write(t, path, string(got))
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: run go test ./... -update", err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is not what is synthesised: run go test ./... -update and read the difference", path)
	}
}

// Without settings everything stays closed, and warnings say so.
func TestNothingSet(t *testing.T) {
	s, err := readSettings(nil)
	if err != nil {
		t.Fatalf("readSettings: %v", err)
	}
	all := templates(t, s)
	if len(all) != 2 {
		t.Errorf("stacks = %d, want those of home alone", len(all))
	}
	for _, kind := range []string{"AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api", "AWS::SNS::Subscription"} {
		if got := all["curfew"].resourcesOf(kind); len(got) != 0 {
			t.Errorf("%s = %v, want none", kind, got)
		}
	}
	for id, r := range all["curfew"].resourcesOf("AWS::IAM::Role") {
		for _, st := range statementsIn(r["Policies"]) {
			if st["Action"] == "sts:AssumeRole" {
				t.Errorf("%s may enter %v, and there is no organization", id, st["Resource"])
			}
		}
	}
	if got := len(s.warnings()); got != 11 {
		t.Errorf("warnings = %q, want 11", s.warnings())
	}
}

func TestNotBuilt(t *testing.T) {
	_, err := repository{root: t.TempDir()}.built()
	const want = "not built: run go run ./scripts/build first"
	if err == nil || !regexp.MustCompile(regexp.QuoteMeta(want)+"$").MatchString(err.Error()) {
		t.Errorf("error = %v, want one that ends in %q", err, want)
	}
}

// The deployed definition has the bytes that were tested.
func TestDefinitionIsTheFile(t *testing.T) {
	want, err := os.ReadFile("../statemachines/elevation.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	for id, m := range templates(t, exampleSettings(t))["curfew"].resourcesOf("AWS::StepFunctions::StateMachine") {
		if m["DefinitionString"] != string(want) {
			t.Errorf("%s is not the file", id)
		}
		if got := m["LoggingConfiguration"].(map[string]any)["IncludeExecutionData"]; got != false {
			t.Errorf("logs include execution data = %v, and with it task tokens", got)
		}
	}
}

// All routes of people's API but the page's need a token.
func TestOnlyThePageIsOpen(t *testing.T) {
	var open []string
	template, _ := stacks(t, exampleSettings(t))["curfew"].Template().(map[string]any)
	resources, _ := template["Resources"].(map[string]any)
	for _, r := range resources {
		r, _ := r.(map[string]any)
		if r["Type"] != "AWS::ApiGatewayV2::Route" {
			continue
		}
		p, _ := r["Properties"].(map[string]any)
		if p["AuthorizationType"] != "JWT" || p["AuthorizerId"] == nil {
			open = append(open, fmt.Sprint(p["RouteKey"]))
		}
	}
	slices.Sort(open)
	if want := []string{"GET /", "GET /console", "GET /console/{proxy+}"}; !slices.Equal(open, want) {
		t.Errorf("open are %q, want %q", open, want)
	}
}

// Lambda stops the 17th message of a function to its own queue, and SQS gives it up: an account of thousands of principals
// would not be reviewed.
func TestLambdaStopsNoReviewOfALargeAccount(t *testing.T) {
	home := templates(t, exampleSettings(t))["curfew"]
	for id, f := range home.resourcesOf("AWS::Lambda::Function") {
		want := any(nil)
		if id == "Review" {
			want = "Allow"
		}
		if f["RecursiveLoop"] != want {
			t.Errorf("%s has RecursiveLoop %v, want %v", id, f["RecursiveLoop"], want)
		}
	}
	for _, f := range functions() {
		loops := slices.ContainsFunc(homeRoles(exampleSettings(t)).permissions()[f.name], func(st statement) bool {
			return st.effect != deny && slices.Contains(st.actions, "sqs:SendMessage") && slices.Contains(st.resources, Names{Name: "curfew"}.queueARN(f.name+"s"))
		})
		if loops != f.loops {
			t.Errorf("%s may send to its own queue: %v, loops: %v", f.name, loops, f.loops)
		}
	}
}
