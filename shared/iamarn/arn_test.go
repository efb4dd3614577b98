package iamarn

import "testing"

func role(name string) string { return "arn:aws:iam::111122223333:role/" + name }

func TestRolesThatOnlyAWSMayChange(t *testing.T) {
	for _, c := range []struct {
		name, arn string
		want      bool
	}{
		{"of a service", role("aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup"), true},
		{"of IAM Identity Center, by its path", role("aws-reserved/sso.amazonaws.com/Admin"), true},
		{"of IAM Identity Center, by its name", role("AWSReservedSSO_Admin_0123456789abcdef"), true},
		{"of a team", role("team/engineer"), false},
		{"a name that only mentions it", role("copy-of-AWSReservedSSO_Admin"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, ok := Parse(c.arn)
			if !ok || p.Protected() != c.want {
				t.Errorf("protected = %v (parsed %v), want %v", p.Protected(), ok, c.want)
			}
		})
	}
}

func TestAccountsHave12Digits(t *testing.T) {
	for id, want := range map[string]bool{
		"111122223333": true, "000000000000": true, "": false, "11112222333": false, "1111222233334": false, "11112222333x": false, "1111x2223333": false,
		" 11112222333": false, "111122223333\n": false, "１１１１２２２２３３３３": false, "-11122223333": false,
	} {
		if got := IsAccount(id); got != want {
			t.Errorf("%q: %v, want %v", id, got, want)
		}
	}
}

// One test of what is service-linked, for all packages: each had its own words for it.
func TestRolesThatOnlyTheirServiceUses(t *testing.T) {
	for arn, want := range map[string]bool{
		role("aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup"):                     true,
		"arn:aws-cn:iam::111122223333:role/aws-service-role/ops.amazonaws.com/AWSServiceRoleForX": true,
		role("team/aws-service-role/AWSServiceRoleForBackup"):                                     false, // anyone may make this path
		role("AWSServiceRoleForBackup"):                                                           false, // and this name
		"arn:aws:iam::111122223333:user/aws-service-role/x":                                       false,
		"arn:aws:sts::111122223333:assumed-role/aws-service-role/x":                               false,
		role("service-role/backup"):                                                               false, // an ordinary role that a console made
		role("aws-reserved/sso.amazonaws.com/Admin"):                                              false,
		"": false,
	} {
		if got := IsServiceLinked(arn); got != want {
			t.Errorf("%s: %v", arn, got)
		}
	}
}

func TestARNsAreTakenApart(t *testing.T) {
	for _, c := range []struct {
		arn  string
		want ARN
		ok   bool
	}{
		{role("team/a/engineer"), ARN{"aws", "111122223333", "role", "/team/a/", "engineer"}, true},
		{"arn:aws-cn:iam::111122223333:user/ci", ARN{"aws-cn", "111122223333", "user", "/", "ci"}, true},
		{"arn:aws:iam::111122223333:root", ARN{}, false},
		{"arn:aws:iam::111122223333:role/", ARN{}, false},
		{"arn:aws:iam::111122223333:role/team/", ARN{}, false},
		{"arn:aws:iam:::role/engineer", ARN{}, false},
		{"arn:aws:sts::111122223333:assumed-role/engineer/ana", ARN{}, false},
		{"arn:aws:iam", ARN{}, false},
		{"", ARN{}, false},
	} {
		if got, ok := Parse(c.arn); got != c.want || ok != c.ok {
			t.Errorf("%q = %+v, %v, want %+v, %v", c.arn, got, ok, c.want, c.ok)
		}
	}
}

func TestActionsAreNamedByTheKindOfPrincipal(t *testing.T) {
	if got := (ARN{Kind: "role"}).Action("Put", "Policy"); got != "iam:PutRolePolicy" {
		t.Errorf("of a role = %s", got)
	}
	if got := (ARN{Kind: "user"}).Action("Get", ""); got != "iam:GetUser" {
		t.Errorf("of a user = %s", got)
	}
}
