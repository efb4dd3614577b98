package permissions

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"curfew/shared/iampolicy"
)

// The accounts and the Region of the templates in infra/testdata.
const (
	Home   = "444455556666" // where Curfew runs; member roles trust it
	Member = "111122223333" // where principals are
	Region = "us-east-1"
)

// CanaryPath is that of the principal on which the nets are tried.
const CanaryPath = "/canary/"

// Role is one of Curfew's roles.
type Role struct {
	Name, ARN     string
	Policy, Trust *iampolicy.Document
}

// Policies are what a role's calls are authorised by.
func (r Role) Policies() iampolicy.Policies {
	return iampolicy.Policies{Identity: []iampolicy.Named{{Name: r.Name, Document: r.Policy}}}
}

// Template is a synthesised template with its references filled in.
type Template struct {
	Resources map[string]struct {
		Type       string
		Properties json.RawMessage
	}
}

// ReadTemplate reads a file of the folder infra/testdata.
func ReadTemplate(infra, name, account string) (tpl Template, err error) {
	text, err := os.ReadFile(filepath.Join(infra, "testdata", name))
	if err != nil {
		return tpl, err
	}
	var whole any
	if err := json.Unmarshal(text, &whole); err != nil {
		return tpl, err
	}
	filled, err := json.Marshal(fill(whole, account))
	if err != nil {
		return tpl, err
	}
	return tpl, json.Unmarshal(filled, &tpl)
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
			return strings.NewReplacer("${AWS::Region}", Region, "${AWS::AccountId}", account, "${Key}", "curfew", "${LogKey1}", "log").Replace(text)
		}
		for k := range v {
			v[k] = fill(v[k], account)
		}
	}
	return v
}

// Roles returns Curfew's roles in home, in a member account and in a Region of it, by name. The canary is none.
func Roles(infra string) (map[string]Role, error) {
	all := map[string]Role{}
	for name, account := range map[string]string{"curfew.golden.json": Home, "curfew-member.golden.json": Member, "curfew-region-us-east-1.golden.json": Member} {
		tpl, err := ReadTemplate(infra, name, account)
		if err != nil {
			return nil, err
		}
		for id, r := range tpl.Resources {
			if r.Type != "AWS::IAM::Role" {
				continue
			}
			role, canary, err := readRole(id, r.Properties, account)
			if err != nil {
				return nil, err
			}
			if !canary {
				all[role.Name] = role
			}
		}
	}
	return all, nil
}

func readRole(id string, properties []byte, account string) (r Role, canary bool, err error) {
	var p struct {
		RoleName, Path           string
		AssumeRolePolicyDocument json.RawMessage
		ManagedPolicyArns        []string
		Policies                 []struct{ PolicyDocument json.RawMessage }
	}
	if err := json.Unmarshal(properties, &p); err != nil || p.Path == CanaryPath {
		return r, true, err
	}
	if id == "GatewayRole" { // CloudFormation makes its name, which begins with the stack's
		p.RoleName = "curfew-gateway"
	}
	if len(p.Policies) != 1 || p.ManagedPolicyArns != nil || p.RoleName == "" {
		return r, false, fmt.Errorf("%s: %d inline policies, managed %v: want one policy that says it all", id, len(p.Policies), p.ManagedPolicyArns)
	}
	r = Role{Name: p.RoleName, ARN: "arn:aws:iam::" + account + ":role/" + p.RoleName}
	if r.Policy, err = iampolicy.Parse(p.Policies[0].PolicyDocument); err != nil {
		return r, false, err
	}
	r.Trust, err = iampolicy.ParseTrust(p.AssumeRolePolicyDocument)
	return r, false, err
}
