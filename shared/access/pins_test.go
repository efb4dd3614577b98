package access

import "testing"

func TestPinned(t *testing.T) {
	trust := func(principal, condition string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"` + condition + `}]}`
	}
	const root = `{"AWS":"arn:aws:iam::111122223333:root"}`
	when := func(operator, value string) string {
		return `,"Condition":{"` + operator + `":{"sts:RoleSessionName":` + value + `}}`
	}
	for _, c := range []struct {
		name, trust string
		want        bool
	}{
		{"the caller's own name", trust(root, when("StringEquals", `"${aws:username}"`)), true},
		{"a tag of whoever assumes it", trust(root, when("StringEquals", `"${aws:PrincipalTag/name}"`)), true},
		{"a name before his", trust(root, when("StringLike", `"deploy-${aws:username}"`)), true},
		{"one name", trust(root, when("StringEquals", `"ana"`)), true},
		{"an AWS service, which names its sessions", trust(`{"Service":"lambda.amazonaws.com"}`, ""), true},
		{"nothing", trust(root, ""), false},
		{"a choice of two", trust(root, when("StringEquals", `["ana","ben"]`)), false},
		{"any name of eight", trust(root, when("StringLike", `"????????"`)), false},
		{"any name", trust(root, when("StringLike", `"*"`)), false},
		{"whatever the caller says", trust(root, when("StringEquals", `"${sts:RoleSessionName}"`)), false},
		{"a tag that the caller brings", trust(root, when("StringEquals", `"${aws:RequestTag/who}"`)), false},
		{"not one name", trust(root, when("StringNotEquals", `"ana"`)), false},
		{"one name, if there is one", trust(root, when("StringEqualsIfExists", `"ana"`)), false},
		{"a service and an account", trust(`{"Service":"lambda.amazonaws.com","AWS":"111122223333"}`, ""), false},
		{"no trust policy", ``, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := pinned(BindUserID, c.trust); got != c.want {
				t.Errorf("pinned = %v, want %v", got, c.want)
			}
		})
	}
}
