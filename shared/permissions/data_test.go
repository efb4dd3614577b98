package permissions

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"curfew/shared/iamdata"
)

// The Service Authorization Reference judges every statement that is shipped: IAM accepts a statement that can never match, and a Deny
// that never matches protects nothing.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
func TestStatementsAgreeWithTheServiceAuthorizationData(t *testing.T) {
	seen, actions := 0, map[string]bool{}
	for file, statements := range shippedStatements(t) {
		for _, st := range statements {
			seen++
			for _, fault := range st.faults(actions) {
				t.Errorf("%s: %s: %s", file, st.Sid, fault)
			}
		}
	}
	if seen < 150 || len(actions) < 150 {
		t.Errorf("%d statements with %d actions: they are not being found", seen, len(actions))
	}
	if !t.Failed() {
		t.Logf("%d statements, %d actions, by data %s", seen, len(actions), iamdata.Version())
	}
}

// TestStatementsThatCanNeverMatchAreFound: each was accepted by IAM and did nothing.
func TestStatementsThatCanNeverMatchAreFound(t *testing.T) {
	for _, c := range []struct{ statement, fault string }{
		{`{"Effect":"Deny","Action":"states:SendTask*","Resource":"arn:aws:states:*:*:*:curfew-*"}`, "states:SendTask* takes no resource of"},
		{`{"Effect":"Deny","Action":"events:PutPermission","Resource":"arn:aws:events:*:*:rule/curfew-*"}`, "events:PutPermission takes no resource of"},
		{`{"Effect":"Allow","Action":"iam:GetAccountSumary","Resource":"*"}`, "there is no action iam:GetAccountSumary"},
		{`{"Effect":"Allow","Action":"dynamo:GetItem","Resource":"*"}`, "there is no action dynamo:GetItem"},
		{`{"Effect":"Allow","Action":"sqs:SendMessage","Resource":["arn:aws:sqs:*:*:curfew-*","arn:aws:sns:*:*:curfew-*"]}`, "no action of it takes arn:aws:sns:*:*:curfew-*"},
		{`{"Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:ListTables"],"Resource":"*","Condition":{"ForAllValues:StringLike":{"dynamodb:LeadingKeys":"a#*"}}}`, "dynamodb:ListTables has no condition key dynamodb:LeadingKeys"},
		{`{"Effect":"Deny","Action":"sqs:SendMessage","Resource":"*","Condition":{"StringEquals":{"aws:PrincipleArn":"x"}}}`, "sqs:SendMessage has no condition key aws:PrincipleArn"},
		{`{"Effect":"Deny","Action":"iam:PutRolePolicy","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/curfew:managed":"true"}}}`, ""},
	} {
		var st shipped
		if err := json.Unmarshal([]byte(c.statement), &st); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(st.faults(map[string]bool{}), "; ")
		if c.fault == "" && got != "" || !strings.Contains(got, c.fault) {
			t.Errorf("%s: faults %q, want %q", c.statement, got, c.fault)
		}
	}
}

// texts is a value or a list of values of a policy.
type texts []string

func (l *texts) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, (*[]string)(l))
	}
	*l = texts{""}
	return json.Unmarshal(b, &(*l)[0])
}

// shipped is a statement of a template, the boundary or an SCP.
type shipped struct {
	Sid, Effect                 string
	Action, NotAction, Resource texts
	Condition                   map[string]map[string]texts
}

