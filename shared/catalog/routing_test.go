package catalog

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"curfew/shared/eventpattern"
)

// infraTests has the catalog that the tests of infra read, and what they synthesise.
const infraTests = "../../infra/testdata/"

// TestInfraHasTheRoutesOfTheExample fails if detections changed: put the line into the file, then run infra's tests with -update.
func TestInfraHasTheRoutesOfTheExample(t *testing.T) {
	type named struct {
		Name   string  `json:"name"`
		Routes []route `json:"routes"`
	}
	var got struct{ Detections []named }
	readJSON(t, infraTests+"catalog.json", &got)
	var want []named
	for _, d := range example(t).form().Detections {
		if len(d.Routes) > 0 {
			want = append(want, named{d.Name, d.Routes})
		}
	}
	if !reflect.DeepEqual(got.Detections, want) {
		line, err := json.Marshal(want)
		t.Errorf("%scatalog.json lacks the line (%v)\n  \"detections\": %s,", infraTests, err, line)
	}
}

func readJSON(t *testing.T, file string, to any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestRulesLetHitsThrough matches the records of tests.yaml with the rules that infra synthesises. Read-only and data events, and what lint
// leaves to the files, need not pass.
func TestRulesLetHitsThrough(t *testing.T) {
	c := example(t)
	rules := map[string][]*eventpattern.Pattern{}
	for _, region := range []string{"us-east-1", "eu-west-1"} {
		rules[region] = synthesised(t, infraTests+"curfew-region-"+region+".golden.json")
	}
	passed := map[string]bool{}
	for _, x := range c.expectations {
		if x.records == nil {
			continue
		}
		for _, name := range x.records.detects {
			if routingOf(c.detections[name]).anyCaller {
				continue
			}
			for i, text := range x.records.records {
				event, region, carried := envelopeOf(t, text)
				if !carried {
					continue
				}
				passes := slices.ContainsFunc(rules[region], func(p *eventpattern.Pattern) bool { ok, err := p.Match(event); return ok && err == nil })
				if !passes {
					t.Errorf("%s: no rule of %s lets record %d through, which %s looks at", x.name, region, i, name)
				}
				passed[name] = true
			}
		}
	}
	for _, d := range c.Detections() {
		if r := routingOf(d); len(r.routes) > 0 && !passed[d.Name] {
			t.Errorf("no record of tests.yaml that %s hits is carried by rules", d.Name)
		}
	}
}

// synthesised returns the patterns of a stack's rules in account 111122223333.
func synthesised(t *testing.T, file string) (all []*eventpattern.Pattern) {
	t.Helper()
	var stack struct {
		Resources map[string]struct {
			Type       string
			Properties struct{ EventPattern json.RawMessage }
		}
	}
	readJSON(t, file, &stack)
	for id, r := range stack.Resources {
		if r.Type != "AWS::Events::Rule" {
			continue
		}
		var tree any
		if err := json.Unmarshal(r.Properties.EventPattern, &tree); err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(filledIn(tree))
		if err != nil {
			t.Fatal(err)
		}
		p, err := eventpattern.Parse(b)
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		all = append(all, p)
	}
	return all
}

// filledIn replaces {"Fn::Sub": text} as CloudFormation does.
func filledIn(tree any) any {
	switch tree := tree.(type) {
	case []any:
		for i := range tree {
			tree[i] = filledIn(tree[i])
		}
	case map[string]any:
		if text, ok := tree["Fn::Sub"].(string); ok {
			return strings.ReplaceAll(text, "${AWS::AccountId}", "111122223333")
		}
		for name := range tree {
			tree[name] = filledIn(tree[name])
		}
	}
	return tree
}

// envelopeOf returns the event of a record, the Region whose bus has it, and whether a rule in the state ENABLED sees it.
func envelopeOf(t *testing.T, record json.RawMessage) (event []byte, region string, carried bool) {
	t.Helper()
	var r struct {
		Source   string `json:"eventSource"`
		Name     string `json:"eventName"`
		Type     string `json:"eventType"`
		Region   string `json:"awsRegion"`
		ReadOnly bool   `json:"readOnly"`
	}
	if err := json.Unmarshal(record, &r); err != nil {
		t.Fatal(err)
	}
	service, _, _ := strings.Cut(r.Source, ".")
	detailType := "AWS API Call via CloudTrail"
	if r.Type == "AwsConsoleSignIn" {
		detailType = "AWS Console Sign In via CloudTrail"
	}
	region = r.Region
	if service == "iam" || service == "organizations" {
		region = "us-east-1"
	}
	b, err := json.Marshal(map[string]any{"source": "aws." + service, "detail-type": detailType, "account": "111122223333", "region": region, "detail": record})
	if err != nil {
		t.Fatal(err)
	}
	return b, region, !r.ReadOnly && !isReadEvent(service, r.Name) && !isDataEvent(service, r.Name)
}
