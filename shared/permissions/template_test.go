package permissions

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
)

// The accounts of the templates.
const (
	home   = "444455556666" // where Curfew runs; member roles trust it
	member = "111122223333" // where principals are
	region = "us-east-1"
	keyARN = "arn:aws:kms:" + region + ":" + home + ":key/curfew"
)

// The condition keys of a principal's two marks, and the accepted boundary.
const (
	tagKey      = "aws:ResourceTag/curfew:managed"
	boundaryKey = "iam:PermissionsBoundary"
	boundaryARN = "arn:aws:iam::" + member + ":policy/curfew-boundary"
)

// role is one of Curfew's.
type role struct {
	name   string
	arn    string
	policy *iampolicy.Document
	trust  *iampolicy.Document
}

// template is a synthesised template with its references filled in.
type template struct {
	Resources map[string]struct {
		Type       string
		Properties json.RawMessage
	}
}

func readTemplate(t *testing.T, name, account string) template {
	t.Helper()
	text, err := os.ReadFile("../../infra/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var whole any
	if err := json.Unmarshal(text, &whole); err != nil {
		t.Fatal(err)
	}
	filled, err := json.Marshal(fill(whole, account))
	if err != nil {
		t.Fatal(err)
	}
	var tpl template
	if err := json.Unmarshal(filled, &tpl); err != nil {
		t.Fatal(err)
	}
	return tpl
}

// fill replaces Fn::Sub, as CloudFormation does, for the references in policies.
func fill(v any, account string) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = fill(v[i], account)
		}
	case map[string]any:
		if text, ok := v["Fn::Sub"].(string); ok && len(v) == 1 {
			return strings.NewReplacer("${AWS::Region}", region, "${AWS::AccountId}", account, "${Key}", "curfew").Replace(text)
		}
		for k := range v {
			v[k] = fill(v[k], account)
		}
	}
	return v
}

// roles returns Curfew's roles in home, in a member account and in a Region of it, by name.
func roles(t *testing.T) map[string]role {
	t.Helper()
	all := map[string]role{}
	for name, account := range map[string]string{"curfew.golden.json": home, "curfew-member.golden.json": member, "curfew-region-us-east-1.golden.json": member} {
		for id, r := range readTemplate(t, name, account).Resources {
			if r.Type != "AWS::IAM::Role" {
				continue
			}
			var p struct {
				RoleName, Path           string
				AssumeRolePolicyDocument json.RawMessage
				ManagedPolicyArns        []string
				Policies                 []struct{ PolicyDocument json.RawMessage }
			}
			if err := json.Unmarshal(r.Properties, &p); err != nil {
				t.Fatal(err)
			}
			if p.Path == canaryPath { // see TestTheCanaryIsNobody
				continue
			}
			if id == "GatewayRole" { // CloudFormation makes its name, which begins with the stack's
				p.RoleName = "curfew-gateway"
			}
			if len(p.Policies) != 1 || p.ManagedPolicyArns != nil || p.RoleName == "" {
				t.Fatalf("%s: %d inline policies, managed %v: want one policy that says it all", id, len(p.Policies), p.ManagedPolicyArns)
			}
			all[p.RoleName] = role{
				name: p.RoleName, arn: "arn:aws:iam::" + account + ":role/" + p.RoleName,
				policy: mustParse(t, iampolicy.Parse, p.Policies[0].PolicyDocument), trust: mustParse(t, iampolicy.ParseTrust, p.AssumeRolePolicyDocument),
			}
		}
	}
	if len(all) != 23 {
		t.Fatalf("%d roles, want the 15 at home, the 7 of a member account and that of a Region's rules", len(all))
	}
	return all
}

// boundary is the one that is shipped.
func boundary(t *testing.T) *iampolicy.Document {
	t.Helper()
	r := readTemplate(t, "curfew-member.golden.json", member).Resources["Boundary"]
	var p struct{ PolicyDocument json.RawMessage }
	if err := json.Unmarshal(r.Properties, &p); err != nil {
		t.Fatal(err)
	}
	return mustParse(t, iampolicy.Parse, p.PolicyDocument)
}

func mustParse(t *testing.T, parse func([]byte) (*iampolicy.Document, error), text []byte) *iampolicy.Document {
	t.Helper()
	if strings.Contains(string(text), "${AWS::") || strings.Contains(string(text), "Fn::") {
		t.Fatalf("a reference that is not filled in: %s", text)
	}
	d, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// policies are what a role's calls are authorised by.
func (r role) policies() iampolicy.Policies {
	return iampolicy.Policies{Identity: []iampolicy.Named{{Name: r.name, Document: r.policy}}}
}

// canaryPath is that of the principal on which the nets are tried.
const canaryPath = "/canary/"

// TestTheCanaryIsNobody: it may do nothing, no principal can assume it, and it is bounded and marked like a principal
// that can be elevated.
func TestTheCanaryIsNobody(t *testing.T) {
	var p struct {
		RoleName, Path, PermissionsBoundary string
		AssumeRolePolicyDocument            json.RawMessage
		Policies, ManagedPolicyArns         []any
		Tags                                []struct{ Key, Value string }
	}
	if err := json.Unmarshal(readTemplate(t, "curfew-member.golden.json", member).Resources["CanaryRole"].Properties, &p); err != nil {
		t.Fatal(err)
	}
	if p.Path != canaryPath || p.RoleName != "curfew-canary" || p.Policies != nil || p.ManagedPolicyArns != nil || p.PermissionsBoundary != boundaryARN {
		t.Errorf("canary = %+v, want it at %s, bounded and without policies", p, canaryPath)
	}
	if len(p.Tags) != 1 || p.Tags[0].Key != "curfew:managed" || p.Tags[0].Value != "true" {
		t.Errorf("tags = %v, want it marked", p.Tags)
	}
	trust := iampolicy.Policies{Identity: []iampolicy.Named{{Name: "trust", Document: mustParse(t, iampolicy.ParseTrust, p.AssumeRolePolicyDocument)}}}
	arn := "arn:aws:iam::" + member + ":role" + p.Path + p.RoleName
	if d := iampolicy.Evaluate(trust, iampolicy.Call{Action: "sts:AssumeRole", Resource: arn}); d.Outcome != iampolicy.ExplicitDeny {
		t.Errorf("to assume it is %s, want %s", d.Outcome, iampolicy.ExplicitDeny)
	}
	// Curfew's own roles cannot be changed. The canary is not one of them, so that functions can grant to it.
	grant := iampolicy.Call{Action: "iam:PutRolePolicy", Resource: arn, Context: target(true, true, "")}
	if d := iampolicy.Evaluate(roles(t)["curfew-member-grant"].policies(), grant); d.Outcome != iampolicy.Allowed {
		t.Errorf("to grant to it is %s by %v", d.Outcome, d.By)
	}
}