// shippedStatements are those of every policy of the templates and of the SCPs, by file.
func shippedStatements(t *testing.T) map[string][]shipped {
	t.Helper()
	all := map[string][]shipped{}
	templates, err := filepath.Glob("../../infra/testdata/*.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	policies, err := filepath.Glob("../../infra/*scp*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(templates, policies...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var whole any
		if err := json.Unmarshal(text, &whole); err != nil {
			t.Fatal(err)
		}
		account := member
		if strings.HasSuffix(file, "curfew.golden.json") || strings.HasSuffix(file, "curfew-data.golden.json") {
			account = home
		}
		collect(t, fill(whole, account), func(st shipped) { all[filepath.Base(file)] = append(all[filepath.Base(file)], st) })
	}
	return all
}

// collect finds the statements in a value.
func collect(t *testing.T, v any, each func(shipped)) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			collect(t, e, each)
		}
	case map[string]any:
		if list, ok := v["Statement"].([]any); ok {
			for _, one := range list {
				text, err := json.Marshal(one)
				if err != nil {
					t.Fatal(err)
				}
				var st shipped
				if err := json.Unmarshal(text, &st); err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				each(st)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			collect(t, v[key], each)
		}
	}
}

// faults are what the data has against a statement. It notes the actions that the statement names.
func (st shipped) faults(actions map[string]bool) (all []string) {
	var meant []iamdata.Action
	for _, pattern := range slices.Concat(st.Action, st.NotAction) {
		if pattern == "*" {
			return nil
		}
		found := actionsLike(pattern)
		if len(found) == 0 {
			all = append(all, "there is no action "+pattern)
		}
		for _, a := range found {
			actions[a.Service+":"+a.Name] = true
		}
		if len(st.Action) > 0 && len(found) > 0 && !slices.ContainsFunc(found, st.fits) {
			all = append(all, fmt.Sprintf("%s takes no resource of %v", pattern, st.Resource))
		}
		if !strings.ContainsAny(pattern, "*?") {
			all = append(all, st.withoutKeys(found)...)
		}
		meant = append(meant, found...)
	}
	for _, r := range st.Resource {
		if len(st.Action) > 0 && !slices.ContainsFunc(meant, func(a iamdata.Action) bool { return takes(a, r) }) {
			all = append(all, "no action of it takes "+r)
		}
	}
	return all
}

// actionsLike are the actions that a pattern of a policy means.
func actionsLike(pattern string) (found []iamdata.Action) {
	service, name, _ := strings.Cut(pattern, ":")
	for _, a := range iamdata.Actions(service) {
		if meet(strings.ToLower(name), strings.ToLower(a.Name)) {
			found = append(found, a)
		}
	}
	return found
}

// fits reports whether a call of the action can match the statement's resources. A trust policy has none.
func (st shipped) fits(a iamdata.Action) bool {
	return st.Resource == nil || slices.ContainsFunc(st.Resource, func(r string) bool { return takes(a, r) })
}

// takes reports whether an action may be asked for a resource that a pattern means.
func takes(a iamdata.Action, pattern string) bool {
	// API Gateway puts the API's ARN before the / of such a resource.
	// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html
	if pattern == "*" || strings.HasPrefix(pattern, "execute-api:/") && a.Service == "execute-api" {
		return true
	}
	return slices.ContainsFunc(a.Resources, func(r iamdata.Resource) bool { return isOfType(r, pattern) })
}

// isOfType compares each of the six parts of an ARN, as IAM does.
func isOfType(r iamdata.Resource, pattern string) bool {
	parts := strings.SplitN(pattern, ":", 6)
	return slices.ContainsFunc(r.ARNs, func(format string) bool {
		of := strings.SplitN(parameterless(format), ":", 6)
		if len(parts) != 6 || len(of) != 6 {
			return false
		}
		for i := range parts {
			if !meet(parts[i], of[i]) {
				return false
			}
		}
		return true
	})
}

// parameterless puts * in the place of ${…}.
func parameterless(format string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(format, "${")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteByte('*')
		_, format, _ = strings.Cut(after, "}")
	}
}

// meet reports whether some text matches both patterns.
func meet(a, b string) bool {
	switch {
	case a == "" && b == "":
		return true
	case a != "" && a[0] == '*':
		return meet(a[1:], b) || b != "" && meet(a, b[1:])
	case b != "" && b[0] == '*':
		return meet(b, a)
	case a == "" || b == "":
		return false
	}
	return (a[0] == b[0] || a[0] == '?' || b[0] == '?') && meet(a[1:], b[1:])
}

// withoutKeys are the condition keys that an action does not have: a condition on one is never true, and its negation always.
func (st shipped) withoutKeys(found []iamdata.Action) (all []string) {
	for _, operator := range slices.Sorted(maps.Keys(st.Condition)) {
		for _, key := range slices.Sorted(maps.Keys(st.Condition[operator])) {
			for _, a := range found {
				if !isGlobal(key) && !has(a, key) {
					all = append(all, fmt.Sprintf("%s:%s has no condition key %s", a.Service, a.Name, key))
				}
			}
		}
	}
	return all
}

func has(a iamdata.Action, key string) bool {
	keys := slices.Clone(a.ConditionKeys)
	for _, r := range a.Resources {
		keys = slices.Concat(keys, r.ConditionKeys, r.TypeKeys)
	}
	return slices.ContainsFunc(keys, func(k string) bool { return meet(strings.ToLower(parameterless(k)), strings.ToLower(key)) })
}

// isGlobal reports whether every request has the key, or every request of a kind that the statement is about. Keys of tags are of actions.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func isGlobal(key string) bool {
	return slices.Contains([]string{
		"aws:CurrentTime", "aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:PrincipalIsAWSService", "aws:PrincipalServiceName", "aws:ResourceAccount", "aws:ResourceOrgID",
		"aws:SecureTransport", "aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:CalledVia", "aws:ViaAWSService",
	}, key)
}
