package permissions

import (
	"encoding/json"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
)

// The accounts of the templates.
const (
	home   = Home
	member = Member
	region = Region
	keyARN = "arn:aws:kms:" + region + ":" + home + ":key/curfew"

	logBucketARN   = "arn:aws:s3:::curfew-log-" + home + "-" + region
	stageBucketARN = "arn:aws:s3:::curfew-stage-" + home + "-" + region
	lakeBucketARN  = "arn:aws:s3:::curfew-lake-" + home + "-" + region
	logKeyARN      = "arn:aws:kms:" + region + ":" + home + ":key/log"
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

type template = Template

func readTemplate(t *testing.T, name, account string) template {
	t.Helper()
	tpl, err := ReadTemplate("../../infra", name, account)
	if err != nil {
		t.Fatal(err)
	}
	return tpl
}

// roles returns Curfew's roles in home, in a member account and in a Region of it, by name.
func roles(t *testing.T) map[string]role {
	t.Helper()
	read, err := Roles("../../infra")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]role{}
	for name, r := range read {
		all[name] = role{r.Name, r.ARN, r.Policy, r.Trust}
	}
	if len(all) != 27 {
		t.Fatalf("%d roles, want the 18 at home, the 8 of a member account and that of a Region's rules", len(all))
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
	if p.Path != CanaryPath || p.RoleName != "curfew-canary" || p.Policies != nil || p.ManagedPolicyArns != nil || p.PermissionsBoundary != boundaryARN {
		t.Errorf("canary = %+v, want it at %s, bounded and without policies", p, CanaryPath)
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
