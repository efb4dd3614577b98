package catalog

import (
	"slices"
	"strings"
	"testing"
)

func TestNamedGroupsHaveThoseOfPolicies(t *testing.T) {
	files := smallCatalog()
	files["policies/own.cedar"] = `@id("scope")
forbid (principal in Group::"in-scope", action, resource);
@id("is")
forbid (principal is Person in Group::"in-is", action, resource);
@id("when")
forbid (principal, action, resource)
when { principal in Group::"in-when" || principal in [Group::"in-list", Group::"in-list-2"] }
unless { if context.weekday == "friday" then principal in Group::"in-then" else false };
`
	files["identities.yaml"] += `groups: [in-scope, in-is, in-when, in-list, in-list-2, in-then, unused, engineers, leads, operators, runners]
`
	want := []string{"group:engineers", "group:in-is", "group:in-list", "group:in-list-2", "group:in-scope", "group:in-then", "group:in-when", "group:leads", "group:operators", "group:runners"}
	if got, err := load(t, files).NamedGroups(); err != nil || !slices.Equal(got, want) {
		t.Errorf("named groups = %v, %v, want %v", got, err, want)
	}
}

func TestADenyUnderAnotherParameterTakesNoActionOutOfNames(t *testing.T) {
	for _, other := range []string{"{{b}}", "111122223334", "{{a}}"} {
		files := smallCatalog()
		files["entitlements/read.yaml"] = strings.NewReplacer("{bucket: bucket}", "{bucket: bucket, a: account-id, b: account-id}", `    - Effect: Allow
`, `    - Effect: Deny
      Action: "iam:*"
      Resource: "*"
      Condition: {StringEquals: {"aws:ResourceTag/team": "`+other+`"}}
    - Effect: Allow
      Action: "iam:CreateAccessKey"
      Resource: "*"
      Condition: {StringEquals: {"aws:ResourceTag/team": "{{a}}"}}
    - Effect: Allow
      Action: "s3:ListBucket"
      Resource: "arn:aws:s3:::{{b}}"
    - Effect: Allow
`).Replace(files["entitlements/read.yaml"])
		_, err := Load(fileSystem(files))
		if refused := err != nil && strings.Contains(err.Error(), "iam:CreateAccessKey"); refused != (other != "{{a}}") {
			t.Errorf("a Deny under %s: %v", other, err)
		}
	}
}
