package access

import (
	"slices"
	"testing"
)

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
		{"a tag of the caller", trust(root, when("StringEquals", `"${aws:PrincipalTag/name}"`)), true},
		{"a tag, or any name without it", trust(root, when("StringLike", `"${aws:PrincipalTag/name, '*'}"`)), false},
		{"a tag, or a part of any name without it", trust(root, when("StringLike", `"${aws:PrincipalTag/name,'a*'}-ana"`)), false},
		{"a tag, or one name that all without it share", trust(root, when("StringEquals", `"${aws:PrincipalTag/name, 'ana'}"`)), false},
		{"a prefix before the user name", trust(root, when("StringLike", `"deploy-${aws:username}"`)), true},
		{"one name", trust(root, when("StringEquals", `"ana"`)), true},
		{"a service that names its sessions", trust(`{"Service":"ec2.amazonaws.com"}`, ""), true},
		{"several that do", trust(`{"Service":["ecs-tasks.amazonaws.com","states.amazonaws.com"]}`, ""), true},
		{"one that does not among them", trust(`{"Service":["ecs-tasks.amazonaws.com","lambda.amazonaws.com"]}`, ""), false},
		{"Roles Anywhere, whose caller gives the name", trust(`{"Service":"rolesanywhere.amazonaws.com"}`, ""), false},
		{"Roles Anywhere, held to one name", trust(`{"Service":"rolesanywhere.amazonaws.com"}`, when("StringEquals", `"build"`)), true},
		{"Lambda, whose functions are named by people", trust(`{"Service":"lambda.amazonaws.com"}`, ""), false},
		{"a service of the same beginning", trust(`{"Service":"ec2.amazonaws.com.example.com"}`, ""), false},
		{"nothing", trust(root, ""), false},
		{"a choice of two", trust(root, when("StringEquals", `["ana","ben"]`)), false},
		{"any name of eight", trust(root, when("StringLike", `"????????"`)), false},
		{"any name", trust(root, when("StringLike", `"*"`)), false},
		{"whatever the caller says", trust(root, when("StringEquals", `"${sts:RoleSessionName}"`)), false},
		{"a tag that the caller brings", trust(root, when("StringEquals", `"${aws:RequestTag/who}"`)), false},
		{"not one name", trust(root, when("StringNotEquals", `"ana"`)), false},
		{"one name, if there is one", trust(root, when("StringEqualsIfExists", `"ana"`)), false},
		{"a service and an account", trust(`{"Service":"ec2.amazonaws.com","AWS":"111122223333"}`, ""), false},
		{"no trust policy", ``, false},
		{"everybody but one", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}`, false},
		{"every action but one", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","NotAction":"sts:TagSession"}]}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := pinned(BindUserID, c.trust); got != c.want {
				t.Errorf("pinned = %v, want %v", got, c.want)
			}
		})
	}
}

// Every statement that allows assuming the role counts, and no other.
func TestOnlyStatementsThatAssumePin(t *testing.T) {
	const (
		root  = `"Principal":{"AWS":"arn:aws:iam::111122223333:root"}`
		named = `"Condition":{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}`
		pins  = `{"Sid":"Engineers","Effect":"Allow",` + root + `,"Action":"sts:AssumeRole",` + named + `}`
	)
	for _, c := range []struct {
		name, statements string
		want             bool
		open             string // of the first that does not pin
	}{
		{"tags beside it", pins + `,{"Effect":"Allow",` + root + `,"Action":"sts:TagSession"}`, true, ""},
		{"tags and source identity beside it", pins + `,{"Effect":"Allow",` + root + `,"Action":["sts:TagSession","sts:SetSourceIdentity"]}`, true, ""},
		{"a role that takes tags alone", `{"Effect":"Allow",` + root + `,"Action":"sts:TagSession"}`, false, ""},
		{"every action", pins + `,{"Effect":"Allow",` + root + `,"Action":"sts:*"}`, false, "statement 2"},
		{"every way to assume", pins + `,{"Sid":"All","Effect":"Allow",` + root + `,"Action":"sts:assume*"}`, false, "statement 2 (All)"},
		{"SAML", pins + `,{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/idp"},"Action":"sts:AssumeRoleWithSAML"}`, false, "statement 2"},
		{"SAML, held to the subject", `{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/idp"},"Action":"sts:AssumeRoleWithSAML","Condition":{"StringEquals":{"sts:RoleSessionName":"${saml:sub}"}}}`, true, ""},
		{"web identity", pins + `,{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/id.example.com"},"Action":"sts:AssumeRoleWithWebIdentity"}`, false, "statement 2"},
		{"a Deny beside it", pins + `,{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:RoleSessionName":"root"}}}`, true, ""},
		{"a Deny alone, which a role does not meet", `{"Effect":"Allow",` + root + `,"Action":"sts:AssumeRole"},{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringNotEquals":{"sts:RoleSessionName":"${aws:username}"}}}`, false, "statement 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			trust := `{"Version":"2012-10-17","Statement":[` + c.statements + `]}`
			if got := pinned(BindUserID, trust); got != c.want {
				t.Errorf("pinned = %v, want %v", got, c.want)
			}
			all, err := Pins(trust, BindUserID)
			i := slices.IndexFunc(all, func(p Pin) bool { return p.Open != "" })
			if err != nil || (i >= 0) != (c.open != "") || i >= 0 && all[i].Statement != c.open {
				t.Errorf("pins %+v, %v; want %q to be open", all, err, c.open)
			}
		})
	}
}

// Roles Anywhere uses the certificate's subject as the source identity, so the person who requests the certificate
// chooses it.
func TestSourceIdentityOfAService(t *testing.T) {
	for service, want := range map[string]bool{"ec2.amazonaws.com": true, "rolesanywhere.amazonaws.com": false} {
		trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":["sts:AssumeRole","sts:SetSourceIdentity"]}]}`
		if got := pinned(BindSourceIdentity, trust); got != want {
			t.Errorf("%s: pinned = %v, want %v", service, got, want)
		}
	}
}
