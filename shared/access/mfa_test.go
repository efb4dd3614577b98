package access

import "testing"

func TestMayShowMFA(t *testing.T) {
	trust := func(principal, more string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":["sts:AssumeRole","sts:TagSession"]` + more + `}]}`
	}
	const root, sso = `{"AWS":"arn:aws:iam::111122223333:root"}`, `"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Engineer_*"`
	from := func(operator, arns string) string {
		return `,"Condition":{"` + operator + `":{"aws:principalARN":` + arns + `}}`
	}
	for _, c := range []struct {
		name, trust string
		want        bool
	}{
		{"an account", trust(root, ""), true},
		{"the world", trust(`"*"`, ""), true},
		{"a user", trust(`{"AWS":"arn:aws:iam::111122223333:user/ana"}`, ""), true},
		{"a user and a role", trust(`{"AWS":["arn:aws:iam::111122223333:user/ana","arn:aws:iam::111122223333:role/x"]}`, ""), true},
		{"a role", trust(`{"AWS":"arn:aws:iam::111122223333:role/x"}`, ""), false},
		{"a role that was deleted", trust(`{"AWS":"AROAEXAMPLE0000000001"}`, ""), false},
		{"a service", trust(`{"Service":"backup.amazonaws.com"}`, ""), false},
		{"Identity Center", trust(root, from("ArnLike", sso)), false},
		{"Identity Center or a user", trust(root, from("ArnLike", `[`+sso+`,"arn:aws:iam::111122223333:user/ana"]`)), true},
		{"any but Identity Center", trust(root, from("ArnNotLike", sso)), true},
		{"if there is an ARN", trust(root, from("ArnLikeIfExists", sso)), true},
		{"a user whose path looks like a role", trust(`{"AWS":"arn:aws:iam::111122223333:user/x:role/bob"}`, ""), true},
		{"an id of what is no role", trust(`{"AWS":"AIDAEXAMPLE0000000001"}`, ""), true},
		{"roles of any account", trust(`"*"`, from("ArnLike", `"arn:aws:iam::*:role/*"`)), false},
		{"roles of any account, by a text that users match", trust(`"*"`, from("StringLike", `"arn:aws:iam::*:role/*"`)), true},
		{"roles of an account, by a text", trust(`"*"`, from("StringLike", `"arn:aws:iam::111122223333:role/*"`)), false},
		{"any text with a role in it", trust(`"*"`, from("StringLike", `"*:role/*"`)), true},
		{"users whose path looks like a role", trust(`"*"`, from("ArnLike", `"arn:aws:iam::*:*/x:role/*"`)), true},
		{"sessions of a role", trust(`{"AWS":"arn:aws:sts::111122223333:assumed-role/x/y"}`, ""), false},
		{"federation", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/x"},"Action":"sts:AssumeRoleWithSAML"}]}`, false},
		{"all but a role", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:role/x"},"Action":"sts:AssumeRole"}]}`, true},
		{"what is no trust policy", `{`, true},
	} {
		if got := mayShowMFA(Principal{ARN: "arn:aws:iam::111122223333:role/deploy"}, c.trust); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if !mayShowMFA(Principal{ARN: "arn:aws:iam::111122223333:user/ana"}, "") {
		t.Error("a user may not")
	}
}
