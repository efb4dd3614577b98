package inprocess_test

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
	"curfew/shared/inprocess"
)

// spellings are those that IAM treats as the mark's key.
var spellings = []string{"curfew:managed", "CURFEW:managed", "curfew:MANAGED", "CURFEW:MANAGED", "Curfew:Managed", "cUrFeW:mAnAgEd"}

const anything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// A call by a principal, and its effect if allowed.
type deed struct {
	action  string
	context iampolicy.Context
	do      func(*inprocess.IAM) error
}

// tryDeeds makes a principal's calls on a role in order, and returns the allowed actions.
func tryDeeds(t *testing.T, world *inprocess.IAM, principal, on string, deeds ...deed) (allowed []string) {
	t.Helper()
	for _, d := range deeds {
		call := inprocess.DataCall{Principal: principal, SessionName: "ana", Action: d.action, Resource: on, Context: d.context}
		if world.Allowed(call).Outcome != iampolicy.Allowed {
			continue
		}
		allowed = append(allowed, d.action)
		if err := d.do(world); err != nil {
			t.Fatal(err)
		}
	}
	return allowed
}

// escapes are the two calls by which an elevated administrator got a policy without a fence: remove the mark from their
// own role, then put a policy on it.
func escapes(role, key string) []deed {
	return []deed{
		{action: "iam:TagRole", context: iampolicy.Context{"aws:TagKeys": {key}, "aws:RequestTag/" + key: {"no"}}, do: func(w *inprocess.IAM) error { return w.SetTag(role, key, "no") }},
		{action: "iam:UntagRole", context: iampolicy.Context{"aws:TagKeys": {key}}, do: func(w *inprocess.IAM) error { return w.RemoveTag(role, key) }},
		{action: "iam:PutRolePolicy", context: nil, do: func(w *inprocess.IAM) error { return w.PutRolePolicyByHand(role, "standing", anything) }},
	}
}

func TestAnElevatedAdministratorCannotTakeTheMarkOffByATagInAnotherCase(t *testing.T) {
	for _, key := range spellings {
		c := example(t, inprocess.IAMSettings{})
		if err := c.IAM.PutRolePolicyByHand(deploy, "elevated", anything); err != nil {
			t.Fatal(err)
		}
		if got := tryDeeds(t, c.IAM, deploy, deploy, escapes(deploy, key)...); len(got) > 0 {
			t.Errorf("with the key %s, an elevated session may %v on its own role", key, got)
		}
		if sight, err := c.Look(t.Context(), deploy); err != nil || !sight.Managed {
			t.Errorf("with the key %s: managed = %v, %v", key, sight.Managed, err)
		}
	}
}

// Without a boundary the same calls succeed, so the test above can fail.
func TestAnAdministratorWithoutABoundaryTakesTheMarkOff(t *testing.T) {
	for _, key := range spellings {
		c := example(t, inprocess.IAMSettings{})
		if got := tryDeeds(t, c.IAM, legacy, deploy, escapes(deploy, key)...); len(got) != 3 {
			t.Errorf("with the key %s, an administrator may %v, want all three", key, got)
		}
		if sight, err := c.Look(t.Context(), deploy); err != nil || sight.Managed {
			t.Errorf("with the key %s: managed = %v, %v", key, sight.Managed, err)
		}
	}
}

func TestATagInAnotherCaseReplacesTheFirst(t *testing.T) {
	c := example(t, inprocess.IAMSettings{})
	for i, key := range spellings {
		value := []string{"no", "true"}[i%2]
		if err := c.IAM.SetTag(deploy, key, value); err != nil {
			t.Fatal(err)
		}
		if sight, err := c.Look(t.Context(), deploy); err != nil || sight.Managed != (value == "true") {
			t.Errorf("%s = %s: managed = %v, %v", key, value, sight.Managed, err)
		}
		is := func(value string) inprocess.DataCall {
			policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{` +
				`"aws:ResourceTag/curfew:Managed":"` + value + `","iam:ResourceTag/CURFEW:managed":"` + value + `"}}}]}`
			if err := c.IAM.PutRolePolicyByHand(ciUser, "by-tag", policy); err != nil {
				t.Fatal(err)
			}
			return inprocess.DataCall{Principal: ciUser, Action: "iam:GetRole", Resource: deploy}
		}
		wantOutcome(t, c, is(value), iampolicy.Allowed)
		wantOutcome(t, c, is("other"), iampolicy.ImplicitDeny)
	}
}

// The rehearsal and the stories use the deployed boundary.
func TestTheExampleWorldHasTheShippedBoundary(t *testing.T) {
	template, err := os.ReadFile("../../infra/testdata/curfew-member.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var shipped struct {
		Resources struct {
			Boundary struct{ Properties struct{ PolicyDocument any } }
		}
	}
	type worldPolicy struct {
		Arn               string
		PolicyVersionList []struct{ Document any }
	}
	var world struct{ Policies []worldPolicy }
	if err := errors.Join(json.Unmarshal(template, &shipped), json.Unmarshal(inprocess.ExampleWorld(), &world)); err != nil {
		t.Fatal(err)
	}
	want := substitute(shipped.Resources.Boundary.Properties.PolicyDocument)
	at := slices.IndexFunc(world.Policies, func(p worldPolicy) bool { return p.Arn == bounds })
	if at < 0 || !reflect.DeepEqual(world.Policies[at].PolicyVersionList[0].Document, want) {
		t.Errorf("the boundary of example-world.json is not that of infra/testdata/curfew-member.golden.json: copy it, with %s for ${AWS::AccountId}", account)
	}
}

// substitute applies Fn::Sub as CloudFormation does, for the example account.
func substitute(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = substitute(v[i])
		}
	case map[string]any:
		if text, ok := v["Fn::Sub"].(string); ok {
			return strings.ReplaceAll(text, "${AWS::AccountId}", "111122223333")
		}
		for k := range v {
			v[k] = substitute(v[k])
		}
	}
	return v
}
