package identity_test

import (
	"testing"

	"curfew/shared/identity"
)

func TestMatchARN(t *testing.T) {
	for _, c := range []struct {
		pattern, arn string
		want         bool
	}{
		{"arn:aws:iam::*:role/engineer-*", "arn:aws:iam::111122223333:role/engineer-deploy", true},
		{"arn:aws:iam::*:role/engineer-*", "arn:aws:iam::111122223333:role/engineer-deploy/admin", false},
		{"arn:aws:iam::*:role/engineer-*", "arn:aws:iam::111122223333:role/x/engineer-deploy", false},
		{"arn:aws:iam::*:role/engineer-*", "arn:aws:iam::111122223333:user/engineer-deploy", false},
		{"arn:aws:iam::111122223333:role/a", "arn:aws:iam::999922223333:role/a", false},
		{"arn:aws:iam::*:role/team/*", "arn:aws:iam::111122223333:role/team/a", true},
		{"*", "arn:aws:iam::111122223333:role/a", false},
	} {
		if got := identity.MatchARN(c.pattern, c.arn); got != c.want {
			t.Errorf("%s against %s = %v, want %v", c.pattern, c.arn, got, c.want)
		}
	}
}

func TestSessionARN(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:iam::111122223333:role/service-role/x": "arn:aws:iam::111122223333:role/x",
		"arn:aws:iam::*:role/x-*":                       "arn:aws:iam::*:role/x-*",
		"arn:aws:iam::111122223333:user/team/x":         "arn:aws:iam::111122223333:user/team/x",
	} {
		if got := identity.SessionARN(arn); got != want {
			t.Errorf("%s is called %s, want %s", arn, got, want)
		}
	}
}
