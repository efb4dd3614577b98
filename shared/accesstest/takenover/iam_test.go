package takenover

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/iampolicy"
	"curfew/shared/permissions"
)

const (
	everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	noID       = "01jd2q7v3x0000000000000000"
	ofMember   = "arn:aws:iam::" + permissions.Member + ":"
)

// targets are principals with both marks, with one, and with none.
var targets = []struct {
	what, arn string
	context   iampolicy.Context
}{
	{"marked and bounded", accesstest.Engineer, iampolicy.Context{"aws:ResourceTag/curfew:managed": {"true"}, "iam:PermissionsBoundary": {accesstest.Boundary}}},
	{"only marked", ofMember + "user/ci-user", iampolicy.Context{"aws:ResourceTag/curfew:managed": {"true"}}},
	{"not marked", ofMember + "role/legacy-admin", nil},
	{"Curfew's own", ofMember + "role/curfew-member-revoke", iampolicy.Context{"aws:ResourceTag/curfew:managed": {"true"}, "iam:PermissionsBoundary": {accesstest.Boundary}}},
}

// iamMoves are each call that changes a principal, on each kind of principal, under each kind of name.
func iamMoves() (all []move) {
	names := []struct {
		what string
		of   func(*world) string
	}{
		{"a foreign name", func(*world) string { return "helpful" }},
		{"the name of a grant that is not", func(*world) string { return access.GrantName("curfew", noID) }},
		{"the name of what is active", func(w *world) string { return access.GrantName("curfew", w.active) }},
		{"the name of what has ended", func(w *world) string { return access.GrantName("curfew", w.over) }},
		{"the name of a containment", func(w *world) string { return access.ContainmentName("curfew", w.active) }},
	}
	for _, target := range targets {
		on, kind := target, "Role"
		if strings.Contains(on.arn, ":user/") {
			kind = "User"
		}
		for _, name := range names {
			of := name.of
			all = append(all,
				move{name: "put of " + name.what + " on what is " + on.what, needs: []call{{"iam:Put" + kind + "Policy", on.arn, on.context}}, do: func(w *world) {
					w.must(w.iam.PutRolePolicyByHand(on.arn, of(w), everything))
					w.records("Put"+kind+"Policy", on.arn, map[string]any{"policyName": of(w), "policyDocument": everything})
				}},
				move{name: "removal of " + name.what + " from what is " + on.what, needs: []call{{"iam:Delete" + kind + "Policy", on.arn, on.context}}, do: func(w *world) {
					_ = w.iam.DeleteRolePolicyByHand(on.arn, of(w))
					w.records("Delete"+kind+"Policy", on.arn, map[string]any{"policyName": of(w)})
				}})
		}
		for _, policy := range []string{ofMember + "policy/curfew/helpful", "arn:aws:iam::aws:policy/AdministratorAccess", accesstest.Boundary} {
			context := iampolicy.Context{"iam:PolicyARN": {policy}}
			for k, v := range on.context {
				context[k] = v
			}
			all = append(all,
				move{name: "attach of " + policy + " to what is " + on.what, needs: []call{{"iam:Attach" + kind + "Policy", on.arn, context}, {"iam:CreatePolicy", ofMember + "policy/curfew/helpful", nil}}, do: func(w *world) {
					_ = w.iam.CreatePolicyByHand(policy, everything)
					w.must(w.iam.AttachByHand(on.arn, policy))
					w.records("Attach"+kind+"Policy", on.arn, map[string]any{"policyArn": policy})
				}},
				move{name: "detach of " + policy + " from what is " + on.what, needs: []call{{"iam:Detach" + kind + "Policy", on.arn, context}}, do: func(w *world) { _ = w.iam.DetachByHand(on.arn, policy) }})
		}
		for _, action := range []string{"UpdateAssumeRolePolicy", "DeleteRole", "DeleteUser", "TagRole", "UntagRole", "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary", "CreateAccessKey", "CreateLoginProfile", "PassRole", "CreateRole"} {
			all = append(all, move{name: action + " of what is " + on.what, needs: []call{{"iam:" + action, on.arn, on.context}}, says: outcome{begin: anyPolicy}})
		}
	}
	// A user with both marks: the world has none, and the calls are those on roles under the user's name.
	user := targets[0]
	for _, action := range []string{"iam:PutUserPolicy", "iam:AttachUserPolicy"} {
		context := iampolicy.Context{"iam:PolicyARN": {ofMember + "policy/curfew/helpful"}}
		for k, v := range user.context {
			context[k] = v
		}
		all = append(all, move{name: action + " of a foreign name on a user", needs: []call{{action, ofMember + "user/ana", context}}, says: outcome{begin: anyPolicy, prolong: longer}})
	}
	all = append(all,
		move{name: "deletion of a managed grant", needs: []call{{"iam:DeletePolicy", ofMember + "policy/curfew/curfew-" + noID + "-1", nil}, {"iam:DeletePolicyVersion", ofMember + "policy/curfew/curfew-" + noID + "-1", nil}}, why: "it takes access away"},
		move{name: "detach of a managed grant from a user", needs: []call{{"iam:DetachUserPolicy", ofMember + "user/ana", iampolicy.Context{"iam:PolicyARN": {ofMember + "policy/curfew/curfew-" + noID + "-1"}, "iam:PermissionsBoundary": {accesstest.Boundary}}}}, why: "it takes access away"})
	for _, function := range []string{"api", "contain", "grant", "reconcile", "review", "revoke", "trigger"} {
		all = append(all, move{name: "role of " + function + " in a member account", needs: []call{{"sts:AssumeRole", ofMember + "role/curfew-member-" + function, nil}}, why: "it is the function's own role there, and its trust policy names the function"})
	}
	return append(all, move{name: "any other role", needs: []call{{"sts:AssumeRole", accesstest.Engineer, nil}}, says: outcome{begin: anyPolicy}})
}

// records makes CloudTrail's event of a call by the function's role.
func (w *world) records(name, on string, parameters map[string]any) {
	function := "grant"
	if w.by != nil {
		function = w.by.name
	}
	key := "roleName"
	if strings.Contains(on, ":user/") {
		key = "userName"
	}
	parameters[key] = on[strings.LastIndexByte(on, '/')+1:]
	text, err := json.Marshal(parameters)
	w.must(err)
	w.n++
	role := ofMember + "role/curfew-member-" + function
	w.events = append(w.events, fmt.Sprintf(`{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","account":"%[1]s","detail":{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE0OTHERS000:x","arn":"arn:aws:sts::%[1]s:assumed-role/x/x","accountId":"%[1]s",`+
		`"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE0OTHERS000","arn":"%[2]s","accountId":"%[1]s"},"attributes":{"creationDate":"%[3]s"}}},"eventTime":"%[3]s","eventSource":"iam.amazonaws.com","eventName":"%[4]s",`+
		`"awsRegion":"us-east-1","sourceIPAddress":"203.0.113.9","requestParameters":%[5]s,"eventID":"e-%[6]d","eventType":"AwsApiCall","managementEvent":true,"readOnly":false,"recipientAccountId":"%[1]s"}}`,
		permissions.Member, role, time.Now().UTC().Format(time.RFC3339), name, text, w.n))
}
